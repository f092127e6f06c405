"""Who did what: one event per command, written in the command's own transaction."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django_guid import get_guid

from qianjiang_portal.foundation import calendar, origin
from qianjiang_portal.foundation.appended import append
from qianjiang_portal.foundation.models import AuditEvent

if TYPE_CHECKING:
    from villages.models import User

# Whoever came over the network without signing in, or could not; what nobody asked for is the system's own.
NOBODY = "没有登录"


def record(
    *,
    actor: "User | None",
    action: str,
    target: str = "",
    place: str = "",
    outcome: str = "done",
    address: str | None = None,
    facts: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> AuditEvent:
    """Write one event.

    `action` is a verb with its room, such as `batch.submit`; `target` the number or code of the thing; `place` the
    statistics code of the village or township; `facts` counts and values that help an auditor. Address and number of
    the request that is being answered are written by themselves; a job carries the number of the one that rang for it.
    """
    posts = [post.label for post in actor.appointments_now] if actor else []
    address = address or origin.address()
    return append(
        AuditEvent(
            at=at or calendar.now(),
            actor=actor,
            actor_name=actor.name if actor else NOBODY if address else "系统",
            posts="、".join(posts),
            action=action,
            target=target,
            place=place,
            outcome=outcome,
            address=address,
            request=(get_guid() or "")[:36],
            facts=facts or {},
        )
    )
