"""Notices of many villages at once: what each would put up, what stands in its way, and one publishing after another.

Each village is a transaction of its own, so that one that cannot go up holds back none of the others.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import OperationalError
from django.db.models import Count

from points import notices, scanning
from points.models import Claim, Notice
from points.models.batches import State
from points.notices import CannotPublish
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User, Village

MOST = 30
# What is on its way to a notice and would not be on this one.
UNDECIDED = {State.SUBMITTED: "在审核", State.RETURNED: "退回待改"}


@dataclass(frozen=True)
class Offer:
    """What one village would put up now. With a `hurdle` it cannot; `remarks` are only to be known."""

    village: Village
    claims: list[Claim]
    hurdles: list[str]
    remarks: list[str]

    @property
    def may_go_up(self) -> bool:
        return not self.hurdles

    @property
    def households(self) -> int:
        return len({claim.household_id for claim in self.claims})

    @property
    def awards(self) -> int:
        return sum(claim.points for claim in self.claims if claim.points > 0)

    @property
    def deductions(self) -> int:
        return -sum(claim.points for claim in self.claims if claim.points < 0)

    @property
    def mark(self) -> str:
        return notices.mark_of(self.claims)


@dataclass(frozen=True)
class Outcome:
    """What became of one village: its notice, or why there is none."""

    village: Village
    notice: Notice | None
    refusal: str = ""


def offers(villages: Sequence[Village], period: Period) -> list[Offer]:
    """Each village with what waits in it up to the end of the month; four queries however many there are."""
    waiting = notices.waiting_in(villages, period)
    numbers = _numbers(villages, period)
    undecided = _undecided(villages, period)
    return [
        _offer(village, waiting.get(village.pk, []), numbers[village.pk], undecided.get(village.pk, {}))
        for village in villages
    ]


def publish_many(
    *, choices: Sequence[tuple[Village, str]], period: Period, days: int, publisher: User, now: dt.datetime
) -> list[Outcome]:
    """Put up the notice of each village in turn; `choices` are villages with the mark of what was seen of them.

    Raises CannotPublish where too many are asked for at once; what a single village refuses is its outcome.
    """
    if len(choices) > MOST:
        raise CannotPublish(f"一次最多发布 {MOST} 个村，分几次发布")
    return [
        _publish(village=village, seen=seen, period=period, days=days, publisher=publisher, now=now)
        for village, seen in choices
    ]


def _publish(*, village: Village, seen: str, period: Period, days: int, publisher: User, now: dt.datetime) -> Outcome:
    try:
        notice = notices.publish(village=village, period=period, publisher=publisher, now=now, days=days, seen=seen)
    except OperationalError:
        # Another publishing of the same rows was ended by the database so that one of the two goes on.
        return Outcome(village, None, "有人正在改这个村的积分，没有发布，再试一次")
    except Refused as refusal:
        return Outcome(village, None, str(refusal))
    return Outcome(village, notice)


def _offer(village: Village, claims: list[Claim], number: int, undecided: dict[str, int]) -> Offer:
    remarks = [f"{rows} 行{UNDECIDED[State(state)]}，不在这一期" for state, rows in undecided.items()]
    if number:
        remarks.append(f"本月已有 {number} 期，这是第 {number + 1} 期")
    if not village.phone and not village.township.phone:
        remarks.append("没有监督电话")
    return Offer(village, claims, _hurdles(village, claims), remarks)


def _hurdles(village: Village, claims: list[Claim]) -> list[str]:
    if not claims:
        return ["没有待公示的积分"]
    notice = Notice(village=village, **notices.facts_of(claims))
    return scanning.of_texts(notice, notices.lines_of(claims, earned={})) + scanning.of_claims(claims)


def _numbers(villages: Sequence[Village], period: Period) -> Counter[int]:
    found = Notice.objects.filter(village__in=villages, period=period.slug).values_list("village").annotate(Count("pk"))
    return Counter(dict(found.values_list("village", "pk__count")))


def _undecided(villages: Sequence[Village], period: Period) -> dict[int, dict[str, int]]:
    rows = Claim.objects.filter(
        batch__village__in=villages, state__in=UNDECIDED, occurred_on__lte=period.ends_on
    ).values_list("batch__village", "state")
    counted: dict[int, dict[str, int]] = {}
    for village, state, number in rows.annotate(number=Count("pk")).order_by("batch__village", "state"):
        counted.setdefault(village, {})[state] = number
    return counted
