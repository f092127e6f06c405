"""The minutes of a meeting, to take away as a paper."""

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from demos.models import Meeting
from qianjiang_portal.foundation import audit, files
from reports.documents import minutes


@require_safe
def meeting_minutes(request: HttpRequest, pk: int) -> FileResponse:
    """Whoever may see a meeting that was held takes its minutes away."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if meeting.held_on is None:
        raise Http404
    units = list(meeting.attendees.order_by("position", "code").values_list("name", flat=True))
    decisions = list(meeting.decisions.select_related("unit").order_by("due_on", "pk"))
    audit.record(actor=request.user, action="meeting.minutes", target=minutes.name(meeting))
    paper = minutes.docx(meeting, units, decisions)
    return files.attachment(f"{minutes.name(meeting)}.docx", paper, files.DOCX)
