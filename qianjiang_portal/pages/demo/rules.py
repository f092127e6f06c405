"""The 积分细则 of the demonstration: the district's reference, and what townships and villages adopted of it."""

import datetime as dt
from collections.abc import Iterable

from points import rules
from points.models import RuleSet
from points.rules import Adoption, Filing
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo import places
from qianjiang_portal.pages.demo.people import Cast
from villages.models import Township, User, Village


def publish(casts: Iterable[tuple[Village, Cast]], district: User, opening: dt.date) -> None:
    """Publish the reference, one version for each township with history, and one of the clerk's first village's own."""
    written = calendar.moment(opening - dt.timedelta(days=30), 10)
    reference = _reference(district, opening, written)
    done: set[Township] = set()
    for village, cast in casts:
        if village.township not in done:
            done.add(village.township)
            _adopt(reference, opening, cast, township=village.township)
        if village.code == places.HOME:
            _adopt(reference, opening, cast, village=village)


def _reference(district: User, opening: dt.date, written: dt.datetime) -> RuleSet:
    year = opening.year
    with calendar.at(written):
        draft = rules.draft(title=f"黔江区乡村治理积分参考细则（{year}版）", year=year, by=district)
        return rules.publish(rule_set=draft, by=district, effective_from=opening, now=written)


def _adopt(
    reference: RuleSet, opening: dt.date, cast: Cast, township: Township | None = None, village: Village | None = None
) -> None:
    held_on = calendar.next_working_day(opening - dt.timedelta(days=21))
    name = village.short_name if village else township.name if township else ""
    now = calendar.moment(held_on + dt.timedelta(days=4), 16)
    with calendar.at(now):
        draft = rules.draft(
            title=f"{name}乡村治理积分细则（{opening.year}版）",
            year=opening.year,
            by=cast.maker,
            township=township,
            village=village,
            based_on=reference,
        )
        rules.publish(
            rule_set=draft,
            by=cast.leader,
            effective_from=opening,
            adoption=_households(held_on) if village else _delegates(held_on),
            filing=Filing(held_on + dt.timedelta(days=2), "镇党政办") if village else None,
            now=now,
        )


def _households(held_on: dt.date) -> Adoption:
    return Adoption(RuleSet.Meeting.HOUSEHOLDS, held_on, 118, 97, 92, f"户代表会议记录〔{held_on.year}〕2号")


def _delegates(held_on: dt.date) -> Adoption:
    return Adoption(RuleSet.Meeting.DELEGATES, held_on, 46, 41, 38, f"村民代表会议记录〔{held_on.year}〕1号")
