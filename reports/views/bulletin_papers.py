"""The sheets of honours and of a year's end, to take away as PDF or DOCX."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from points.views.bulletins import bulletin_of
from qianjiang_portal.foundation import audit, calendar, files
from reports.documents import bulletin

KINDS = {"pdf": (files.PDF, bulletin.as_pdf), "docx": (files.DOCX, bulletin.as_docx)}


@require_safe
def bulletin_paper(request: HttpRequest, code: str, kind: str) -> FileResponse:
    """Whoever reads the notice takes its sheet away."""
    if kind not in KINDS:
        raise Http404
    sheet = bulletin_of(request, code)
    content_type, render = KINDS[kind]
    facts, place = {"kind": kind, "rows": len(sheet.rows)}, sheet.village.code
    audit.record(actor=request.user, action="notice.paper", target=code, place=place, facts=facts, at=calendar.now())
    return files.attachment(f"{sheet.title}.{kind}", render(sheet), content_type)
