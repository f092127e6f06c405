"""Key measures: the district's table of who does what by when, and how far each is."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from demos import permissions
from demos.measure_lines import Planned
from demos.models import Dispatch, Measure, Progress
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Unit, User


class CannotSet(Refused):
    """The table of measures cannot be taken as it was given."""


class CannotReport(Refused):
    """What was said of a measure cannot be kept."""


def lock_units() -> list[Unit]:
    """All member units, locked: two tables for a year that has none yet would have no other row to wait at."""
    return list(Unit.objects.select_for_update(no_key=True).order_by("position", "pk"))


@transaction.atomic
def add(*, year: int, lines: Sequence[Planned], by: User, now: dt.datetime) -> list[Measure]:
    """Add measures to a year's table, all or none. Raises CannotSet."""
    if not permissions.can_set_measures(by):
        raise CannotSet("重点举措由区级安排")
    lock_units()
    there = {measure.text: measure for measure in Measure.objects.filter(year=year)}
    last = max((measure.number for measure in there.values()), default=0)
    made = []
    for number, line in enumerate(lines, last + 1):
        if line.text in there:
            raise CannotSet(f"“{line.text}”已经在表里")
        told = {"text": line.text, "lead": line.lead, "due_on": line.due_on, "added_on": calendar.local_date(now)}
        measure = Measure.objects.create(year=year, number=number, **told)
        measure.helpers.set(line.helpers)
        there[line.text] = measure
        made.append(measure)
    audit.record(actor=by, action="measure.add", target=str(year), facts={"measures": len(made)}, at=now)
    return made


@transaction.atomic
def report(*, measure: Measure, period: Period, text: str, is_done: bool, by: User, now: dt.datetime) -> Progress:
    """Say how far a measure is in a quarter; the last word of a quarter counts. Raises CannotReport."""
    measure = Measure.objects.select_for_update(of=("self",)).select_related("lead").get(pk=measure.pk)
    today = calendar.local_date(now)
    if not permissions.can_report_on(by, measure):
        raise CannotReport("由牵头单位或区级填报进展")
    if period.kind != "quarter" or period.begins_on > today:
        raise CannotReport("进展按季度填，季度还没有开始")
    if not text.strip():
        raise CannotReport("写明进展")
    said = {"text": text.strip(), "made_by": by, "made_at": now}
    progress, _ = Progress.objects.update_or_create(measure=measure, period=period.slug, defaults=said)
    measure.done_on = (measure.done_on or today) if is_done else None
    measure.save(update_fields=["done_on"])
    audit.record(actor=by, action="measure.report", target=f"{measure.number} {period.slug}", at=now)
    return progress


@transaction.atomic
def dispatch(
    *, measure: Measure, month: Period, moved: str, stuck: str, following: str, by: User, now: dt.datetime
) -> Dispatch:
    """Say what moved in a month, what is stuck and what comes next; the last word counts. Raises CannotReport."""
    measure = Measure.objects.select_for_update(of=("self",)).select_related("lead").get(pk=measure.pk)
    if not permissions.can_report_on(by, measure):
        raise CannotReport("由牵头单位或区级填报调度")
    if month.kind != "month" or month.begins_on > calendar.local_date(now):
        raise CannotReport("调度按月填，月份还没有到")
    if month.year != measure.year:
        raise CannotReport(f"这是 {measure.year}年的举措，填当年的月份")
    if not moved.strip():
        raise CannotReport("写明本月进展")
    said = {"moved": moved.strip(), "stuck": stuck.strip(), "following": following.strip()}
    made, _ = Dispatch.objects.update_or_create(
        measure=measure, month=month.slug, defaults={**said, "made_by": by, "made_at": now}
    )
    audit.record(actor=by, action="measure.dispatch", target=f"{measure.number} {month.slug}", at=now)
    return made
