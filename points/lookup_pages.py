"""What a household reads of its own passbook with its slip, and what a clerk sees of a village's slips."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString

from points import honour_pages, passbook_lines, passbooks
from points.lookups import Issued
from points.models import Claim, LookupSlip
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation.periods import Period
from villages.models import Grid, Household, Village


@dataclass(frozen=True)
class Row:
    """One line in plain words: nobody else's name or number, no remark. `balance` is None while it does not count."""

    on: dt.date
    item: str
    points: int
    balance: int | None = None


@dataclass(frozen=True)
class Book:
    """A household's own passbook: the newest lines, and apart from them what is on notice."""

    household: Household
    figures: passbooks.Figures
    year: passbooks.Year
    coming: tuple[Row, ...]
    rows: tuple[Row, ...]
    more: int
    honours: tuple[str, ...]


def book(household: Household, today: dt.date) -> Book:
    claims = passbooks.waiting(household)
    past = passbooks.history(household, Period(today.year, 1))
    page = passbook_lines.page(household, passbook_lines.Filters(), 1)
    lines = passbook_lines.from_entries(household, page.object_list, claims)
    return Book(
        household=household,
        figures=passbooks.figures(household, claims),
        year=passbooks.year_of(past, today.year),
        coming=tuple(_coming(one) for one in claims if one.state == State.PUBLISHED),
        rows=tuple(Row(line.on, _item(line), line.points, line.balance) for line in lines),
        more=page.paginator.count - len(lines),
        honours=tuple(f"{one.year} {one.kind.name}" for one in honour_pages.of_household(household)),
    )


def _coming(claim: Claim) -> Row:
    return Row(claim.occurred_on, f"冲正：{claim.rule}" if claim.reverses_id else str(claim.rule), claim.points)


def _item(line: passbook_lines.Line) -> str:
    """A line without what people wrote to it, and without the number of another household."""
    if line.kind == Kind.TRANSFER:
        return "迁户、并户转入" if line.points > 0 else "迁户、并户转出"
    if line.kind != Kind.REVERSAL or line.entry is None:
        return line.item
    if line.slip:
        return f"撤销兑换 {line.slip.what}"
    return f"冲正：{line.entry.rule}" if line.entry.rule else "冲正"


# --- slips ------------------------------------------------------------------------


@dataclass(frozen=True)
class Printed:
    """A slip on paper; `address` is the one behind the QR code, `entrance` the short one to type."""

    issued: Issued
    address: str
    entrance: str

    @property
    def household(self) -> Household:
        return self.issued.slip.household

    @property
    def qr(self) -> SafeString:
        return drawn(self.address)


def drawn(address: str) -> SafeString:
    """An address as a QR code, SVG without any style of its own."""
    code = segno.make(address, error="m", micro=False)
    return SafeString(code.svg_inline(omitsize=True, border=0, svgclass="lk-qr", lineclass=None))


@dataclass(frozen=True)
class GridLine:
    """One 组: how many households there are, and how many have a slip."""

    grid: Grid
    households: int
    issued: int

    @property
    def left(self) -> int:
        return self.households - self.issued


def by_grid(village: Village) -> list[GridLine]:
    """Three queries."""
    there = Counter(Household.objects.active().filter(village=village).values_list("grid", flat=True))
    slips = LookupSlip.objects.filter(household__village=village, household__state=Household.State.ACTIVE)
    have = Counter(slips.values_list("household__grid", flat=True))
    grids = Grid.objects.filter(village=village).in_order()
    return [GridLine(one, there[one.pk], have[one.pk]) for one in grids if there[one.pk]]


def wanted(village: Village, grid: int | None, *, again: bool) -> list[int]:
    """The ids of the households that get a slip: of a group or of all, only those without one unless `again`."""
    homes = Household.objects.active().filter(village=village)
    homes = homes.filter(grid__number=grid) if grid else homes
    return list((homes if again else homes.filter(lookup_slip=None)).values_list("pk", flat=True))
