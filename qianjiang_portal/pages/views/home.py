"""工作台, and the door to it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.pages import home as desk
from qianjiang_portal.pages import todo
from qianjiang_portal.pages.context import link
from villages import scope

# Whose work does not begin at 工作台.
LANDING = {"district": "reports:dashboard", "counter": "points:redeem"}


@login_not_required
def index(request: HttpRequest) -> HttpResponse:
    """The public notices, or for somebody signed in the page their work begins at."""
    if not request.user.is_authenticated:
        return redirect("points:public-notices")
    return redirect(next((page for role, page in LANDING.items() if scope.holds(request.user, role)), "home"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page, or only the list of what waits, which it asks for again every two minutes."""
    user, now = request.user, calendar.now()
    todo.counts(user)  # once, for the list and for the badges of the frame
    tasks, has_duties = todo.tasks(user), todo.has_duties(user)
    last_month, finished = desk.finished(user, now.date())
    context = {
        "headline": desk.headline(user, len(tasks) if has_duties else None, now),
        "groups": todo.groups(tasks),
        "has_duties": has_duties,
        "first": tasks[0] if tasks else None,
        "waiting": len(tasks),
        "last_month": last_month,
        "finished": finished,
        "is_clerk": scope.holds(user, "clerk"),
        "reviews": scope.holds(user, "reviewer"),
        "is_district": scope.holds(user, "district"),
    }
    if not wants_partial(request):
        context |= {
            "now": now,
            "draft": desk.draft(user, now),
            "favourites": desk.favourites(user, now),
            "month": desk.month(user, now.date()),
            "ledger": desk.ledger(user),
            "accounts": desk.accounts(user, now.date()),
            "paired": desk.paired(user),
            "admin_url": link("admin:index"),
            "is_counter": scope.holds(user, "counter"),
        }
    return page_or_partial(request, "pages/home.html", "todo", context)
