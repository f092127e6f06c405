"""What a dashboard is made of. Frozen values, already in words: templates only lay them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from qianjiang_portal.foundation.periods import Period
from reports.figures import Composition, Figure, show


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what a place is: a label and its words, with the way there."""

    label: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line under a tile's value; tone is "", "warn" or "err"."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the strip with its 口径."""

    label: str
    value: str
    figure: Figure | None = None
    of: str = ""
    lines: tuple[Line, ...] = ()
    href: str = ""
    is_word: bool = False


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits: how late, what, where, and the way there."""

    kind: str
    icon: str
    word: str
    title: str
    where: tuple[Link, ...] = ()
    rest: Link | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A table that a chart is drawn from. Every column after the first is a series; texts are what is drawn."""

    id: str
    kind: str
    look: str
    title: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[str, str], ...] = ()
    up: bool = False
    zoom: bool = False
    compared: str = ""
    href: str = ""
    links: tuple[str, ...] = ()
    nothing: str = "还没有已生效的积分"

    @property
    def linked_rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each row with the address of the list behind it, where it has one."""
        links = self.links if self.rows and self.links else ("",) * len(self.rows)
        return tuple(zip(links, self.rows, strict=True))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the heat table; level 1 to 6 tints it, 0 leaves it plain. With a tone it is a mark beside its word."""

    text: str
    level: int = 0
    css: str = "u-center"
    tone: str = ""
    icon: str = ""
    href: str = ""

    @property
    def is_zero(self) -> bool:
        return self.text in ZERO


@dataclass(frozen=True, slots=True)
class HeatRow:
    name: str
    href: str
    households: str
    cells: tuple[Cell, ...]
    order: dict[str, Decimal | int | None] = field(default_factory=dict, hash=False)
    homes: str = ""


ZERO = frozenset({"0", "0.0%", "0.00", "—"})
DIMENSION_HEADS = ("自治", "法治", "德治")


def month_name(period: Period, beside: Period) -> str:
    """`6月`, or `去年6月` beside a month of the next year."""
    return f"{'去年' if period.year < beside.year else ''}{period.index}月"


def shares_by_dimension(names: Sequence[str], parts: Sequence[Composition]) -> tuple[tuple[str, ...], ...]:
    """Rows of percent for each composition that has any points."""
    return tuple(
        (name, *(_percent(share.share) for share in part.by_dimension))
        for name, part in zip(names, parts, strict=True)
        if part.total
    )


def shares_by_joy(parts: Sequence[Composition]) -> tuple[tuple[str, ...], ...]:
    """One row for each joy, one percent column for each composition."""
    columns = [part.by_joy for part in parts]
    return tuple(
        (shares[0].label, *(_percent(share.share) for share in shares)) for shares in zip(*columns, strict=True)
    )


def points_by_dimension(months: Sequence[tuple[Period, Composition]]) -> tuple[tuple[str, ...], ...]:
    """A row of points for each month."""
    return tuple(
        (f"{period.index}月", *(f"{share.points:,}" for share in part.by_dimension)) for period, part in months
    )


def _percent(share: Decimal | None) -> str:
    return show(share, "%")
