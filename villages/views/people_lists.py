"""人员 from a list: compared with the posts there are before anything is written."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from villages import permissions, post_import, post_lines
from villages.list_forms import PeopleForm
from villages.list_pages import ListPage
from villages.models import Township, Village
from villages.views.lists import Desk


@require_http_methods(["GET", "HEAD", "POST"])
def people_import(request: HttpRequest) -> HttpResponse:
    return _desk(request).show(request)


@require_POST
def people_write(request: HttpRequest) -> HttpResponse:
    return _desk(request).take(request)


@require_safe
def people_template(request: HttpRequest) -> FileResponse:
    return files.attachment("人员名单.xlsx", post_import.template(*_places(request)), workbooks.XLSX)


def _desk(request: HttpRequest) -> Desk:
    towns, villages = _places(request)

    def write(text: str, stamp: str) -> str:
        posts = post_import.name_all(
            text=text,
            stamp=stamp,
            townships=towns,
            villages=villages,
            by=request.user,  # type: ignore[arg-type]
            now=calendar.now(),
        )
        return f"已登记 {len(posts)} 人"

    template, send, write_to = (reverse(f"villages:people-{name}") for name in ("template", "import", "write"))
    back = reverse("villages:people-list")
    page = ListPage("批量登记人员", post_lines.COLUMNS, 2, template, send, write_to, back)
    return Desk(
        PeopleForm,
        page,
        ("人员", page.title),
        lambda text: post_lines.compare(text, towns, villages, calendar.today()),
        write,
    )


def _places(request: HttpRequest) -> tuple[list[Township], list[Village]]:
    """Where somebody names people. Raises PermissionDenied where that is nowhere."""
    found = Village.objects.for_role(request.user, "clerk", "leader", "district").open()
    villages = list(found.select_related("township").in_code_order())
    if not villages:
        raise PermissionDenied
    towns = {village.township.code: village.township for village in villages}
    return [town for _, town in sorted(towns.items()) if permissions.can_name(request.user, town)], villages
