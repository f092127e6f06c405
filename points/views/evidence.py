"""证明: what proves a row, added and taken back on the pages where rows are typed, and shown to whoever may look."""

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from points import evidence
from points.models import Evidence
from qianjiang_portal.foundation import calendar, uploads


@require_safe
def evidence_file(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """Hand a file out to whoever may see its batch; that they had it is written down."""
    seen = Evidence.objects.visible_to(request.user).standing().select_related("batch__village", "claim", "file")
    found = get_object_or_404(seen, batch__number=number, pk=pk)
    address = request.META.get("REMOTE_ADDR")
    evidence.note_reading(evidence=found, by=request.user, address=address, now=calendar.now())
    return uploads.show(found.file)
