"""The whole demonstration, in one transaction: there is all of it or nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from points.models import Batch, Entry
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.pages.demo import (
    cadres,
    candidates,
    changes,
    disclosed,
    helpers,
    honouring,
    inspections,
    papers,
    places,
    registers,
    rules,
    sent,
    shops,
    slips,
    statistics,
    stories,
)
from qianjiang_portal.pages.demo.agenda import Agenda
from qianjiang_portal.pages.demo.desk import Desk
from qianjiang_portal.pages.demo.history import History
from qianjiang_portal.pages.demo.people import NEXT_TOWN, TOWN, Cast, Staff
from qianjiang_portal.pages.demo.undivided import undivided
from villages import roster
from villages.models import Household, User, Village

# Villages with a history, the first ones first; more follow in code order.
STAGES = (places.HOME, NEXT_TOWN + "200", "500114110200", "500114110201")


@dataclass(frozen=True)
class Plan:
    """What to make. The same plan makes the same district; `until` is the first day on which nothing has happened."""

    until: dt.date
    seed: str = "1"
    per_village: int = 40
    villages: int = 12
    months: int = 8
    password: str = ""

    @property
    def opening(self) -> dt.date:
        """The first day of the first month."""
        return periods.of(self.until).shift(1 - self.months).begins_on


@dataclass(frozen=True)
class Made:
    households: int
    batches: int
    entries: int
    passwords: dict[str, str]


def is_empty() -> bool:
    return not (User.objects.exists() or Household.objects.exists())


@transaction.atomic
def make(plan: Plan) -> Made:
    """Make the district of a plan in an empty portal."""
    households = settle(plan)
    staff = Staff(plan.seed, plan.opening)
    passwords, casts = move_in(plan, staff)
    with options.held(), undivided():
        live(plan, casts, staff)
        changes.happen(casts, plan.until)
        slips.hand_out(*casts[0], plan.until)
        sent.send(*casts[0], plan.until)
        sent.send_roster(*casts[0], plan.until)
        summed = papers.hand_in(staff, plan.opening, plan.until)
        helpers.help_out(plan.seed, casts, staff.users["district"], plan.opening, plan.until)
        registers.fill(plan.seed, casts, plan.opening, plan.until)
        cadres.record(plan.seed, casts, staff.users["district"], plan.opening, plan.until)
        candidates.show(plan.seed, staff, plan.until)
        disclosed.catch_up(plan.seed, staff, {village.pk for village, _ in casts}, plan.until)
        inspections.circulate(staff, plan.opening, plan.until)
        stories.tell(staff, plan.opening, plan.until)
        if summed:
            inspections.assess(plan.seed, staff, summed)
    statistics.refresh()
    return Made(households, Batch.objects.count(), Entry.objects.count(), passwords)


def settle(plan: Plan) -> int:
    """Townships, villages and their households; answers how many."""
    roster.load_district()
    households = places.settle(plan.seed, plan.per_village, plan.opening)
    statistics.refresh()
    return households


def move_in(plan: Plan, staff: Staff) -> tuple[dict[str, str], list[tuple[Village, Cast]]]:
    """The accounts with their passwords, and who acts in each village with a history."""
    with calendar.at(calendar.moment(staff.begins_on, 9)):
        return staff.open_accounts(plan.password), [(village, staff.of(village)) for village in stages(plan.villages)]


def live(plan: Plan, casts: list[tuple[Village, Cast]], staff: Staff) -> None:
    """Let the villages with a history live through their months."""
    rules.publish(casts, staff.users["district"], plan.opening)
    agenda = Agenda()
    history = History(agenda, plan.opening, plan.until)
    history.close_months()
    for position, (village, cast) in enumerate(casts):
        history.plan(Desk(plan.seed, village, cast, plan.opening), position)
    shops.plan(plan.seed, agenda, staff, [village for village, _ in casts], history.days)
    honouring.plan(plan.seed, agenda, casts, history.days)
    agenda.run(calendar.moment(plan.until))


def stages(count: int) -> list[Village]:
    """The villages with a history: the clerk's first village, its neighbours, and some elsewhere."""
    villages = list(Village.objects.select_related("township").in_code_order())
    town = [village.code for village in villages if village.code.startswith(TOWN)]
    wanted = list(dict.fromkeys([places.HOME, *town, *STAGES, *(village.code for village in villages)]))
    by_code = {village.code: village for village in villages}
    return [by_code[code] for code in wanted[:count]]
