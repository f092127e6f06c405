"""权限一览: read by the district, administrators and auditors; it changes nothing and nobody acts as somebody else."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import rights
from villages import staff_pages

PER_PAGE = 50
LONGEST = 40


@require_safe
def village_rights(request: HttpRequest) -> HttpResponse:
    """A village's acts with the people who may do them."""
    _refuse_others(request.user)
    villages = list(rights.villages_to_choose())
    code = request.GET.get("village", "")
    village = next((one for one in villages if one.code == code), None)
    context: dict[str, Any] = {
        "tab": "village",
        "villages": villages,
        "village": village,
        "groups": rights.in_village(village) if village else [],
    }
    return render(request, "pages/rights/village.html", context)


@require_safe
def people_rights(request: HttpRequest) -> HttpResponse:
    _refuse_others(request.user)
    query = request.GET.get("q", "").strip()[:LONGEST]
    page = Paginator(rights.people(request.user, query), PER_PAGE).get_page(request.GET.get("page"))
    lines = staff_pages.with_posts(page.object_list, calendar.today())
    return render(request, "pages/rights/people.html", {"tab": "people", "page": page, "lines": lines, "query": query})


@require_safe
def person_rights(request: HttpRequest, pk: int) -> HttpResponse:
    _refuse_others(request.user)
    person = get_object_or_404(rights.people(request.user), pk=pk)
    seen = rights.seen_by(person)
    context: dict[str, Any] = {
        "person": person,
        "posts": rights.of(person),
        "seen": seen,
        "unseen": [row for row in seen if not row.count],
        "crumbs": [("权限一览", reverse("rights")), ("人员", reverse("rights-people")), (person.name, "")],
    }
    return render(request, "pages/rights/person.html", context)


def _refuse_others(user: Any) -> None:
    if not rights.can_read(user):
        raise PermissionDenied
