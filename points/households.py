"""Households that change: another group, another village, one household out of two. Points follow by transfer entries.

Lock order as everywhere: the heads of the villages' chains by id, then households by id.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from points import ledger, passbooks, permissions
from points.models import Balance, Claim, HouseholdMove, PanelMember, Suspension
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Grid, Household, User, Village

MoveKind = HouseholdMove.Kind


class CannotMove(Refused):
    """The household stays as it is."""


@dataclass(frozen=True)
class _Change:
    """What all steps of a change share."""

    kind: str
    reason: str
    by: User
    now: dt.datetime

    @property
    def on(self) -> dt.date:
        return calendar.local_date(self.now)


def mark_of(*households: Household) -> str:
    """A short mark of the passbooks somebody looked at: their versions and what they held."""
    posted = dict(Balance.objects.filter(household__in=households).values_list("household_id", "posted"))
    return "-".join(f"{one.pk}.{one.version}.{posted.get(one.pk, 0)}" for one in households)


def obstacles(household: Household, today: dt.date) -> list[str]:
    """Why a household cannot be handed over today, in sentences that say what to do first."""
    if household.state != Household.State.ACTIVE:
        return [f"{household.head_name}户{household.get_state_display()}"]
    found = []
    if count := Claim.objects.filter(household=household, state__in=passbooks.IN_FLIGHT).count():
        found.append(f"{household.head_name}户还有 {count} 行在审核或公示，等入账或退回移出以后再办")
    seats = PanelMember.objects.current(today).filter(Q(household=household) | Q(kin=household)).distinct()
    found += [f"评议员{seat.name}登记着{household.head_name}户，先在“评议小组”里改" for seat in seats.order_by("pk")]
    return found


def _suspended(household: Household, on: dt.date) -> Suspension | None:
    return Suspension.objects.standing(on).filter(household=household).first()


@transaction.atomic
def regroup(*, household: Household, grid: Grid, reason: str, by: User, now: dt.datetime) -> HouseholdMove:
    """Put a household into another group of its village; number, passbook and claims stay. Raises CannotMove."""
    change = _Change(MoveKind.GRID, reason.strip(), by, now)
    ledger.lock_village(household.village)
    household = _locked(household)[0]
    _refuse(change, household.village)
    if household.state != Household.State.ACTIVE:
        raise CannotMove(f"{household.head_name}户{household.get_state_display()}")
    if grid.village_id != household.village_id or grid.pk == household.grid_id:
        raise CannotMove("选本村的另一个组")
    move = _note(change, household, household, grid, 0)
    roster.regroup(household=household, grid=grid)
    return move


@transaction.atomic
def move(
    *, household: Household, grid: Grid, reason: str, by: User, now: dt.datetime, seen: str | None = None
) -> HouseholdMove:
    """Let a household go on in a group of another village, under a number there, with all it held.

    `seen` is the mark of the passbook that was looked at. Raises CannotMove, Conflict.
    """
    change = _Change(MoveKind.VILLAGE, reason.strip(), by, now)
    target = grid.village
    if target.pk == household.village_id:
        raise CannotMove("这是本村的组，用换组")
    for village in sorted((household.village, target), key=lambda one: one.pk):
        ledger.lock_village(village)
    household = _locked(household)[0]
    _refuse(change, household.village, target)
    _refuse_state(change, seen, household)
    people = [roster.Person(one.name, one.relation, one.is_head) for one in household.residents.order_by("pk")]
    new = roster.enrol(
        grid=grid,
        head_name=household.head_name,
        joined_on=change.on,
        members=household.members,
        aliases=household.aliases,
        people=tuple(people),
    )
    return _hand_over(change, household, new, Household.State.MOVED)


@transaction.atomic
def merge(
    *, household: Household, into: Household, reason: str, by: User, now: dt.datetime, seen: str | None = None
) -> HouseholdMove:
    """Make a household part of another one of its village, members and points. Raises CannotMove, Conflict."""
    change = _Change(MoveKind.MERGE, reason.strip(), by, now)
    if household.pk == into.pk:
        raise CannotMove("选另外一户")
    ledger.lock_village(household.village)
    household, into = _locked(household, into)
    if household.village_id != into.village_id:
        raise CannotMove("两户不在一个村，先迁到一个村再并")
    _refuse(change, household.village)
    if into.state != Household.State.ACTIVE:
        raise CannotMove(f"{into.head_name}户{into.get_state_display()}")
    _refuse_state(change, seen, household, into)
    if held := _suspended(household, change.on):
        raise CannotMove(f"{household.head_name}户资格暂停到 {held.ends_on}，期满或解除后再并")
    roster.absorb(household=household, into=into)
    return _hand_over(change, household, into, Household.State.MERGED)


def _locked(*households: Household) -> list[Household]:
    roster.lock(one.pk for one in households)
    found = Household.objects.select_related("village__township", "grid").in_bulk([one.pk for one in households])
    return [found[one.pk] for one in households]


def _refuse(change: _Change, *villages: Village) -> None:
    if not permissions.can_move_households(change.by, *villages):
        raise CannotMove("只在本岗位管的村之间办，跨乡镇由区级办")
    if not change.reason:
        raise CannotMove("原因没有写")
    if kind := personal_data(change.reason):
        raise CannotMove(f"原因里像是有{kind}，去掉再保存")


def _refuse_state(change: _Change, seen: str | None, *households: Household) -> None:
    if found := obstacles(households[0], change.on):
        raise CannotMove("；".join(found))
    if seen is not None and seen != mark_of(*households):
        raise Conflict("存折刚有变化，看过再办")


def _hand_over(change: _Change, old: Household, new: Household, state: str) -> HouseholdMove:
    balance = Balance.objects.filter(household=old).first()
    move = _note(change, old, new, new.grid, balance.posted if balance else 0)
    if move.points:
        leaving, coming = _line(move, old, move.out_source, -1), _line(move, new, move.in_source, 1)
        together = old.village_id == new.village_id
        ledger.post(village=old.village, lines=[leaving, coming] if together else [leaving], now=change.now)
        if not together:
            ledger.post(village=new.village, lines=[coming], now=change.now)
    if held := _suspended(old, change.on):
        _carry_over(change, held, new)
    roster.hand_over(household=old, to=new, state=state, on=change.on)
    return move


def _carry_over(change: _Change, held: Suspension, new: Household) -> None:
    """A suspension is not shed by moving."""
    Suspension.objects.create(
        household=new,
        item=held.item,
        words=held.words,
        reason=held.reason,
        basis=held.basis,
        begins_on=max(held.begins_on, change.on),
        ends_on=held.ends_on,
        made_by=change.by,
        made_at=change.now,
    )


def _note(change: _Change, old: Household, new: Household, grid: Grid, points: int) -> HouseholdMove:
    move = HouseholdMove.objects.create(
        kind=change.kind,
        household=old,
        target=new,
        from_village=old.village,
        from_grid=old.grid,
        to_village=grid.village,
        to_grid=grid,
        points=points,
        on=change.on,
        reason=change.reason,
        made_by=change.by,
        made_at=change.now,
    )
    facts = {"points": points, "to": new.number}
    audit.record(
        actor=change.by,
        action=f"household.{change.kind}",
        target=old.number,
        place=old.village.code,
        facts=facts,
        at=change.now,
    )
    return move


def _line(move: HouseholdMove, household: Household, source: str, sign: int) -> ledger.Line:
    return ledger.Line.of(
        household,
        source=source,
        points=sign * move.points,
        kind=Kind.TRANSFER,
        occurred_on=move.on,
    )
