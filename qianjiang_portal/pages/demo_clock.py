"""Moving the clock of a demonstration, so that a notice can run out while somebody watches."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import User

STEPS = (1, 7, 8)


class CannotMoveClock(Refused):
    """This portal's clock stands, or the step is not one of those offered."""


def is_movable() -> bool:
    return bool(settings.PORTAL_DEMO and settings.PORTAL_CLOCK.startswith("file:"))


def can_move(user: Any) -> bool:
    return is_movable() and scope.holds(user, "district", "admin")


@transaction.atomic
def move(*, days: int, by: User) -> dt.timedelta:
    """Move the clock of web, worker and beat on by some days; answers how far it now is from the real one."""
    if not can_move(by) or days not in STEPS:
        raise CannotMoveClock("日期只能往后拨 1、7 或 8 天")
    audit.record(actor=by, action="clock.move", facts={"days": days})
    return calendar.move(dt.timedelta(days=days))
