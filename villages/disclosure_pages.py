"""三公开 to read: how places stand by quarter, one village's register, and what villagers see."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from qianjiang_portal.foundation import options, periods
from qianjiang_portal.foundation.periods import Period
from villages import disclosures, dues, permissions
from villages.dues import Book, Due, Tally
from villages.models import Disclosure, DisclosureItem, Township, Village
from villages.models.disclosures import DisclosureQuerySet

Aspect = DisclosureItem.Aspect
# How far back a period may be chosen by hand: months, quarters, years.
CHOICES = (("月份", "month", 12), ("季度", "quarter", 5), ("年度", "year", 3))


@dataclass(frozen=True)
class Cell:
    """A place in a quarter."""

    quarter: Period
    tally: Tally

    @property
    def kind(self) -> str:
        if not self.tally.judged:
            return "none"
        return "err" if self.tally.missing else "warn" if self.tally.late else "ok"

    @property
    def words(self) -> str:
        if not self.tally.judged:
            return "—"
        if self.tally.missing:
            return f"欠 {self.tally.missing} 项"
        return f"迟 {self.tally.late} 项" if self.tally.late else "按时"


@dataclass(frozen=True)
class Row:
    """A village or a township: its quarters, the newest first, and in words what is overdue longest."""

    name: str
    url: str
    cells: tuple[Cell, ...]
    late: int
    oldest: str


@dataclass(frozen=True)
class Waiting:
    """Something a village still has to put up."""

    due: Due
    village: Village
    days: int

    @property
    def is_late(self) -> bool:
        return self.days > 0

    @property
    def words(self) -> str:
        return f"逾期 {self.days} 天" if self.is_late else f"{self.due.on} 前公开"

    @property
    def url(self) -> str:
        new = reverse("villages:disclosure-new", args=[self.village.code])
        return f"{new}?item={self.due.item.code}&period={self.due.period.slug}"


@dataclass(frozen=True)
class Round:
    """One item for one period, and the villages that still have to put it up."""

    due: Due
    villages: tuple[Village, ...]
    late: int

    @property
    def title(self) -> str:
        return f"{self.due.period.title}{self.due.item.name}"

    @property
    def words(self) -> str:
        return f"逾期 {self.late} 天" if self.late > 0 else f"{self.due.on} 前公开"

    def is_asked(self, item: str, period: str) -> bool:
        return (self.due.item.code, self.due.period.slug) == (item, period)

    def sheets(self, texts: dict[str, str]) -> list[disclosures.Sheet]:
        """What is put up: `texts` by statistics code of the village."""
        return [
            disclosures.Sheet(village, self.due.item, self.due.period, texts[village.code])
            for village in self.villages
            if village.code in texts
        ]


def rounds(villages: Sequence[Village], today: dt.date) -> list[Round]:
    """What `villages` still have to put up, item by item, the most urgent first. Two queries."""
    book = Book([village.pk for village in villages], dues.quarters(today), today)
    lacking: dict[dues.Key, list[Village]] = {}
    found: dict[dues.Key, Due] = {}
    for village in villages:
        for due in book.waiting(village.pk):
            found[due.key] = due
            lacking.setdefault(due.key, []).append(village)
    made = [Round(due, tuple(lacking[key]), (today - due.on).days) for key, due in found.items()]
    return sorted(made, key=lambda one: (one.due.on, one.due.item.position))


def by_village(user: Any, township: Township, today: dt.date) -> list[Row]:
    """The villages of a township that a person may see. Three queries."""
    villages = list(Village.objects.visible_to(user).open().filter(township=township).in_code_order())
    book = Book([village.pk for village in villages], dues.quarters(today), today)
    own = [reverse("villages:disclosure-village", args=[village.code]) for village in villages]
    return [_row(book, one.short_name, url, [one], today, named=False) for one, url in zip(villages, own, strict=True)]


def by_township(user: Any, townships: Sequence[Township], today: dt.date) -> list[Row]:
    """The townships a person may see, each summed over its villages. Three queries."""
    of: dict[int, list[Village]] = {township.pk: [] for township in townships}
    for village in Village.objects.visible_to(user).open().in_code_order():
        of[village.township_id].append(village)
    book = Book([one.pk for villages in of.values() for one in villages], dues.quarters(today), today)
    url = reverse("villages:disclosure-list")
    return [_row(book, one.name, f"{url}?t={one.code}", of[one.pk], today, named=True) for one in townships]


def waiting(village: Village, today: dt.date) -> list[Waiting]:
    """What a village still has to put up of the quarters that are looked at."""
    left = Book([village.pk], dues.quarters(today), today).waiting(village.pk)
    return [Waiting(due, village, (today - due.on).days) for due in left]


def choices(today: dt.date) -> list[tuple[str, list[tuple[str, str]]]]:
    """The periods that may be put up, in groups, the newest first."""
    return [(word, [_choice(periods.of(today, kind).shift(-back)) for back in range(n)]) for word, kind, n in CHOICES]


def public(village: Village, today: dt.date) -> QuerySet[Disclosure]:
    return public_of([village.pk], today).select_related("item").newest_first()


def public_of(villages: Collection[int], today: dt.date) -> DisclosureQuerySet:
    """What villagers may read of villages (their ids): what stands, as long as the district keeps it public."""
    first = periods.of(today).shift(-options.get("disclosure_public_months")).begins_on
    return Disclosure.objects.standing().filter(village__in=villages, published_on__gte=first)


def can_write(user: Any, village: Village) -> bool:
    return permissions.can_disclose(user, village)


def _choice(period: Period) -> tuple[str, str]:
    return period.slug, period.title


def _row(book: Book, name: str, url: str, villages: Sequence[Village], today: dt.date, named: bool) -> Row:
    cells = tuple(
        Cell(quarter, reduce(add, (book.tally(village.pk, at) for village in villages), Tally()))
        for at, quarter in enumerate(dues.quarters(today))
    )
    late = [(due, village) for village in villages for due in book.waiting(village.pk) if due.on < today]
    late.sort(key=lambda one: (one[0].on, one[0].item.position))
    return Row(name, url, cells, len(late), _oldest(late, named, today))


def _oldest(late: list[tuple[Due, Village]], named: bool, today: dt.date) -> str:
    if not late:
        return ""
    due, village = late[0]
    who = f"{village.short_name} " if named else ""
    return f"{who}{due.period.title}{due.item.name}，逾期 {(today - due.on).days} 天"
