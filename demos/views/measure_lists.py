"""重点举措 from a list: compared with the year's table before anything is written."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import measure_import, measure_lines, permissions
from demos.forms.measures import MeasuresForm
from qianjiang_portal.foundation import calendar, files, workbooks
from villages.list_pages import ListPage
from villages.models import Unit
from villages.views.lists import Desk


@require_http_methods(["GET", "HEAD", "POST"])
def measure_send(request: HttpRequest) -> HttpResponse:
    return _desk(request).show(request)


@require_POST
def measure_write(request: HttpRequest) -> HttpResponse:
    return _desk(request).take(request)


@require_safe
def measure_template(request: HttpRequest) -> FileResponse:
    _refuse_others(request)
    return files.attachment("重点举措表.xlsx", measure_import.template(_units()), workbooks.XLSX)


def _desk(request: HttpRequest) -> Desk:
    _refuse_others(request)
    by, now = request.user, calendar.now()
    year = calendar.local_date(now).year

    def write(text: str, stamp: str) -> str:
        made = measure_import.add_all(text=text, stamp=stamp, year=year, by=by, now=now)  # type: ignore[arg-type]
        return f"已加入 {len(made)} 项举措"

    template, send, write_to = (reverse(f"demos:measure-{name}") for name in ("template", "add", "write"))
    title, back = f"加入 {year}年重点举措", reverse("demos:measure-list")
    page = ListPage(title, measure_lines.COLUMNS, 0, template, send, write_to, back)
    return Desk(
        MeasuresForm,
        page,
        ("重点举措", "加入举措"),
        lambda text: measure_lines.compare(text, _units(), year),
        write,
    )


def _refuse_others(request: HttpRequest) -> None:
    if not permissions.can_set_measures(request.user):
        raise PermissionDenied


def _units() -> list[Unit]:
    return list(Unit.objects.order_by("position", "pk"))
