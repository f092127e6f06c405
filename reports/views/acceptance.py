"""验收材料, to take away as DOCX or PDF."""

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from demos import candidate_pages, criteria_pages
from demos.models import Candidate
from qianjiang_portal.foundation import audit, calendar, files
from reports.documents import acceptance, docx, pdf


@require_safe
def acceptance_paper(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    """Whoever may see a candidate takes its file away."""
    candidate = get_object_or_404(Candidate.objects.visible_to(request.user).with_places(), pk=pk)
    now = calendar.now()
    way = candidate_pages.page(request.user, candidate, calendar.local_date(now))
    sheet = criteria_pages.page(request.user, candidate, calendar.local_date(now))
    paper, name = acceptance.document(candidate, way, sheet, now), acceptance.name(candidate)
    audit.record(actor=request.user, action="candidate.paper", target=name, place=candidate.place.code, at=now)
    if kind == "pdf":
        return files.attachment(f"{name}.pdf", pdf.render(paper), files.PDF)
    return files.attachment(f"{name}.docx", docx.render(paper), files.DOCX)
