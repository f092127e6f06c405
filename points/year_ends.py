"""The end of a year: old points are carried over, expire or are reset, as the district has set it.

A job works out what each household would lose; the township's leader puts it up or waives it; when its days are over
it is posted: the lesser of what was announced and what is left then. Nothing is posted that was not announced.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from points import ledger, masking, notices, passbooks, permissions, reckoning
from points.models import Doubt, Entry, HouseholdMove, Rule, YearEnd, YearEndLine
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar, jobs, options
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import roster
from villages.models import Household, User, Village

MODES = options.SETTINGS["year_end"].words


class CannotEndYear(Refused):
    """The year end cannot be put up, waived or posted like this."""


def mode() -> str:
    """What the district has set: carry, expire or reset. Anything else counts as carrying over."""
    chosen = str(options.get("year_end"))
    return chosen if chosen in MODES else "carry"


def last_year(year: int) -> int:
    """Points posted in this year or before are lost at the end of `year`."""
    return year if mode() == YearEnd.Mode.RESET else year - int(options.get("year_end_keep_years"))


@transaction.atomic
def prepare(*, village: Village, year: int, now: dt.datetime) -> YearEnd | None:
    """Work out what the households of a village would lose at the end of a year, once; None where it is nothing."""
    ledger.lock_village(village)
    if mode() == "carry" or calendar.local_date(now) <= dt.date(year, 12, 31):
        return None
    if village.year_ends.filter(year=year).exists():
        return None
    year_end = YearEnd(
        code=f"JZ-{village.code}-{year}",
        village=village,
        year=year,
        mode=mode(),
        last_year=last_year(year),
        prepared_at=now,
    )
    lines = _lines(year_end)
    if not lines:
        return None
    _write(year_end, lines, now)
    _record(None, "year-end.prepare", year_end, now)
    return year_end


@transaction.atomic
def publish(*, year_end: YearEnd, by: User, now: dt.datetime, days: int | None = None) -> YearEnd:
    """Put up what was worked out, counted once more, as the district has set it by now. Raises CannotEndYear."""
    year_end = _lock(year_end)
    _refuse(year_end, by, YearEnd.State.PREPARED)
    if mode() == "carry":
        raise CannotEndYear("区里已改成全部结转，不公示清零；写明原因，不清零")
    if other := YearEnd.objects.open().filter(village=year_end.village_id).first():
        raise CannotEndYear(f"{other.year} 年的还在公示，清零以后再公示 {year_end.year} 年的")
    year_end.mode, year_end.last_year = mode(), last_year(year_end.year)
    span = notices.term(calendar.local_date(now), days or options.get("notice_days"))
    lines = _lines(year_end)
    if not lines:
        raise CannotEndYear("现在没有要清零的积分，写明原因不清零")
    year_end.lines.all().delete()
    _write(year_end, lines, now)
    year_end.confirmed_by, year_end.confirmed_at = by, now
    year_end.starts_on, year_end.ends_on, year_end.due_at = span.starts_on, span.ends_on, span.due_at
    year_end.state = YearEnd.State.OPEN
    year_end.save()
    _record(by, "year-end.publish", year_end, now, households=year_end.households, points=year_end.points)
    return year_end


@transaction.atomic
def waive(*, year_end: YearEnd, reason: str, by: User, now: dt.datetime) -> YearEnd:
    """Carry a village's points over after all. Raises CannotEndYear."""
    year_end = _lock(year_end)
    _refuse(year_end, by, YearEnd.State.PREPARED, YearEnd.State.OPEN)
    if not reason.strip():
        raise CannotEndYear("写明不清零的原因")
    if kind := personal_data(reason):
        raise CannotEndYear(f"原因里像是有{kind}，去掉再保存", "N-01")
    year_end.state, year_end.waived_by, year_end.waive_reason = YearEnd.State.WAIVED, by, reason.strip()[:120]
    year_end.save(update_fields=["state", "waived_by", "waive_reason"])
    _record(by, "year-end.waive", year_end, now)
    return year_end


@transaction.atomic
def post(*, year_end: YearEnd, now: dt.datetime, by: User | None = None) -> YearEnd:
    """Take what was announced or what is left of it, whichever is less, under one seal, once.

    `by` is None for the scheduled job. Raises CannotEndYear.
    """
    year_end = _lock(year_end)
    if year_end.state == YearEnd.State.POSTED:
        return year_end
    if by is not None and not permissions.can_end_year(by, year_end.village):
        raise CannotEndYear("年末清零由分管领导办")
    if year_end.state != YearEnd.State.OPEN or year_end.due_at is None:
        raise CannotEndYear(f"现在是{year_end.get_state_display()}，不能清零")
    if now < year_end.due_at:
        raise CannotEndYear(f"公示到 {year_end.ends_on:%Y-%m-%d}，期满后清零")
    if waiting := Doubt.objects.open().filter(line__year_end=year_end).count():
        raise CannotEndYear(f"还有 {waiting} 件异议没有答复，答复后再清零")
    lines = list(year_end.lines.select_related("household__grid").order_by("household_id"))
    roster.lock(line.household_id for line in lines)
    left = _left(year_end.village, year_end.last_year)
    spared = set(Doubt.objects.filter(line__in=lines, outcome=Doubt.Outcome.WITHDRAWN).values_list("line", flat=True))
    for line in lines:
        line.posted = 0 if line.pk in spared else min(line.announced, left.get(line.household_id, (0, 0))[0])
    ledger.post(village=year_end.village, lines=[_entry(year_end, one) for one in lines if one.posted], now=now)
    YearEndLine.objects.bulk_update(lines, ["posted"])
    year_end.state, year_end.posted_at, year_end.posted_by = YearEnd.State.POSTED, now, by
    year_end.posted_points = sum(line.posted or 0 for line in lines)
    year_end.save(update_fields=["state", "posted_at", "posted_by", "posted_points"])
    _record(by, "year-end.post", year_end, now, points=year_end.posted_points)
    return year_end


@transaction.atomic
def prepare_job(held: jobs.Held, village: Village, year: int) -> None:
    prepare(village=village, year=year, now=calendar.now())
    held.finish()


@transaction.atomic
def post_job(held: jobs.Held, year_end: YearEnd) -> None:
    post(year_end=year_end, now=calendar.now())
    held.finish()


def due(now: dt.datetime) -> list[YearEnd]:
    """Year ends whose days are over and of which nothing is doubted."""
    doubted = Doubt.objects.open().filter(line__isnull=False).values("line__year_end")
    return list(YearEnd.objects.open().filter(due_at__lte=now).exclude(pk__in=doubted).order_by("due_at", "pk"))


def _left(village: Village, last_year: int) -> dict[int, tuple[int, int]]:
    """Household id → what it can lose of points up to `last_year`, and what it would keep, where it is something.

    What is held back for deductions and reversals on their way is not taken. Six queries, however many households.
    """
    homes: Iterable[Any] = passbooks.with_figures(Household.objects.active().filter(village=village))
    available = {one.pk: one.available for one in homes}
    found = {}
    for household, steps in _steps(available).items():
        have = available[household]
        if lost := min(reckoning.expiring(reckoning.reckon(steps), last_year), have):
            found[household] = (lost, have - lost)
    return found


def _steps(households: Collection[int]) -> dict[int, list[reckoning.Step]]:
    """The entries of households as steps; points that came with a move keep the age they had before it."""
    counting = Entry.objects.filter(household__in=households, reverses__isnull=True, reversed_by__isnull=True)
    rows = counting.order_by("household_id", "posted_at", "pk").values_list(
        "household_id", "period", "points", "kind", "rule_id", "source"
    )
    lasting = _lasting(counting)
    moves = {move.in_source: move for move in HouseholdMove.objects.filter(target__in=households, points__gt=0)}
    before = _steps({move.household_id for move in moves.values()}) if moves else {}
    found: dict[int, list[reckoning.Step]] = {}
    for household, period, points, kind, rule, source in rows:
        own = found.setdefault(household, [])
        if source in moves:
            own += _handed_over(before.get(moves[source].household_id, []))
        else:
            own.append(reckoning.Step(int(period[:4]), points, kind == Kind.AWARD and rule in lasting))
    return found


def _handed_over(steps: list[reckoning.Step]) -> list[reckoning.Step]:
    """What the household that was handed over held: all but the transfer with which it left, its last step."""
    return [reckoning.Step(lot.year, lot.left, lot.lasts) for lot in reckoning.reckon(steps[:-1])]


def _lasting(entries: QuerySet[Entry]) -> set[int]:
    """Rules, of any version that was used, whose points never expire."""
    used = Rule.objects.filter(pk__in=entries.values("rule")).select_related("rule_set")
    return {rule.pk for rule in used if rule.code in rule.rule_set.lasting_codes}


def _lines(year_end: YearEnd) -> list[YearEndLine]:
    left = _left(year_end.village, year_end.last_year)
    homes = Household.objects.filter(pk__in=left).select_related("grid").in_number_order()
    return [
        YearEndLine(
            position=position,
            household=home,
            masked_name=masking.mask(home.head_name),
            grid_name=home.grid.name,
            tail=home.tail,
            announced=left[home.pk][0],
            kept=left[home.pk][1],
        )
        for position, home in enumerate(homes, 1)
    ]


def _write(year_end: YearEnd, lines: list[YearEndLine], now: dt.datetime) -> None:
    year_end.prepared_at = now
    year_end.households, year_end.points = len(lines), sum(line.announced for line in lines)
    year_end.save()
    for line in lines:
        line.year_end = year_end
    YearEndLine.objects.bulk_create(lines)


def _entry(year_end: YearEnd, line: YearEndLine) -> ledger.Line:
    home = line.household
    return ledger.Line.of(
        home,
        source=f"year-end:{line.pk}",
        points=-(line.posted or 0),
        kind=Kind.EXPIRY,
        occurred_on=dt.date(year_end.year, 12, 31),
    )


def _lock(year_end: YearEnd) -> YearEnd:
    ledger.lock_village(year_end.village)
    return YearEnd.objects.select_for_update(of=("self",)).select_related("village").get(pk=year_end.pk)


def _refuse(year_end: YearEnd, by: User, *states: str) -> None:
    if not permissions.can_end_year(by, year_end.village):
        raise CannotEndYear("年末清零由分管领导办")
    if year_end.state not in states:
        raise CannotEndYear(f"现在是{year_end.get_state_display()}")


def _record(by: User | None, action: str, year_end: YearEnd, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=by, action=action, target=year_end.code, place=year_end.village.code, facts=facts, at=now)
