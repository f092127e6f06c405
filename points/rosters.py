"""Writing a compared roster into the register, through the functions that write households."""

import datetime as dt
from typing import Any

from points import households, roster_rows
from points.models import RegisterFile, RegisterLine
from points.roster_rows import Does
from qianjiang_portal.foundation import calendar
from villages import roster
from villages.models import Grid, Household

WRITES = (Does.NEW, Does.CHANGE, Does.REGROUP, Does.MERGE)


def write(source: RegisterFile, now: dt.datetime) -> dict[str, int]:
    """Write every line that stands; answers what was done. Needs the village's lock. Raises Refused."""
    lines = list(
        RegisterLine.objects.filter(source=source, does__in=WRITES)
        .select_related("household__grid", "household__village", "into")
        .order_by("line")
    )
    roster.lock(pk for line in lines for pk in (line.household_id, line.into_id) if pk)
    grids = _grids(source, lines)
    new = [line for line in lines if line.does == Does.NEW]
    kept = [line for line in lines if line.does in (Does.CHANGE, Does.REGROUP)]
    known = roster_rows.Register.read(source.village_id)
    today = calendar.local_date(now)
    roster.enrol_many(newcomers=[_newcomer(line, grids, today) for line in new])
    roster.amend_many(amendments=[one for line in kept if (one := _amendment(line, known))])
    said: dict[str, Any] = {"reason": source.reason, "by": source.maker, "now": now}
    for line in lines:
        if line.does == Does.REGROUP and line.household:
            households.regroup(household=line.household, grid=grids[line.grid_number or 0], **said)
        elif line.does == Does.MERGE and line.household and line.into:
            households.merge(household=line.household, into=line.into, **said)
    return {str(does): source.counts[does] for does in WRITES}


def _grids(source: RegisterFile, lines: list[RegisterLine]) -> dict[int, Grid]:
    """The groups of the village, those included that the sheet names and nobody has set up."""
    there = {grid.number: grid for grid in Grid.objects.filter(village=source.village).select_related("village")}
    missing = {line.grid_number for line in lines if line.grid_number and line.does != Does.MERGE} - there.keys()
    return there | {number: roster.add_grid(village=source.village, number=number) for number in sorted(missing)}


def _newcomer(line: RegisterLine, grids: dict[int, Grid], today: dt.date) -> roster.Newcomer:
    coming = roster_rows.newcomers(line, [])
    people = [roster.Person(line.name, roster.HEAD, is_head=True), *(roster.Person(*one) for one in coming)]
    return roster.Newcomer(
        grid=grids[line.grid_number or 0],
        head_name=line.name,
        joined_on=today,
        members=roster_rows.size_of(line, None, len(coming)),
        aliases=line.raw_aliases,
        people=tuple(people),
    )


def _amendment(line: RegisterLine, known: roster_rows.Register) -> roster.Amendment | None:
    """What a line writes otherwise, its group left aside."""
    home: Household | None = known.homes.get(line.household_id or 0)
    if home is None or all(label == "组" for label, _, _ in line.changes):
        return None
    coming = roster_rows.newcomers(line, [name for name, _ in known.members.get(home.pk, [])])
    return roster.Amendment(
        home,
        head_name=line.name if line.name and line.name != home.head_name else None,
        members=roster_rows.size_of(line, home, len(coming)),
        aliases=line.raw_aliases or None,
        people=tuple(roster.Person(*one) for one in coming),
    )
