"""The numbers bound into a summary: counted when it is read, frozen when it is submitted, never typed."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.periods import Period, of
from reports import figures
from reports.documents.model import Kind, shown
from reports.models import Sender
from villages.models import Appointment, Village
from villages.models.places import VillageQuerySet

KINDS = {"%": Kind.RATE, "分/户": Kind.MEAN}
FIELD = re.compile(r"\{(\w+)\}")
# What each kind of sender's sections begin with; a name in braces is a figure.
OPENINGS = {
    "work": "{villages}个村（社区）实行积分制，在册{households}户。"
    "本期{participants}户有加分入账，参与户率{participation}；入账{entries}笔，加分{awards}分，减分{deductions}分，净积分{net_points}分。",
    "results": "户均净积分{net_per_household}分；应审核{batches_due}批，按时审核{batches_on_time}批，"
    "按时审核率{reviewed_on_time}；应公示{notices_due}期，按期公示{notices_in_time}期，按期公示率{notices_rate}。",
}
LEADS = {"township": "辖区", "unit": "结对联系的村（社区）中，", "district": "全区"}
NO_POINTS = {
    "township": "辖区还没有村（社区）实行积分制。",
    "unit": "结对联系的村（社区）还没有实行积分制。",
    "district": "全区还没有村（社区）实行积分制。",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an opening: words, or a figure under its name."""

    text: str
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    label: str
    value: str
    unit: str
    formula: str
    source: str


def count(sender: Sender, period: Period, now: dt.datetime) -> dict[str, Any]:
    """Every figure of the sender's villages at this moment, fit to be kept as JSON; what is on notice stands apart."""
    limits = replace(figures.Limits.current(), now=now)
    villages = list(villages_of(sender, now))
    sums = figures.village_sums(villages, [period], limits)[0] if villages else {}
    values = figures.total(sums.values()).figures()
    standing = figures.combined(figures.standings(villages, limits).values()) if villages else None
    return {
        "values": {name: _plain(found.value) for name, found in values.items()},
        "on_notice": standing.on_notice if standing else 0,
        "at": now.astimezone(calendar.SHANGHAI).isoformat(timespec="minutes"),
    }


def villages_of(sender: Sender, now: dt.datetime) -> VillageQuerySet:
    """A township's villages with points, a unit's paired ones, or the district's."""
    if sender.unit:
        posts = Appointment.objects.current(calendar.local_date(now)).filter(role="liaison", unit=sender.unit)
        return Village.objects.with_points().filter(pk__in=posts.values("villages")).in_code_order()
    return figures.villages_of(sender.township or figures.DISTRICT).in_code_order()


def opening(key: str, sender: Sender, counted: dict[str, Any]) -> list[Piece]:
    """The bound sentence a section begins with, nothing where it has none; without points that is said once."""
    if key not in OPENINGS:
        return []
    kind = "unit" if sender.unit else "township" if sender.township else "district"
    if not counted["values"].get("villages"):
        return [Piece(NO_POINTS[kind])] if key == "work" else []
    found = [Piece(LEADS[kind])] if key == "work" else []
    for at, part in enumerate(FIELD.split(OPENINGS[key])):
        found.append(_number(part, counted["values"]) if at % 2 else Piece(part))
    return found


def meanings(counted: dict[str, Any]) -> list[Meaning]:
    """口径: each figure with its value, how it is worked out and where it comes from."""
    known = [(name, found) for name, found in figures.DEFINITIONS.items() if name in counted["values"]]
    return [
        Meaning(found.label, _shown(name, counted["values"][name]), found.unit, found.formula, found.source)
        for name, found in known
    ]


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Figures that moved between two counts: label, then, now."""
    names = [name for name, value in after["values"].items() if before["values"].get(name) != value]
    return [
        (figures.DEFINITIONS[name].label, _shown(name, before["values"].get(name)), _shown(name, after["values"][name]))
        for name in names
    ]


def due_on(period: Period) -> dt.date:
    return period.next().begins_on.replace(day=options.get("summary_due_day"))


def opens_on(period: Period) -> dt.date:
    return period.ends_on - dt.timedelta(days=options.get("summary_opens_days"))


def usual_period(today: dt.date) -> Period:
    """The summary asked for now: the newest that has been opened, half-year or year."""
    this_year = of(today, "year")
    half = Period(this_year.year, 1, "half-year")
    for period in (this_year, half):
        if opens_on(period) <= today:
            return period
    return this_year.previous()


def title(period: Period) -> str:
    """2026年半年, 2026年年终."""
    return f"{period.year}年{'半年' if period.kind == 'half-year' else '年终'}"


def _number(name: str, values: dict[str, Any]) -> Piece:
    return Piece(_shown(name, values.get(name)), name, figures.DEFINITIONS[name].label)


def _shown(name: str, value: int | str | None) -> str:
    kind = KINDS.get(figures.DEFINITIONS[name].unit, Kind.COUNT)
    if name == "deductions" and value is not None:
        value = abs(int(value))
    return shown(Decimal(value) if isinstance(value, str) else value, kind)


def _plain(value: int | Decimal | None) -> int | str | None:
    return str(value) if isinstance(value, Decimal) else value
