"""三公开 for everybody: found by village, read without an account or a script, in large print as well."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.responses import kept_out
from villages import disclosure_pages
from villages.models import Disclosure, DisclosureFile, DisclosureItem, Village

PER_PAGE = 30


@login_not_required
@require_safe
def public_disclosures(request: HttpRequest, code: str) -> HttpResponse:
    village = _village(code)
    aspect = request.GET.get("a", "")
    rows = disclosure_pages.public(village, calendar.today())
    if aspect in DisclosureItem.Aspect.values:
        rows = rows.filter(item__aspect=aspect)
    context = {
        "village": village,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "aspects": DisclosureItem.Aspect.choices,
        "aspect": aspect,
    }
    return kept_out(render(request, "villages/disclosures/public_list.html", context))


@login_not_required
@require_safe
def public_disclosure(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    found = _found(code, pk)
    papers = list(found.papers.select_related("file").order_by("position"))
    context = {"one": found, "village": found.village, "papers": papers}
    return kept_out(render(request, "villages/disclosures/public.html", context))


@login_not_required
@require_safe
def public_disclosure_paper(request: HttpRequest, code: str, pk: int, position: int) -> FileResponse:
    rows = DisclosureFile.objects.filter(disclosure=_found(code, pk)).select_related("file")
    return kept_out(uploads.show(get_object_or_404(rows, position=position).file))


def _village(code: str) -> Village:
    return get_object_or_404(Village.objects.filter(code=code).select_related("township"))


def _found(code: str, pk: int) -> Disclosure:
    """What stands and is still kept public; nothing that was taken down."""
    rows = disclosure_pages.public(_village(code), calendar.today()).select_related("village__township")
    return get_object_or_404(rows, pk=pk)
