"""Months of village life, day by day: what is entered, reviewed, put up, posted and put right."""

import datetime as dt
import random
from functools import partial

from points import ledger, postings
from points.models import Batch, Notice
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo import places, statistics
from qianjiang_portal.pages.demo.agenda import Action, Agenda
from qianjiang_portal.pages.demo.desk import Desk

# Working days before the end: what is older took the ordinary way to its end, the rest is staged to lie in every state.
STAGED = 9
# Villages whose last batch comes with a photograph: each costs a process of its own.
PROVED = 3
# The day of the month from which villages put the month before on notice: by the 5th, but for one in seven.
PUT_UP_FROM = (1, 3, 2, 4, 2, 9, 3)


class History:
    """Puts a village's months on the agenda. Nothing happens on the last day itself: that one belongs to visitors."""

    def __init__(self, agenda: Agenda, opening: dt.date, until: dt.date) -> None:
        self.agenda = agenda
        self.days = working_days(opening, until)
        self.until = until
        self.months = list(months(opening, until))

    def plan(self, desk: Desk, position: int) -> None:
        """All that one village does; `position` among the villages spreads their days and decides their incidents."""
        for month in self.months:
            self._plan_month(desk, month, position)
        self._stage_incidents(desk, position)
        self._stage_last_days(desk, position)

    def close_months(self) -> None:
        """When a month is over, note its registered households."""
        for month in self.months:
            self.agenda.at(calendar.moment(month.next().begins_on, 1), partial(self._close, month))

    def _close(self, month: Period, _now: dt.datetime) -> None:
        ledger.snapshot_households(period=month)
        if month in self.months[:2]:
            statistics.refresh()

    def _plan_month(self, desk: Desk, month: Period, position: int) -> None:
        rng = desk.rng
        busy = desk.village.code == places.HOME
        days = [day for day in self.days[:-STAGED] if month.holds(day)]
        count = min(len(days), rng.choices((2, 3, 4), (8, 2, 1))[0] + busy)
        for number, day in enumerate(sorted(rng.sample(days, k=count))):
            size = rng.randint(18, 26) if busy else rng.randint(10, 14)
            mixed = number == count - 1 and count > 2
            self._put_batch(desk, day, size, mixed, returned=rng.choices((0, 1, 2), (9, 1, 1))[0])
        for wanted in (PUT_UP_FROM[position % len(PUT_UP_FROM)], 18)[: 1 + busy]:
            for day in [day for day in days if day.day >= wanted][:1]:
                self.agenda.at(calendar.moment(day, 16, 10), partial(self._publish, desk))

    def _put_batch(self, desk: Desk, day: dt.date, size: int, mixed: bool, returned: int) -> None:
        """A batch on its ordinary way: entered and submitted on a day, reviewed two days later, mended if need be."""

        def enter(now: dt.datetime) -> None:
            batch = (desk.collect if mixed else desk.gather)(self._happened(desk.rng, day), size, now)
            self._later(0, 50, now, lambda then: self._submit(desk, batch, returned, then))

        self.agenda.at(calendar.moment(day, desk.rng.randint(9, 16), desk.rng.randint(0, 59)), enter)

    def _submit(self, desk: Desk, batch: Batch, returned: int, now: dt.datetime) -> None:
        if not batch.claims.open().exists():
            return
        desk.submit(batch, now)
        self._later(2, 0, now, lambda then: self._review(desk, batch, returned, then))

    def _review(self, desk: Desk, batch: Batch, returned: int, now: dt.datetime) -> None:
        desk.decide(batch, returned, now)
        if returned:
            self._later(1, 15, now, lambda then: self._mend(desk, batch, then))

    def _mend(self, desk: Desk, batch: Batch, now: dt.datetime) -> None:
        if desk.mend(batch, now):
            self._later(1, 30, now, lambda then: desk.decide(batch, 0, then))

    def _publish(self, desk: Desk, now: dt.datetime) -> None:
        if notice := desk.publish(now):
            self.agenda.at(notice.due_at, lambda then: self._post(notice, then))

    def _post(self, notice: Notice, now: dt.datetime) -> None:
        postings.post(notice=notice, now=now)

    def _stage_incidents(self, desk: Desk, position: int) -> None:
        """Three weeks from the end, in every third village: a reversal, and a household that leaves during a notice."""
        if position % 3 == 0:
            self._on(17, 10, lambda now: self._correct(desk, now))
            self._put_staged(desk, 16, 14)
            self._on(12, 16, partial(self._publish, desk))
            self._on(10, 11, desk.move_someone_out)
        if position == 0:
            self._on(11, 10, lambda now: self._doubt(desk, now))
            self._on(0, 15, lambda now: desk.doubt("当天请假没有去，怎么也记了分", now))
        if position % 6 == 3:
            self._on(2, 15, lambda now: desk.settle(desk.cast.leader, now))

    def _doubt(self, desk: Desk, now: dt.datetime) -> None:
        if objection := desk.doubt("我家去了两个人，是不是记漏了", now):
            self._later(1, 20, now, lambda then: desk.look_into(objection, then))

    def _correct(self, desk: Desk, now: dt.datetime) -> None:
        if batch := desk.correct(now):
            self._later(2, 0, now, lambda then: desk.decide(batch, 0, then))

    def _stage_last_days(self, desk: Desk, position: int) -> None:
        """Something on notice, something approved, something submitted; and here and there a return and a draft."""
        self._put_staged(desk, 6, 3)
        self._on(1, 10, partial(self._publish, desk))
        self._put_staged(desk, 4, 0)
        if position % 2 == 0:
            self._put_staged(desk, 3, 1, returned=2)
        self._put_staged(desk, 0, None, proved=position < PROVED)
        if position % 2 == 0:
            self._on(0, 17, desk.hold_latest)
        if position % 3 == 0:
            self._on(0, 16, lambda now: self._draft(desk, now))

    def _put_staged(
        self, desk: Desk, entered: int, reviewed: int | None, returned: int = 0, *, proved: bool = False
    ) -> None:
        """A batch entered `entered` working days before the end and reviewed `reviewed` days before it, or not yet.

        `proved`: with a photograph of the sheet that was signed.
        """

        def enter(now: dt.datetime) -> None:
            batch = desk.gather(self._happened(desk.rng, now.date()), desk.rng.randint(8, 12), now)
            if not batch.claims.open().exists():
                return
            if proved:
                desk.prove(batch, now)
            desk.submit(batch, now + dt.timedelta(minutes=30))
            if reviewed is not None:
                self._on(reviewed, 15, lambda then: desk.decide(batch, returned, then))

        self._on(entered, 11, enter)

    def _draft(self, desk: Desk, now: dt.datetime) -> None:
        batch = desk.gather(now.date(), 6, now)
        desk.take_out(batch, now)

    def _on(self, days_before: int, hour: int, action: Action) -> None:
        if days_before < len(self.days):
            self.agenda.at(calendar.moment(self.days[-1 - days_before], hour), action)

    def _later(self, days: int, minutes: int, now: dt.datetime, action: Action) -> None:
        """`days` working days later, in the afternoon unless it is the same day."""
        day = calendar.add_working_days(now.date(), days)
        moment = now + dt.timedelta(minutes=minutes) if not days else calendar.moment(day, 15, minutes)
        self.agenda.at(moment, action)

    def _happened(self, rng: random.Random, entered: dt.date) -> dt.date:
        """The day an occasion took place: the day before it is entered, or two, or the same; never before the rules."""
        return max(self.days[0], entered - dt.timedelta(days=rng.choice((0, 1, 1, 2))))


def working_days(opening: dt.date, until: dt.date) -> list[dt.date]:
    """The days offices are open from `opening` to the day before `until`."""
    days = (opening + dt.timedelta(days=number) for number in range((until - opening).days))
    return [day for day in days if calendar.is_working_day(day)]


def months(opening: dt.date, until: dt.date) -> list[Period]:
    found = [periods.of(opening)]
    while found[-1].next().begins_on < until:
        found.append(found[-1].next())
    return found
