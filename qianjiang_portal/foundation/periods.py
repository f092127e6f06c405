"""Months, quarters, half-years and years, named by slugs: `2026-11`, `2026Q4`, `2026H2`, `2026Y`."""

import datetime as dt
import re
from dataclasses import dataclass

# Years that have a year before and after them, and that somebody may mean.
SLUG = re.compile(r"^((?:19|20)[0-9]{2})(?:-(0[1-9]|1[0-2])|Q([1-4])|H([12])|(Y))$")
MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
QUARTERS = "一二三四"
WORDS = {
    "month": ("本月", "上月"),
    "quarter": ("本季度", "上季度"),
    "half-year": ("本期", "上期"),
    "year": ("本年", "上年"),
}


@dataclass(frozen=True, order=True)
class Period:
    """A run of whole months. `kind` is month, quarter, half-year or year; `index` counts from 1 within the year."""

    year: int
    index: int
    kind: str = "month"

    @property
    def length(self) -> int:
        return MONTHS[self.kind]

    @property
    def begins_on(self) -> dt.date:
        return dt.date(self.year, (self.index - 1) * self.length + 1, 1)

    @property
    def ends_on(self) -> dt.date:
        return self.next().begins_on - dt.timedelta(days=1)

    @property
    def months(self) -> list[str]:
        """The slugs of the months it holds, oldest first."""
        first = self.begins_on.month
        return [f"{self.year}-{month:02}" for month in range(first, first + self.length)]

    @property
    def slug(self) -> str:
        return {
            "month": f"{self.year}-{self.index:02}",
            "quarter": f"{self.year}Q{self.index}",
            "half-year": f"{self.year}H{self.index}",
            "year": f"{self.year}Y",
        }[self.kind]

    @property
    def title(self) -> str:
        return {
            "month": f"{self.year}年{self.index}月",
            "quarter": f"{self.year}年第{QUARTERS[(self.index - 1) % 4]}季度",
            "half-year": f"{self.year}年{'上' if self.index == 1 else '下'}半年",
            "year": f"{self.year}年",
        }[self.kind]

    @property
    def this_word(self) -> str:
        """How a text calls it that has named it before."""
        return WORDS[self.kind][0]

    @property
    def before_word(self) -> str:
        """How that text calls the one before it."""
        return WORDS[self.kind][1]

    def next(self) -> "Period":
        return self.shift(1)

    def previous(self) -> "Period":
        return self.shift(-1)

    def shift(self, count: int) -> "Period":
        per_year = 12 // self.length
        position = self.year * per_year + self.index - 1 + count
        return Period(position // per_year, position % per_year + 1, self.kind)

    def same_last_year(self) -> "Period":
        return Period(self.year - 1, self.index, self.kind)

    def holds(self, day: dt.date) -> bool:
        return self.begins_on <= day <= self.ends_on

    def due_on(self) -> dt.date:
        """Reports are due on the 5th of the following month."""
        return self.next().begins_on.replace(day=5)


def parse(slug: str) -> Period:
    """A slug → Period. Raises ValueError."""
    if not (match := SLUG.match(slug)):
        raise ValueError(f"not a period: {slug!r}")
    year, month, quarter, half, _whole = match.groups()
    if month:
        return Period(int(year), int(month))
    if quarter:
        return Period(int(year), int(quarter), "quarter")
    return Period(int(year), int(half), "half-year") if half else Period(int(year), 1, "year")


def of(day: dt.date, kind: str = "month") -> Period:
    """The period of `kind` that holds `day`."""
    return Period(day.year, (day.month - 1) // MONTHS[kind] + 1, kind)
