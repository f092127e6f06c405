"""动态管理: the recognised places of a year looked at on one day, all of them or none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from demos import candidates, permissions
from demos.models import Candidate
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User


class CannotRecheck(Refused):
    """The results cannot be kept; the message names the place."""


@dataclass(frozen=True)
class Result:
    """What was found in one place."""

    candidate: Candidate
    standing: str
    note: str = ""
    mend_by: dt.date | None = None


@transaction.atomic
def recheck_all(*, results: Sequence[Result], on: dt.date, by: User, now: dt.datetime) -> int:
    """Enter one day's results; answers how many. Raises CannotRecheck."""
    if not permissions.can_recheck(by):
        raise CannotRecheck("复核由区级登记")
    if not results:
        raise CannotRecheck("至少选一个结果")
    for one in sorted(results, key=lambda result: result.candidate.pk):
        try:
            candidates.recheck(
                candidate=one.candidate,
                standing=one.standing,
                on=on,
                note=one.note,
                mend_by=one.mend_by,
                by=by,
                now=now,
            )
        except candidates.CannotMove as refusal:
            raise CannotRecheck(f"{one.candidate.name}：{refusal}") from refusal
    return len(results)
