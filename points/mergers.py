"""Villages that merge: every household goes on in the other village with all it held, and the old chain ends.

Lock order as everywhere: the heads of both chains by id, then households by id.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from points import ledger, passbooks, permissions, stock
from points.models import (
    Balance,
    Claim,
    Honour,
    HouseholdMove,
    Notice,
    Objection,
    Outlet,
    PanelMember,
    Redemption,
    Seal,
    Suspension,
    VillageMerger,
    YearEnd,
)
from points.models.batches import OPEN
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Grid, Household, Resident, User, Village

BATCH = 1000


class CannotMerge(Refused):
    """The villages stay as they are."""


@dataclass(frozen=True)
class _Act:
    """What all steps of a merger share."""

    source: Village
    into: Village
    paper: str
    by: User
    now: dt.datetime

    @property
    def on(self) -> dt.date:
        return calendar.local_date(self.now)


@dataclass(frozen=True)
class Standing:
    """A village before it merges: its households, what they hold together, and what is on its way."""

    households: int
    points: int
    in_flight: int
    panel: int
    outlets: int

    @property
    def mark(self) -> str:
        return f"{self.households}.{self.points}.{self.in_flight}"


def standing(village: Village, today: dt.date) -> Standing:
    there = Household.objects.filter(village=village).active()
    return Standing(
        households=there.count(),
        points=Balance.objects.filter(household__in=there).aggregate(sum=Sum("posted"))["sum"] or 0,
        in_flight=Claim.objects.filter(batch__village=village, state__in=passbooks.IN_FLIGHT).count(),
        panel=PanelMember.objects.current(today).filter(village=village).count(),
        outlets=Outlet.objects.open().filter(villages=village).count(),
    )


def obstacles(source: Village, into: Village, today: dt.date) -> list[str]:
    """Why a village cannot become part of another today, in sentences that say what to do first."""
    if source.pk == into.pk:
        return ["选两个不同的村"]
    closed = [f"{one.short_name}已经撤并" for one in (source, into) if one.closed_on]
    return closed or _unfinished(source, today)


def _unfinished(village: Village, today: dt.date) -> list[str]:
    """What somebody still has to do in a village, a sentence each."""
    claims = Claim.objects.filter(batch__village=village)
    slips = Redemption.objects.filter(household__village=village, on=today, undone_at=None)
    year_ends = village.year_ends.filter(state__in=(YearEnd.State.PREPARED, YearEnd.State.OPEN))
    counted = (
        (claims.filter(state__in=OPEN), "行草稿或退回的没有提交，先提交或移出"),
        (claims.filter(state__in=passbooks.IN_FLIGHT), "行在审核或公示，等入账或退回移出以后再办"),
        (Notice.objects.open().filter(village=village), "期公示没有入账，入账以后再办"),
        (Objection.objects.open().filter(village=village), "件异议没有答复，先办结"),
        (Honour.objects.filter(village=village, state__in=Honour.LIVE[:3]), "项荣誉没有评完，先授予或撤回"),
        (year_ends, "次年末清零没有办完，先入账或写明不清零"),
        (slips, "笔今天的兑换当天可以撤销，明天再办"),
    )
    return [f"{village.short_name}还有 {count} {words}" for rows, words in counted if (count := rows.count())]


@transaction.atomic
def merge(
    *, source: Village, into: Village, paper: str, by: User, now: dt.datetime, seen: str | None = None
) -> VillageMerger:
    """Make a village part of another one, in one go. `seen` is the mark of the standing that was looked at.

    Raises CannotMerge, Conflict, CannotEnrol.
    """
    for village in sorted((source, into), key=lambda one: one.pk):
        ledger.lock_village(village)
    locked = Village.objects.select_for_update(of=("self",)).select_related("township").order_by("pk")
    places = {village.pk: village for village in locked.filter(pk__in=(source.pk, into.pk))}
    act = _Act(places[source.pk], places[into.pk], paper.strip(), by, now)
    there = list(Household.objects.filter(village=source).active().select_related("grid").order_by("pk"))
    # Whoever submits or redeems holds a household: it comes wholly before what is counted now, or meets its new number.
    roster.lock(one.pk for one in there)
    _refuse(act, seen)
    moves = _move_all(act, there)
    last, first = _carry(act, moves)
    roster.hand_over_many(pairs=[(move.household, move.target) for move in moves], on=act.on)
    made = _note(act, moves, last, first)
    _settle_places(act)
    return made


def _refuse(act: _Act, seen: str | None) -> None:
    if not permissions.can_merge_villages(act.by):
        raise CannotMerge("村的撤并由区级办")
    if not act.paper:
        raise CannotMerge("批复文号没有写")
    if found := obstacles(act.source, act.into, act.on):
        raise CannotMerge("；".join(found))
    if seen is not None and seen != standing(act.source, act.on).mark:
        raise Conflict("村里的数刚有变化，看过再办")


def _move_all(act: _Act, there: Sequence[Household]) -> list[HouseholdMove]:
    """Every household under a number of the other village, and a line in the book for each."""
    grids = roster.take_over_grids(source=act.source, into=act.into)
    people: dict[int, list[roster.Person]] = {one.pk: [] for one in there}
    for one in Resident.objects.filter(household__in=there).order_by("pk"):
        people[one.household_id].append(roster.Person(one.name, one.relation, one.is_head))
    newcomers = [
        roster.Newcomer(grids[one.grid_id], one.head_name, act.on, one.members, one.aliases, tuple(people[one.pk]))
        for one in there
    ]
    fresh = roster.enrol_many(newcomers=newcomers)
    held = dict(Balance.objects.filter(household__in=there).values_list("household_id", "posted"))
    moves = [
        _entered(act, old, new, grids[old.grid_id], held.get(old.pk, 0)) for old, new in zip(there, fresh, strict=True)
    ]
    _carry_suspensions(act, dict(zip((one.pk for one in there), fresh, strict=True)))
    return HouseholdMove.objects.bulk_create(moves, batch_size=BATCH)


def _entered(act: _Act, old: Household, new: Household, grid: Grid, points: int) -> HouseholdMove:
    return HouseholdMove(
        kind=HouseholdMove.Kind.VILLAGE,
        household=old,
        target=new,
        from_village=act.source,
        from_grid=old.grid,
        to_village=act.into,
        to_grid=grid,
        points=points,
        on=act.on,
        reason=f"{act.source.short_name}并入{act.into.short_name}"[:60],
        made_by=act.by,
        made_at=act.now,
    )


def _carry_suspensions(act: _Act, fresh: dict[int, Household]) -> None:
    for held in Suspension.objects.standing(act.on).filter(household__in=fresh):
        Suspension.objects.create(
            household=fresh[held.household_id],
            item=held.item,
            words=held.words,
            reason=held.reason,
            basis=held.basis,
            begins_on=max(held.begins_on, act.on),
            ends_on=held.ends_on,
            made_by=act.by,
            made_at=act.now,
        )


def _carry(act: _Act, moves: Sequence[HouseholdMove]) -> tuple[Seal | None, Seal | None]:
    """All points out under the last seal of one chain and in under a seal of the other."""
    holding = [move for move in moves if move.points]
    leaving = [_line(move, move.household, move.out_source, -move.points) for move in holding]
    coming = [_line(move, move.target, move.in_source, move.points) for move in holding]
    return (
        ledger.post(village=act.source, lines=leaving, now=act.now),
        ledger.post(village=act.into, lines=coming, now=act.now),
    )


def _line(move: HouseholdMove, household: Household, source: str, points: int) -> ledger.Line:
    return ledger.Line.of(household, source=source, points=points, kind=Kind.TRANSFER, occurred_on=move.on)


def _settle_places(act: _Act) -> None:
    """The panel's terms end, outlets that served the village serve the other one, and the village is closed."""
    PanelMember.objects.current(act.on).filter(village=act.source).update(ends_on=act.on)
    for outlet in Outlet.objects.open().filter(villages=act.source):
        stock.serve_also(outlet=outlet, village=act.into)
    roster.close_village(village=act.source, into=act.into, on=act.on)


def _note(act: _Act, moves: Sequence[HouseholdMove], last: Seal | None, first: Seal | None) -> VillageMerger:
    made = VillageMerger.objects.create(
        source=act.source,
        into=act.into,
        paper=act.paper,
        households=len(moves),
        points=sum(move.points for move in moves),
        last_seal=last,
        first_seal=first,
        on=act.on,
        made_by=act.by,
        made_at=act.now,
    )
    facts = {"households": made.households, "points": made.points, "to": act.into.code}
    audit.record(actor=act.by, action="village.merge", target=str(made), place=act.source.code, facts=facts, at=act.now)
    return made
