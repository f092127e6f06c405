"""帮助: one page for each task, the card of keys, the parts of pages."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from PIL import Image

from qianjiang_portal.pages import demo_clock
from qianjiang_portal.pages.guides import GUIDES, Guide


@require_safe
def guide_list(request: HttpRequest) -> HttpResponse:
    context = {"guides": GUIDES, "has_clock": demo_clock.can_move(request.user)}
    return render(request, "pages/help/list.html", context)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    found = next((guide for guide in GUIDES if guide.slug == slug), None)
    if found is None:
        raise Http404
    others = [guide for guide in GUIDES if guide != found]
    context = {"guide": found, "others": others, "picture": _picture(found)}
    return render(request, f"pages/help/{found.slug}.html", context)


@cache
def _picture(shown: Guide) -> dict[str, str | int] | None:
    """A guide's picture with its size, so that nothing moves when it comes."""
    path = finders.find(shown.picture) if shown.shows else None
    if not isinstance(path, str):
        return None
    with Image.open(path) as drawn:
        return {"file": shown.picture, "width": drawn.width, "height": drawn.height}


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help/keys.html")


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/components.html", {})


@login_not_required
@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """For whoever writes programs: how to begin, and every address with what it takes and gives."""
    return render(request, "pages/help/api.html")
