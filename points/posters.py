"""A notice as people meet it: the sheet on the wall, the page behind its code, the words for the chat group."""

import datetime as dt
import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import segno
from django.utils.safestring import SafeString

from points import scanning
from points.models import Claim, Notice, NoticeLine, Seal
from points.models.batches import State
from points.models.ledger import shorten
from qianjiang_portal.foundation import glyphs, periods
from villages.models import Village

NUMBERS = "零一二三四五六七八九十"
# From this many households the sheet is set in two columns.
TWO_COLUMNS_ABOVE = 100
# So many numbers in remarks are told one by one.
MOST_TOLD = 5


@dataclass(frozen=True)
class Layout:
    """How many rows stand one under another: on the first sheet under a lead of three lines, on the next ones, and in
    the height of the closing block; all measured on paper."""

    columns: int
    first: int
    following: int
    closing: int
    # Rows that stay with the closing block where it finds no room under the others.
    carried: int

    def sheets(self, rows: int, less: int = 0) -> int:
        """A4 sheets that `rows` households and the closing block need; `less` rows fit under a longer lead."""
        again = 1 if self.columns > 1 and self.carry(rows, less) else 0
        over = self.lines(rows) + again + self.closing - (self.first - less)
        return 1 + max(0, -(-over // self.following))

    def carry(self, rows: int, less: int = 0) -> int:
        """How many of the last households stand with the closing block, so that it is never alone on a sheet."""
        fits = all(self._closes_below(rows, self.first - less - play) for play in (-1, 0, 1, 2))
        return 0 if fits else min(rows, self.carried)

    def lines(self, rows: int) -> int:
        return -(-rows // self.columns)

    def _closes_below(self, rows: int, first: int) -> bool:
        lines = self.lines(rows)
        if lines <= first:
            return lines + self.closing <= first
        return (lines - first - 1) % self.following + 1 + self.closing <= self.following


SINGLE = Layout(columns=1, first=29, following=35, closing=9, carried=3)
DOUBLE = Layout(columns=2, first=31, following=37, closing=9, carried=20)
# What a checksum is taken over.
LISTED = (
    "position",
    "masked_name",
    "grid_number",
    "tail",
    "points_self",
    "points_law",
    "points_virtue",
    "total",
    "cumulative",
)
# Of 14 pt type on a line of the lead; a line is as high as one and a quarter rows.
LEAD = {1: 34, 2: 36}


@dataclass(frozen=True)
class Group:
    """The lines of one 组."""

    number: int
    name: str
    lines: list[NoticeLine]


@dataclass(frozen=True)
class Check:
    """One line of what is looked at before a notice goes up."""

    good: bool
    words: str


@dataclass(frozen=True)
class Poster:
    """One notice, saved or drafted, with its lines. `address` is where villagers read it."""

    notice: Notice
    lines: list[NoticeLine]
    address: str = ""
    wanted_columns: int = 0
    # Sentences about rows whose remarks hold somebody's number; a preview tells them.
    remarks: Sequence[str] = ()

    @property
    def village(self) -> Village:
        return self.notice.village

    @property
    def month(self) -> str:
        return periods.parse(self.notice.period).title

    @property
    def title(self) -> str:
        return f"{self.village.short_name}{self.month}积分公示"

    @property
    def title_parts(self) -> list[str]:
        """The title and the part, cut where a line may end."""
        return [self.village.short_name, self.month, "积分公示", *([f"（{self.part}）"] if self.part else [])]

    @property
    def part(self) -> str:
        """第二期 for the second list of a month; the first has no name."""
        return f"第{_ordinal(self.notice.number)}期" if self.notice.number > 1 else ""

    @property
    def days(self) -> int:
        return (self.notice.ends_on - self.notice.starts_on).days + 1

    @property
    def committee(self) -> str:
        kind = "居民委员会" if self._urban else "村民委员会"
        name = self.village.name
        return name if name.endswith("委员会") else self.village.short_name + kind

    @property
    def watchers(self) -> str:
        return "居务监督委员会" if self._urban else "村务监督委员会"

    @property
    def place_word(self) -> str:
        return "社区" if self._urban else "村"

    @property
    def _urban(self) -> bool:
        return self.village.kind == Village.Kind.COMMUNITY

    @property
    def phones(self) -> list[tuple[str, str]]:
        """(村, 023-…), (镇, 023-…): only those that are known."""
        township = self.village.township
        named = [(self.place_word, self.village.phone), (township.name[-1:], township.phone)]
        return [(word, phone) for word, phone in named if phone]

    @property
    def previous_seal(self) -> str:
        return shorten(self.notice.previous_seal)

    @cached_property
    def groups(self) -> list[Group]:
        return grouped(self.lines)

    @cached_property
    def group_starts(self) -> set[int]:
        """Positions over which the sheet draws a heavier rule: the first line of each 组 but the first."""
        return {group.lines[0].position for group in self.groups[1:]}

    @cached_property
    def sums(self) -> dict[str, int]:
        names = ("points_self", "points_law", "points_virtue", "total")
        return {name: sum(getattr(line, name) for line in self.lines) for name in names}

    @cached_property
    def layout(self) -> Layout:
        if self.wanted_columns in (1, 2):
            return SINGLE if self.wanted_columns == 1 else DOUBLE
        return DOUBLE if len(self.lines) > TWO_COLUMNS_ABOVE else SINGLE

    @property
    def is_double(self) -> bool:
        return self.layout.columns == 2

    @property
    def sheets(self) -> int:
        return self.layout.sheets(len(self.lines), self._less)

    @property
    def first_rows(self) -> int:
        """Rows one under another on the first sheet."""
        return self.layout.first - self._less

    @property
    def lead(self) -> str:
        """The sentence above the names."""
        notice = self.notice
        return (
            f"根据《{notice.rules_title}》，经{self.place_word}评议小组{_date(notice.reviewed_on)}评议、{self.watchers}监督，"
            f"现将本{self.place_word}{self.month} {notice.households} 户积分情况公示如下。"
            f"公示期 {self.days} 天（{_day(notice.starts_on)}至{_day(notice.ends_on)}）。"
        )

    @property
    def words(self) -> str:
        """The sentences under the names; a telephone number never breaks between two lines."""
        notice = self.notice
        part = "本期" if self.part else "本月"
        calls = "，".join(f"{word} {phone}".replace(" ", "\xa0") for word, phone in self.phones)
        return (
            f"{part}加分 {notice.awards} 分，减分 {notice.deductions} 分。"
            f"如有不同意见，请在{_day(notice.ends_on)}前向{self.watchers}反映。"
            + (f"监督电话：{calls}。" if calls else "")
        )

    @property
    def checksum(self) -> str:
        """The same on every copy of the frozen list, so that two papers can be held against each other."""
        said = "\n".join("|".join(str(getattr(line, name)) for name in LISTED) for line in self.lines)
        return shorten(hashlib.sha256(f"{self.notice.code}\n{said}".encode()).hexdigest())

    @property
    def _less(self) -> int:
        """Rows lost on the first sheet to a lead of more than three lines and to a second line of the title."""
        width = 2 + sum(0.5 if letter.isascii() else 1 for letter in self.lead)
        lines = math.ceil(width / LEAD[self.layout.columns])
        return math.ceil((lines - 3) * 1.25) + (2 if self.part else 0)

    @property
    def running(self) -> list[NoticeLine]:
        """Lines above the ones that stay with the closing block."""
        return self.lines[: len(self.lines) - len(self.closing)]

    @cached_property
    def closing(self) -> list[NoticeLine]:
        if not self.is_double:
            return self.lines[-SINGLE.carried :]
        carry = self.layout.carry(len(self.lines), self._less)
        return self.lines[-carry:] if carry else []

    @property
    def _code(self) -> segno.QRCode:
        return segno.make(self.address, error="m", micro=False)

    @property
    def qr_file(self) -> str:
        """The address alone as a QR code, an SVG file for printed documents."""
        made = io.BytesIO()
        self._code.save(made, kind="svg", border=0, omitsize=True)
        return made.getvalue().decode()

    @property
    def qr_picture(self) -> bytes:
        """The same as PNG, for programs that draw no SVG."""
        made = io.BytesIO()
        self._code.save(made, kind="png", border=0, scale=12)
        return made.getvalue()

    @property
    def qr(self) -> SafeString:
        """The address alone as a QR code, drawn as SVG without any style of its own."""
        code = self._code
        return SafeString(code.svg_inline(omitsize=True, border=0, svgclass="c-sheet__qr", lineclass=None))

    @property
    def chat_text(self) -> str:
        """What a clerk pastes into the village's chat group: sums and an address, no names."""
        month = periods.parse(self.notice.period).index
        notice = self.notice
        span = f"{_day(notice.starts_on)}—{_day(notice.ends_on, beside=notice.starts_on)}"
        calls = f"或拨打 {self.phones[0][1]}" if self.phones else ""
        less = f"，减分 {notice.deductions:,} 分" if notice.deductions else ""
        return (
            f"【{self.village.short_name}{month}月积分公示】公示期 {span}。本月 {notice.households:,} 户参与，"
            f"加分 {notice.awards:,} 分{less}。看详情：{self.address} "
            f"有意见请在 {_day(notice.ends_on)}前到{self.place_word}委会{calls}。"
        )

    @cached_property
    def unprinted(self) -> str:
        """What its PDF sets as 〓; a browser's print and DOCX take the computer's own fonts."""
        names = {text for line in self.lines for text in (line.masked_name, line.grid_name)}
        return "、".join(glyphs.unprinted("".join([self.title, self.lead, self.committee, *sorted(names)])))

    @cached_property
    def checks(self) -> list[Check]:
        """What must be in order before villagers read it; a missing phone is said, all else holds it back."""
        found = [*scanning.of_texts(self.notice, self.lines), *self.remarks]
        return [
            Check(all("*" in line.masked_name for line in self.lines), "姓名已脱敏"),
            Check(not found, "；".join(found[:MOST_TOLD]) if found else "没有身份证号、手机号、银行卡号"),
            Check(bool(self.phones), "监督电话已填" if self.phones else "没有填监督电话，公示上只写村委会"),
            Check(True, f"公示期 {self.days} 天"),
            *([Check(False, f"{self.unprinted}在 PDF 里印成 〓，用打印页或 DOCX")] if self.unprinted else []),
        ]

    @property
    def may_go_up(self) -> bool:
        masked, clean, *_ = self.checks
        return masked.good and clean.good


def grouped(lines: Iterable[NoticeLine]) -> list[Group]:
    """Lines by 组, in the order they stand."""
    return [
        Group(number, name, list(members))
        for (number, name), members in groupby(lines, key=lambda line: (line.grid_number, line.grid_name))
    ]


def contested(notice: Notice) -> set[int]:
    """Households of the notice with a row under check."""
    rows = Claim.objects.filter(notice=notice, state=State.CONTESTED)
    return set(rows.values_list("household_id", flat=True))


def seal_of(notice: Notice) -> Seal | None:
    """The seal its posting was closed with; none before it, or where nothing was left to post."""
    if notice.posted_at is None:
        return None
    return Seal.objects.filter(village=notice.village_id, sealed_at=notice.posted_at).first()


def _ordinal(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{NUMBERS[tens]}十"
    return lead + (NUMBERS[ones] if ones or not tens else "")


def _date(day: dt.date) -> str:
    return f"{day.year}年{_day(day)}"


def _day(day: dt.date, beside: dt.date | None = None) -> str:
    same_month = beside is not None and beside.month == day.month
    return f"{day.day}日" if same_month else f"{day.month}月{day.day}日"
