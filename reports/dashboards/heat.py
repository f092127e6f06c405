"""The heat table: six fixed steps for each column, so that a tint means the same every month and for everyone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from reports.dashboards.parts import Cell, HeatRow
from reports.figures import Row, Standing, Sums, show

# The lowest value of steps 2 to 6. A full share stays at step 5: a table of the darkest hides who needs help.
STEPS: dict[str, tuple[str, ...]] = {
    "participation": ("0.30", "0.40", "0.50", "0.56", "0.62"),
    "net_per_household": ("1.00", "1.75", "2.50", "3.00", "3.50"),
    "reviewed_on_time": ("0.85", "0.90", "0.94", "0.97"),
    "notices_rate": ("0.60", "0.75", "0.85", "0.95"),
}
UNITS = {"participation": "%", "net_per_household": "分/户", "reviewed_on_time": "%", "notices_rate": "%"}


@dataclass(frozen=True, slots=True)
class Head:
    """A column head; `next` is the sort a press leads to, None for code order."""

    key: str
    label: str
    css: str
    sort: str = ""
    next: str | None = None

    @property
    def is_sortable(self) -> bool:
        return bool(self.key)

    @property
    def icon(self) -> str:
        return {"ascending": "up", "descending": "down"}.get(self.sort, "sort")


Columns = tuple[tuple[str, str, str], ...]
COMMON: Columns = (
    ("name", "", ""),
    ("households", "在册户", "u-num"),
    ("participation", "参与户率", "u-center"),
    ("net_per_household", "净积分/户", "u-center"),
    ("reviewed_on_time", "按时审核", "u-center"),
    ("notices_rate", "按期公示", "u-center"),
)
# What a township's villages are told apart by besides; a column without a key is not sorted by.
OWN: Columns = (("net_points", "净积分", "u-num"), ("on_notice", "公示中", "u-num"), ("objections", "异议", "u-center"))
ABOVE: Columns = (("objections", "异议", "u-center"), ("", "总结", ""), ("", "示范村", ""))
SORTS = [key for key, _, _ in (*COMMON, *OWN)]


def level(name: str, value: Decimal | None) -> int:
    """The step a value stands on, 1 to 6; 0 where there is nothing to show."""
    if value is None:
        return 0
    return 1 + sum(value >= Decimal(step) for step in STEPS[name])


def heads(first: str, sort: str, more: Columns) -> tuple[Head, ...]:
    """Column heads under the sort of the address: falling, then rising, then back to code order."""
    return tuple(_head(key, label or first, css, sort) for key, label, css in (*COMMON, *more))


def _head(key: str, label: str, css: str, sort: str) -> Head:
    if key == "name":
        return Head(key, label, css, "" if sort else "ascending", None)
    if not key:
        return Head(key, label, css)
    if sort == f"-{key}":
        return Head(key, label, css, "descending", key)
    if sort == key:
        return Head(key, label, css, "ascending", None)
    return Head(key, label, css, "", f"-{key}")


def is_sort(text: str) -> bool:
    return text == "" or text.removeprefix("-") in SORTS[1:]


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists behind a row: of its villages or lines, of the lines that are awards, of its households, its reviews
    and its notices."""

    net: str = ""
    awards: str = ""
    homes: str = ""
    reviews: str = ""
    notices: str = ""


def villages(listed: str) -> Lists:
    """A list of villages with its sum tells all of a row's figures."""
    return Lists(listed, listed, listed, listed, listed)


def whole_row(row: Row, name: str, more: tuple[Cell, ...], lists: Lists) -> HeatRow:
    """The sum of the rows below it, under a name such as `全镇 9`."""
    plain = (replace(cell, level=0) for cell in cells(row.sums, False, lists))
    return HeatRow(name, "", f"{row.sums.households:,}", (*plain, *more), homes=lists.homes)


def rows(
    found: Iterable[Row],
    standing: Callable[[Row], Standing],
    href: Callable[[Row], str],
    more: Callable[[Row], tuple[Cell, ...]],
    objections: Callable[[str], int],
    lists: Callable[[Row], Lists],
    counts: bool,
) -> list[HeatRow]:
    """Heat rows of places. With `counts`, small places show batches and notices as counts rather than percent."""
    return [
        HeatRow(
            row.name,
            href(row),
            f"{row.sums.households:,}",
            (*cells(row.sums, counts, behind), *more(row)),
            order(row.sums, standing(row)) | {"objections": objections(row.place.code)},
            behind.homes if row.sums.households else "",
        )
        for row in found
        for behind in (lists(row),)
    ]


def cells(sums: Sums, counts: bool, lists: Lists) -> tuple[Cell, ...]:
    reviewed = show(sums.reviewed_on_time, "%")
    if counts and sums.batches_due:
        reviewed = f"{sums.batches_on_time}/{sums.batches_due} 批"
    noticed = f"{sums.notices_in_time}/{sums.notices_due}" if sums.villages else show(None)
    return (
        _cell(show(sums.participation, "%"), level("participation", sums.participation), lists.awards),
        _cell(show(sums.net_per_household, "分/户"), level("net_per_household", sums.net_per_household), lists.net),
        _cell(reviewed, level("reviewed_on_time", sums.reviewed_on_time), lists.reviews),
        _cell(noticed, level("notices_rate", sums.notices_rate), lists.notices),
    )


def _cell(text: str, step: int, href: str) -> Cell:
    """A figure with its tint; nothing leads on from a place that has none."""
    return Cell(text, step, href=href if step else "")


def points(sums: Sums, standing: Standing, lines: str, notices: str) -> tuple[Cell, ...]:
    """Net points, and what is on notice."""
    told = sums.villages or sums.entries
    return (
        Cell(show(sums.net_points), css="u-num", href=lines) if told else Cell(show(None), css="u-num"),
        Cell(show(standing.on_notice), css="u-num", href=notices) if standing.open_notices else Cell("—", css="u-num"),
    )


def order(sums: Sums, standing: Standing) -> dict[str, Decimal | int | None]:
    """The values a row is sorted by."""
    return {key: getattr(sums, key) for key in SORTS[1:-2]} | {"on_notice": standing.on_notice}


def sort_rows(found: list[HeatRow], sort: str) -> list[HeatRow]:
    """Rows by a column; places without a value come last either way, equal ones stay in code order."""
    if not sort:
        return found
    key = sort.removeprefix("-")
    filled = [(value, row) for row in found if (value := row.order[key]) is not None]
    filled.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
    return [row for _, row in filled] + [row for row in found if row.order[key] is None]


def bounds() -> list[tuple[str, str]]:
    """The steps in words, for 看界值."""
    labels = {key: label for key, label, _ in COMMON}
    return [
        (labels[name], "、".join(show(Decimal(step), UNITS[name]) for step in steps)) for name, steps in STEPS.items()
    ]
