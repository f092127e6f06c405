"""Where sessions are kept (`SESSION_ENGINE`), how long they last without work, and how their owner ends them."""

import datetime as dt
import hashlib
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest

from qianjiang_portal.foundation import audit, calendar, joined, options, origin
from villages.models import Session, User

# How often a session writes down that it is used, and how often it reads how long it may lie idle.
WRITE_EVERY = 60
READ_EVERY = 600


class SessionStore(DatabaseStore):
    """Django's own, with the person, the address and the browser beside the data."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Asked by every page, so written out; a key that is not there any more is given up, as Django does."""
        found = next(joined.read(_live(), [self.session_key], Session), None)
        if not found:
            self._session_key = None
        return found[0] if found else None

    def get_session_cookie_age(self) -> int:
        """Seconds without work until the session is over: the district's setting, as the session last read it."""
        return int(self.get("idle", settings.SESSION_COOKIE_AGE))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        signed_in = "_auth_user_id" in data
        if signed_in and "began" not in data:
            data["began"] = int(calendar.now().timestamp())
            _read_idle(data, data["began"])
        made = super().create_model_instance(data)
        assert isinstance(made, Session)
        made.digest = digest(made.session_key)
        made.address, made.agent = origin.address(), origin.agent()
        if signed_in:
            made.user_id = int(data["_auth_user_id"])
            made.began_at = _moment(data["began"])
            made.seen_at = _moment(data.get("seen", data["began"]))
        return made


@cache
def _live() -> str:
    return f"""
        SELECT {joined.columns(kept=Session)} FROM villages_session kept
         WHERE kept.session_key = %s AND kept.expire_date > statement_timestamp()
    """  # noqa: S608 - names of columns


def keep(request: HttpRequest) -> None:
    """Put the end of a session off while somebody works, writing once a minute instead of at every click."""
    now = int(calendar.now().timestamp())
    if abs(now - request.session.get("seen", 0)) < WRITE_EVERY:
        return
    request.session["seen"] = now
    if abs(now - request.session.get("idle_read", 0)) >= READ_EVERY:
        _read_idle(request.session, now)


@transaction.atomic
def end(*, session: Session, by: User, now: dt.datetime) -> None:
    """Sign one browser out; whoever sits at it signs in again."""
    if Session.objects.visible_to(by).filter(pk=session.pk).delete()[0]:
        audit.record(actor=by, action="session.end", target=str(session), at=now)


@transaction.atomic
def end_others(*, user: User, key: str | None, now: dt.datetime) -> int:
    """Sign a person out everywhere but in the browser with this key; answers how many that were."""
    ended, _ = Session.objects.visible_to(user).live().exclude(session_key=key).delete()
    if ended:
        audit.record(actor=user, action="session.end-others", facts={"sessions": ended}, at=now)
    return ended


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _read_idle(data: "MutableMapping[str, Any] | Any", now: int) -> None:
    data["idle"], data["idle_read"] = options.get("idle_minutes") * 60, now


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=calendar.SHANGHAI)
