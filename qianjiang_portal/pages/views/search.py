"""One box for households, villages, items, batches, notices and objections.

Looking for a household is written down, and a GET never writes: the page comes with everything else and then posts
for the households by itself, or by its button where there is no script.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.htmx import page_or_partial
from qianjiang_portal.pages import finding

LONGEST = 40


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    query = given.get("q", "").strip()[:LONGEST]
    asks_households = finding.may_find_households(request.user)
    if request.method == "POST" and not asks_households:
        raise PermissionDenied
    context = {"query": query, "asks_households": asks_households}
    if query and request.method == "POST":
        context["households"] = _households(request, query)
    if query and not (request.method == "POST" and request.htmx):
        context["groups"] = finding.groups(request.user, query)
    return page_or_partial(request, "pages/search.html", "households", context)


def _households(request: HttpRequest, query: str) -> finding.Group:
    found = finding.households(request.user, query)
    audit.record(
        actor=request.user,
        action="household.search",
        target=query,
        facts={"found": len(found.results)},
    )
    return found
