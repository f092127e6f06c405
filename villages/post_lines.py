"""人员 as a list: who serves where for which term, laid beside the posts there are."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qianjiang_portal.foundation.personal import no_number, number_to_keep
from villages import lists
from villages.lists import SAME, WRONG, Compared, Line, Places, Unclear
from villages.models import Post, Township, Village

COLUMNS = ("地方", "职务", "姓名", "分工", "任期开始", "任期到", "办公电话")
MOST = 300
KINDS = {label: Post.Kind(value) for value, label in Post.Kind.choices}
DAY = "{}写成 2026-11-30 这样"


@dataclass(frozen=True)
class Named:
    """What `bodies.name_post` takes of a line."""

    kind: Post.Kind
    township: Township | None
    village: Village | None
    name: str
    title: str
    begins_on: dt.date
    ends_on: dt.date | None
    phone: str

    @property
    def seat(self) -> tuple[str, int | None, int | None]:
        return self.kind, self.township.pk if self.township else None, self.village.pk if self.village else None

    def meets(self, begins_on: dt.date, ends_on: dt.date | None) -> bool:
        """Whether the two terms have a day in common."""
        return begins_on <= (self.ends_on or dt.date.max) and self.begins_on <= (ends_on or dt.date.max)


def compare(text: str, townships: Iterable[Township], villages: Iterable[Village], today: dt.date) -> Compared[Named]:
    """What each line would do, among the places a person names people for. The same queries for one and for many."""
    places = Places.of(townships, villages)
    lines = lists.read(text, COLUMNS, lambda cells: _understood(cells, places, today))
    towns = {line.given.township.pk for line in lines if line.given and line.given.township}
    homes = {line.given.village.pk for line in lines if line.given and line.given.village}
    held: dict[tuple[str, int | None, int | None], list[Post]] = {}
    for post in [*Post.objects.filter(township__in=towns), *Post.objects.filter(village__in=homes)]:
        held.setdefault((post.kind, post.township_id, post.village_id), []).append(post)
    done: list[Line[Named]] = []
    for line in lines:
        done.append(_judged(line, line.given, held, done) if line.given else line)
    return Compared(tuple(done))


def _understood(cells: list[str], places: Places, today: dt.date) -> Named:
    place, kind, name, title, begins_on, ends_on, phone = cells
    if kind not in KINDS:
        raise Unclear(f"职务写这几个之一：{'、'.join(KINDS)}")
    if not name or len(name) > 30:
        raise Unclear("写明姓名，最多 30 个字")
    phone = number_to_keep(phone, no_number("办公电话"), Unclear)
    if len(title) > 30 or len(phone) > 30:
        raise Unclear("分工和办公电话最多 30 个字")
    begins = lists.day(begins_on, DAY.format("任期开始") + "，空着就是今天") if begins_on else today
    ends = lists.day(ends_on, DAY.format("任期到") + "，没有期限就空着") if ends_on else None
    if ends and ends < begins:
        raise Unclear("任期结束早于开始")
    town, village = _place(KINDS[kind], place, places)
    return Named(KINDS[kind], town, village, name, title, begins, ends, phone)


def _place(kind: Post.Kind, text: str, places: Places) -> tuple[Township | None, Village | None]:
    """A township or a village, as the kind needs it."""
    if kind in Post.OF_TOWNSHIP:
        if text not in places.townships:
            raise Unclear(
                f"{kind.label}写乡镇街道，本岗位登记的里面没有“{text}”" if text else f"{kind.label}写乡镇街道"
            )
        return places.townships[text], None
    if not text:
        raise Unclear(f"{kind.label}写村")
    return None, places.village(text, f"{kind.label}写村，本岗位登记的里面没有“{{}}”")


def _judged(
    line: Line[Named],
    given: Named,
    held: dict[tuple[str, int | None, int | None], list[Post]],
    above: list[Line[Named]],
) -> Line[Named]:
    for twin in above:
        other = twin.given
        if other is None or twin.does == WRONG or other.seat != given.seat:
            continue
        if given.meets(other.begins_on, other.ends_on) and (other.name == given.name or given.kind in Post.SINGLE):
            why = (
                "是同一条，删掉一行" if other.name == given.name else f"的任期重叠，{given.kind.label}同一时间只有一个"
            )
            return replace(line, does=WRONG, why=f"和第 {twin.number} 行{why}")
    met = [post for post in held.get(given.seat, []) if given.meets(post.begins_on, post.ends_on)]
    if own := next((post for post in met if post.name == given.name), None):
        return _known(line, given, own)
    if met and given.kind in Post.SINGLE:
        return replace(line, does=WRONG, why=f"已有{given.kind.label}{met[0].name}，{_until(met[0])}，先结束原来的任期")
    return line


def _known(line: Line[Named], given: Named, post: Post) -> Line[Named]:
    """Somebody who holds the post already: nothing is written, and what differs is said."""
    same = (post.title, post.begins_on, post.ends_on, post.phone)
    differs = same != (given.title, given.begins_on, given.ends_on, given.phone)
    return replace(line, does=SAME, why="已登记，分工、任期和电话和表里不一样，不从表里改" if differs else "")


def _until(post: Post) -> str:
    return f"任期到 {post.ends_on}" if post.ends_on else "任期还没有结束"
