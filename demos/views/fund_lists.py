"""经费 from a list: compared with the lines there are before anything is written."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import fund_import, fund_lines
from demos.forms.funding import FundsForm
from qianjiang_portal.foundation import calendar, files, workbooks
from villages.list_pages import ListPage
from villages.models import Village
from villages.views.lists import Desk


@require_http_methods(["GET", "HEAD", "POST"])
def fund_send(request: HttpRequest) -> HttpResponse:
    return _desk(request).show(request)


@require_POST
def fund_write(request: HttpRequest) -> HttpResponse:
    return _desk(request).take(request)


@require_safe
def fund_template(request: HttpRequest) -> FileResponse:
    return files.attachment("经费登记表.xlsx", fund_import.template(_villages(request)), workbooks.XLSX)


def _desk(request: HttpRequest) -> Desk:
    villages, by, now = _villages(request), request.user, calendar.now()

    def write(text: str, stamp: str) -> str:
        lines = fund_import.book_all(text=text, stamp=stamp, villages=villages, by=by, now=now)  # type: ignore[arg-type]
        return f"已登记 {len(lines)} 笔经费"

    template, send, write_to = (reverse(f"demos:fund-{name}") for name in ("template", "import", "write"))
    page = ListPage("批量登记经费", fund_lines.COLUMNS, 3, template, send, write_to, reverse("demos:fund-list"))
    return Desk(
        FundsForm, page, ("经费", page.title), lambda text: fund_lines.compare(text, villages, calendar.today()), write
    )


def _villages(request: HttpRequest) -> list[Village]:
    """Where somebody books money. Raises PermissionDenied where that is nowhere."""
    found = Village.objects.for_role(request.user, "clerk", "district").open()
    villages = list(found.select_related("township").in_code_order())
    if not villages:
        raise PermissionDenied
    return villages
