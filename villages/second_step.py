"""Between the right password and the code: who waits for the second step, in a session they have not entered yet.

`factor_due` marks a session of somebody whose appointment asks for a second factor they do not have: it opens only
the page that sets it up. It is looked at when signing in, so that no page asks more than before.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from villages import factors
from villages.models import User

WAITING, DUE = "second_step", "factor_due"
PATIENCE = dt.timedelta(minutes=5)


def enter(request: HttpRequest, user: User, wanted: str, now: dt.datetime) -> None:
    """Remember who gave the right password; nobody is signed in by that."""
    request.session.cycle_key()
    request.session[WAITING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(now.timestamp()),
        "next": wanted,
    }


def waiting(request: HttpRequest, now: dt.datetime) -> User | None:
    """Who waits here; nobody any more after five minutes, another password or a closed account."""
    kept: dict[str, Any] | None = request.session.get(WAITING)
    if not kept or abs(now.timestamp() - kept["at"]) > PATIENCE.total_seconds():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    return user if user and constant_time_compare(kept["hash"], user.get_session_auth_hash()) else None


def leave(request: HttpRequest) -> str:
    """Forget who waited; answers the page they wanted."""
    return str(request.session.pop(WAITING, {}).get("next", ""))


def look(request: HttpRequest, user: User) -> None:
    """Mark a new session whether it has to set a second factor up first."""
    if factors.demanded(user) and not factors.of(user):
        request.session[DUE] = True


def is_due(request: HttpRequest) -> bool:
    return bool(request.session.get(DUE))


def is_settled(request: HttpRequest) -> None:
    request.session.pop(DUE, None)
