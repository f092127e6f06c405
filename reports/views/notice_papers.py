"""公示单, to take away as DOCX, PDF or XLSX."""

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from points.views.notices import notice_of, poster_of
from qianjiang_portal.foundation import audit, calendar, files
from reports.documents import notice_docx, notice_pdf, notice_sheet
from reports.reports import XLSX

KINDS = {
    "pdf": (files.PDF, notice_pdf.render),
    "docx": (files.DOCX, notice_docx.render),
    "xlsx": (XLSX, notice_sheet.workbook),
}


@require_safe
def notice_paper(request: HttpRequest, code: str, kind: str) -> FileResponse:
    """Whoever reads a notice takes its sheet away; `columns` chooses the layout as on the page to print."""
    notice = notice_of(request, code)
    columns = request.GET.get("columns", "")
    poster = poster_of(request, notice, int(columns) if columns in ("1", "2") else 0)
    content_type, render = KINDS[kind]
    facts = {"kind": kind, "households": len(poster.lines)}
    village = notice.village.code
    audit.record(actor=request.user, action="notice.paper", target=code, place=village, facts=facts, at=calendar.now())
    return files.attachment(f"{notice_sheet.name(poster)}.{kind}", render(poster), content_type)
