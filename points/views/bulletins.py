"""The sheets of honours and of a year's end, to print."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from points import bulletins
from points.bulletins import Bulletin
from points.models import HonourNotice, YearEnd
from qianjiang_portal.foundation.addresses import public_address


@require_safe
def bulletin_print(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet as it goes on the wall."""
    sheet = bulletin_of(request, code)
    back = reverse("points:honour-desk", args=[sheet.village.code])
    if code.startswith("JZ-"):
        back = reverse("points:year-end", args=[code])
    return render(request, "points/bulletins/print.html", {"sheet": sheet, "back": back})


def bulletin_of(request: HttpRequest, code: str) -> Bulletin:
    """The sheet of a notice of honours (RY-…) or of a year's end that was put up (JZ-…), for whoever reads those."""
    if code.startswith("RY-"):
        up = HonourNotice.objects.visible_to(request.user).select_related("village__township")
        made = bulletins.of_honours(get_object_or_404(up, code=code))
    elif code.startswith("JZ-"):
        ends = YearEnd.objects.visible_to(request.user).filter(confirmed_at__isnull=False)
        made = bulletins.of_year_end(get_object_or_404(ends.select_related("village__township"), code=code))
    else:
        raise Http404
    return replace(made, address=public_address(request, made.path))
