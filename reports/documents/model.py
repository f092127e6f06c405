"""What a document and a workbook say, before anyone decides how they look.

Everything here is frozen and holds no clock, no database and no file: the renderers in this
package turn equal values into equal bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

HAN_DIGITS = "零一二三四五六七八九"
MISSING = "—"


class Kind(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    COUNT = "count"  # a whole number: 户, 分, 期
    RATE = "rate"  # a share between 0 and 1, written in percent with one decimal
    MEAN = "mean"  # a number with two decimals: 分 per household
    DATE = "date"


Plain = str | int | Decimal | date | None


class Cell(NamedTuple):
    """A value whose kind is its own and not its column's. A tuple: tables are made of a hundred thousand of them."""

    value: Plain
    kind: Kind


Value = Plain | Cell


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT
    share: int = 10  # part of the width, relative to the other columns


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns; with `total`, the last row is the sum of those above it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: bool = False
    note: str = ""

    def typed_rows(self) -> Iterator[tuple[Cell, ...]]:
        kinds = [column.kind for column in self.columns]
        for row in self.rows:
            yield tuple(
                value if isinstance(value, Cell) else Cell(value, kind) for value, kind in zip(row, kinds, strict=True)
            )

    def shown_rows(self) -> Iterator[tuple[str, ...]]:
        for row in self.typed_rows():
            yield tuple(shown(cell.value, cell.kind) for cell in row)


@dataclass(frozen=True, slots=True)
class Heading:
    """Levels 1 to 4 are numbered 一、（一）1. （1）by the document, not by the writer."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one measure, a place each; the table with the same numbers follows it."""

    caption: str
    labels: tuple[str, ...]
    values: tuple[Decimal | int | None, ...]
    kind: Kind


Block = Heading | Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    on: date


@dataclass(frozen=True, slots=True)
class Head:
    """The red head of a paper that is sent out: who issues it, and its number."""

    issuer: str
    number: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """File properties. `made_at` stands in for every clock the formats ask for."""

    subject: str
    author: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    title: tuple[str, ...]  # broken into lines by sense
    blocks: tuple[Block, ...]
    metadata: Metadata
    addressee: str = ""
    signature: Signature | None = None
    head: Head | None = None
    is_compact: bool = False  # one page of tables in small type, without the grid of 22 × 28

    @property
    def name(self) -> str:
        return "".join(self.title)

    def numbered_blocks(self) -> Iterator[Block]:
        """The blocks with the numbers of headings written out."""
        counts = [0, 0, 0, 0]
        for block in self.blocks:
            if isinstance(block, Heading):
                yield Heading(block.level, _count(counts, block.level) + block.text)
            else:
                yield block


@dataclass(frozen=True, slots=True)
class Definition:
    """One line of 口径: what a number means and where it comes from."""

    name: str
    unit: str
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    table: Table
    drawn: int | None = None  # the column that a chart beside the table shows
    is_flat: bool = False  # for another system to read: headings in the first row, nothing but rows under them


@dataclass(frozen=True, slots=True)
class Workbook:
    title: str
    sheets: tuple[Sheet, ...]
    metadata: Metadata
    definitions: tuple[Definition, ...] = ()
    remarks: tuple[tuple[str, str], ...] = field(default=())  # e.g. 统计时点, under the definitions


def shown(value: Plain, kind: Kind) -> str:
    """A value as pages and documents print it: no thousands separators, halves rounded up."""
    if value is None:
        return MISSING
    if kind is Kind.RATE:
        return f"{_rounded(Decimal(value) * 100, '0.1')}%"  # type: ignore[arg-type]
    if kind is Kind.MEAN:
        return str(_rounded(Decimal(value), "0.01"))  # type: ignore[arg-type]
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("-", "−") if kind is Kind.COUNT else str(value)


def han_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def han_number(number: int) -> str:
    """1 to 99 in Chinese: 一, 十, 十一, 二十三."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else HAN_DIGITS[tens] + "十"
    return head + (HAN_DIGITS[ones] if ones or not tens else "")


def brackets(text: str) -> str:
    """Document numbers take 〔〕, whichever look-alike they were typed with."""
    return text.translate(str.maketrans("﹝﹞", "〔〕"))


def _rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def _count(counts: list[int], level: int) -> str:
    counts[level - 1] += 1
    counts[level:] = [0] * (len(counts) - level)
    number = counts[level - 1]
    return (f"{han_number(number)}、", f"（{han_number(number)}）", f"{number}.", f"（{number}）")[level - 1]
