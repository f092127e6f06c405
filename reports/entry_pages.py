"""流水: the lines of a village's month, which every number of its page is made of.

What is taken off stands among the other lines and is never picked out: there is no list of households with deductions.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from points.models import Entry, Rule
from points.models.rules import Dimension, Joy
from qianjiang_portal.foundation import digits
from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.periods import Period
from reports.documents import xlsx as excel
from reports.documents.model import Column, Kind, Metadata, Sheet, Table, Workbook
from reports.figures.sums import EARNED
from villages.models import Grid, Village

READS = ("household", "grid", "rule", "reverses__rule")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. 三治, 五乐 and 加分 leave awards alone, as the charts count them."""

    grid: str = ""
    rule: str = ""
    dimension: str = ""
    joy: str = ""
    only: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """What the address says; what it does not know counts as not said."""
        dimension, joy = given.get("dimension", ""), given.get("joy", "")
        return cls(
            grid=grid if digits.number(grid := given.get("grid", "")) is not None else "",
            rule=given.get("rule", ""),
            dimension=dimension if dimension in Dimension.values else "",
            joy=joy if joy in Joy.values else "",
            only="awards" if given.get("only") == "awards" else "",
        )

    @property
    def asked(self) -> dict[str, str]:
        """The filters that are set, for an address."""
        names = ("grid", "rule", "dimension", "joy", "only")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def entries(self) -> Q:
        found = Q()
        if self.grid:
            found &= Q(grid__number=self.grid)
        if self.rule:
            found &= Q(rule__code=self.rule, rule__kind=Rule.Kind.AWARD)
        if self.dimension or self.joy or self.only:
            found &= Q(kind="award")
        for name in ("dimension", "joy"):
            if value := getattr(self, name):
                found &= Q(**{name: value})
        return found


@dataclass(frozen=True, slots=True)
class EntryList:
    village: Village
    period: Period
    filters: Filters
    entries: QuerySet[Entry]
    count: int
    households: int
    points: int
    grids: tuple[Grid, ...]
    rules: tuple[tuple[str, str], ...]
    dimensions: tuple[tuple[str, str], ...] = field(default=tuple(Dimension.choices))
    joys: tuple[tuple[str, str], ...] = field(default=tuple(Joy.choices))


def entry_list(village: Village, period: Period, filters: Filters, user: Any) -> EntryList:
    """The lines a person may read, the newest first, with their number and sum."""
    month = Entry.objects.visible_to(user).filter(village=village, period__in=period.months, kind__in=EARNED)
    month = month.exclude(dimension="")
    entries = month.filter(filters.entries)
    sums = entries.aggregate(count=Count("pk"), households=Count("household", distinct=True), points=Sum("points"))
    given = month.filter(rule__kind=Rule.Kind.AWARD).order_by("rule__code").values_list("rule__code", "rule__item")
    return EntryList(
        village=village,
        period=period,
        filters=filters,
        entries=entries.select_related(*READS).order_by("-occurred_on", "-posted_at", "-pk"),
        count=sums["count"],
        households=sums["households"],
        points=sums["points"] or 0,
        grids=tuple(Grid.objects.filter(village=village).in_order()),
        rules=tuple(given.distinct()),
    )


def item(entry: Entry) -> str:
    """What a line was given for."""
    if entry.reverses:
        return f"冲正：{entry.reverses.rule.item if entry.reverses.rule else entry.reverses.get_kind_display()}"
    return entry.rule.item if entry.rule else entry.get_kind_display()


def entry_workbook(page: EntryList, now: dt.datetime) -> tuple[str, bytes]:
    """The file's name and the file: all lines of the list."""
    title = f"{page.village.full_name}积分流水{page.period.title}"
    at = now.astimezone(SHANGHAI).replace(microsecond=0)
    columns = (
        Column("日期", Kind.DATE, 12),
        Column("户主", share=12),
        Column("户号", share=22),
        Column("组", share=10),
        Column("事项", share=40),
        Column("三治", share=8),
        Column("五乐", share=8),
        Column("类别", share=8),
        Column("分值", Kind.COUNT, 8),
    )
    total = ("", "", "", "", f"合计 {page.count} 笔 {page.households} 户", "", "", "", page.points)
    table = Table(title, columns, (*_rows(page.entries.iterator(2000)), total), total=True)
    book = Workbook(title, (Sheet("流水", table),), Metadata("积分流水", "", at))
    return f"{title}.xlsx", excel.render(book)


def _rows(entries: Iterable[Entry]) -> Iterable[tuple[Any, ...]]:
    for entry in entries:
        yield (
            entry.occurred_on,
            entry.household.head_name,
            entry.household.number,
            entry.grid.name,
            item(entry),
            entry.get_dimension_display(),
            entry.get_joy_display(),
            entry.get_kind_display(),
            entry.points,
        )
