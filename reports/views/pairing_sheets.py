"""结对帮扶一张表, to take away as DOCX or PDF."""

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from demos import pairing_pages
from demos.models import Pairing
from qianjiang_portal.foundation import audit, calendar, files, periods
from reports.documents import docx, pairing_sheet, pdf


@require_safe
def pairing_paper(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    """The village's sheet, with the pairings that the person may see."""
    pairing = get_object_or_404(Pairing.objects.visible_to(request.user).select_related("village__township"), pk=pk)
    now = calendar.now()
    year = periods.of(calendar.local_date(now), "year")
    sheet = pairing_pages.village_sheet(request.user, pairing.village, year)
    paper, name = pairing_sheet.document(sheet, now), pairing_sheet.name(sheet)
    audit.record(actor=request.user, action="pairing.paper", target=name, place=pairing.village.code, at=now)
    if kind == "pdf":
        return files.attachment(f"{name}.pdf", pdf.render(paper), files.PDF)
    return files.attachment(f"{name}.docx", docx.render(paper), files.DOCX)
