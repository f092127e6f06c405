"""Points that take their whole way, in a few lines: entered, passed, put on notice and, if wanted, posted."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from conftest import SINCE, approve
from points import batches, notices, postings
from points.models import Batch, Notice, PanelMember, Rule
from qianjiang_portal.foundation import calendar, periods
from villages.models import Household, User, Village


@dataclass(frozen=True)
class Desk:
    """Who makes and who checks in a village."""

    village: Village
    maker: User
    checker: User
    panel: list[PanelMember]


def seat_panel(village: Village) -> list[PanelMember]:
    names = ("田茂林", "石秀芝", "陶国安")
    return [PanelMember.objects.create(village=village, name=name, begins_on=SINCE) for name in names]


def submitted(desk: Desk, rule: Rule, households: Sequence[Household], at: dt.datetime, points: int | None) -> Batch:
    """A batch of one rule, sent to review at a moment."""
    with calendar.at(at):
        today = calendar.today()
        batch = batches.open_draft(
            maker=desk.maker, village=desk.village, rule=rule, occurred_on=today, key=uuid.uuid4().hex, now=at
        )
        for household in households:
            batches.put_claim(
                batch=batch,
                editor=desk.maker,
                client_key=uuid.uuid4(),
                household=household,
                rule=rule,
                points=rule.default if points is None else points,
                occurred_on=today,
                now=at,
            )
        batch.refresh_from_db()
        return batches.submit(batch=batch, maker=desk.maker, now=at)


def passed(batch: Batch, desk: Desk, at: dt.datetime) -> Batch:
    with calendar.at(at):
        return approve(batch, desk.checker, desk.panel)


def published(desk: Desk, at: dt.datetime, month: str = "") -> Notice:
    """A notice over everything that waits in the village."""
    with calendar.at(at):
        period = periods.parse(month) if month else periods.of(calendar.today())
        return notices.publish(village=desk.village, period=period, publisher=desk.maker, now=at)


def posted(notice: Notice) -> Notice:
    with calendar.at(notice.due_at):
        return postings.post(notice=notice, now=notice.due_at).notice


def take_effect(
    desk: Desk, rule: Rule, households: Sequence[Household], at: dt.datetime, points: int | None = None
) -> Notice:
    """The whole way: passed an hour after it was made, on notice the hour after that, posted when due."""
    batch = submitted(desk, rule, households, at, points)
    passed(batch, desk, at + dt.timedelta(hours=1))
    return posted(published(desk, at + dt.timedelta(hours=2)))
