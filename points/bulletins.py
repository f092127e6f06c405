"""What goes on the wall beside the points: honours on notice and a year's end, as one list with a signing block."""

import datetime as dt
import io
from dataclasses import dataclass

import segno
from django.urls import reverse
from django.utils.safestring import SafeString

from points.models import Honour, HonourNotice, Notice, YearEnd
from points.posters import Poster
from qianjiang_portal.foundation import glyphs
from villages.models import Village

Rows = tuple[tuple[str, ...], ...]
# Rows that stay with the closing block, so that it is never alone on a sheet.
KEPT = 3


@dataclass(frozen=True)
class Column:
    """A column's head, its share of the width, and the side its cells stand at."""

    title: str
    share: int
    side: str = "center"


@dataclass(frozen=True)
class Bulletin:
    """A masked list as it is printed. `path` is where villagers read it, `address` the same with the portal's name."""

    code: str
    title: str
    lead: str
    columns: tuple[Column, ...]
    rows: Rows
    total: str
    words: str
    village: Village
    starts_on: dt.date
    published_at: dt.datetime
    path: str
    address: str = ""

    @property
    def running(self) -> Rows:
        return self.rows[: len(self.rows) - len(self.closing)]

    @property
    def closing(self) -> Rows:
        return self.rows[-KEPT:]

    @property
    def committee(self) -> str:
        return _hands(self.village).committee

    @property
    def watchers(self) -> str:
        return _hands(self.village).watchers

    @property
    def unprinted(self) -> str:
        """What its PDF sets as 〓; a browser's print and DOCX take the computer's own fonts."""
        cells = [cell for row in self.rows for cell in row]
        said = [self.title, self.lead, self.words, self.committee, self.watchers, *cells]
        return "、".join(glyphs.unprinted("".join(said)))

    @property
    def qr(self) -> SafeString:
        code = segno.make(self.address, error="m", micro=False)
        return SafeString(code.svg_inline(omitsize=True, border=0, svgclass="c-sheet__qr", lineclass=None))

    def qr_file(self, kind: str) -> bytes:
        """The address alone as a QR code, `svg` or `png`."""
        made = io.BytesIO()
        drawn = {"omitsize": True} if kind == "svg" else {"scale": 12}
        segno.make(self.address, error="m", micro=False).save(made, kind=kind, border=0, **drawn)
        return made.getvalue()


def of_honours(notice: HonourNotice) -> Bulletin:
    """Honours on a notice; two queries."""
    village, hands = notice.village, _hands(notice.village)
    shown = notice.honours.filter(state__in=(Honour.State.PUBLISHED, Honour.State.AWARDED))
    honours = list(shown.select_related("kind", "household__grid").order_by("kind__position", "pk"))
    return Bulletin(
        code=notice.code,
        title=f"{village.short_name}{notice.year}年荣誉公示",
        lead=(
            f"经{hands.place_word}评议小组评议、{hands.watchers}监督，"
            f"现将本{hands.place_word} {len(honours)} 项荣誉公示如下。{_span(notice.starts_on, notice.ends_on)}"
        ),
        columns=(
            Column("序号", 10),
            Column("荣誉", 22, "left"),
            Column("获得者", 16, "left"),
            Column("组", 12),
            Column("尾号", 10),
            Column("事迹", 50, "left"),
        ),
        rows=tuple(_honour(at, one, notice.year) for at, one in enumerate(honours, 1)),
        total=f"共 {len(honours)} 项。",
        words=_words(hands, notice.ends_on, "说荣誉、姓和户号尾号。"),
        village=village,
        starts_on=notice.starts_on,
        published_at=notice.published_at,
        path=reverse("points:red-village", args=[village.code]),
    )


def of_year_end(year_end: YearEnd) -> Bulletin:
    """What a village's households lose, once it was put up; one query."""
    assert year_end.starts_on is not None
    assert year_end.ends_on is not None
    assert year_end.confirmed_at is not None
    village, hands = year_end.village, _hands(year_end.village)
    rows = [
        (str(one.position), one.masked_name, one.grid_name, one.tail, f"{one.announced:,}", f"{one.kept:,}")
        for one in year_end.lines.order_by("position")
    ]
    return Bulletin(
        code=year_end.code,
        title=f"{village.short_name}{year_end.year}年末积分清零公示",
        lead=(
            f"清掉 {year_end.last_year} 年和以前入账、还没有用的积分，先得的先用；细则写明不清零的保留。"
            f"现将本{hands.place_word} {year_end.households} 户公示如下，清零前可以兑换，用掉的不再清。"
            f"{_span(year_end.starts_on, year_end.ends_on)}"
        ),
        columns=(
            Column("序号", 12),
            Column("户主", 26, "left"),
            Column("组", 18),
            Column("户号尾号", 18),
            Column("清零", 20, "right"),
            Column("保留", 20, "right"),
        ),
        rows=tuple(rows),
        total=f"共 {year_end.households:,} 户，清零 {year_end.points:,} 分。",
        words=_words(hands, year_end.ends_on, "说户号尾号。"),
        village=village,
        starts_on=year_end.starts_on,
        published_at=year_end.confirmed_at,
        path=reverse("points:public-year-end", args=[year_end.code]),
    )


def _honour(at: int, one: Honour, year: int) -> tuple[str, ...]:
    """A line; the year of the honour is named where the title has another one."""
    home = one.household
    name = one.kind.name if one.year == year else f"{one.year}年{one.kind.name}"
    return (str(at), name, one.shown, home.grid.name if home else "", home.tail if home else "", one.deed)


def _hands(village: Village) -> Poster:
    """Who signs and who is called, as on the notices of points."""
    return Poster(Notice(village=village), [])


def _words(hands: Poster, ends_on: dt.date, how: str) -> str:
    calls = "，".join(f"{word} {phone}".replace(" ", "\xa0") for word, phone in hands.phones)
    told = f"监督电话：{calls}。" if calls else ""
    return f"如有不同意见，请在{_day(ends_on)}前扫码提出，或向{hands.watchers}反映，{how}{told}"


def _span(starts_on: dt.date, ends_on: dt.date) -> str:
    return f"公示期 {(ends_on - starts_on).days + 1} 天（{_day(starts_on)}至{_day(ends_on)}）。"


def _day(value: dt.date) -> str:
    return f"{value.month}月{value.day}日"
