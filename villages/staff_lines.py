"""A list of people as an office sends it, laid beside the accounts there are: what each line would do."""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from qianjiang_portal.foundation.personal import is_phone, no_number, plain_phone
from villages import lists, pinyin
from villages.lists import NEW, SAME, WRONG, Unclear
from villages.models import Appointment, Township, Unit, User, Village

COLUMNS = ("姓名", "账号", "办公电话", "角色", "地方", "开始")
MOST = 300
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]")
ROLES = {label: value for value, label in Appointment.Role.choices} | {
    "经办": "clerk",
    "审核": "reviewer",
    "领导": "leader",
    "联络员": "liaison",
    "兑换": "counter",
    "管理员": "admin",
}
PLACES = {
    "clerk": "乡镇经办写一个乡镇街道或一个村",
    "reviewer": "评议审核写一个村或一个乡镇街道",
    "leader": "分管领导写一个乡镇街道",
    "liaison": "联络员写成员单位的名称",
    "counter": "兑换经办写服务的村，几个村之间用顿号",
    "district": "区级不写地方",
    "auditor": "审计员不写地方",
    "admin": "系统管理员不写地方",
}
# What a line would do beside what every list does: another appointment for an account there is.
MORE = "more"
UNKNOWN = "没有“{}”这个地方，写成“濯水镇”或“濯水镇桐木村”这样"


@dataclass(frozen=True)
class Line:
    """One line, understood as far as it could be; `why` says what has to be put right."""

    number: int
    name: str
    username: str
    phone: str = ""
    role: str = ""
    township: Township | None = None
    village: Village | None = None
    unit: Unit | None = None
    covers: tuple[Village, ...] = ()
    begins_on: dt.date | None = None
    does: str = NEW
    why: str = ""
    user: User | None = None

    @property
    def post(self) -> str:
        """Role and place in words."""
        place = self.township or self.unit
        where = place.name if place else self.village.full_name if self.village else ""
        where = where or "、".join(village.full_name for village in self.covers)
        return f"{where}{Appointment.Role(self.role).label}" if self.role else ""

    @property
    def seat(self) -> tuple[object, ...]:
        """What makes two appointments the same."""
        ids = [thing.pk if thing else None for thing in (self.township, self.village, self.unit)]
        return (self.username, self.role, *ids)


@dataclass(frozen=True)
class Compared:
    """A whole list beside what there is."""

    lines: list[Line]

    def count(self, *does: str) -> int:
        return sum(line.does in does for line in self.lines)

    @property
    def accounts(self) -> int:
        """New accounts: somebody with two lines has one."""
        return len({line.username for line in self.lines if line.does == NEW})

    @property
    def posts(self) -> int:
        return self.count(NEW, MORE)

    @property
    def wrong(self) -> int:
        return self.count(WRONG)

    @property
    def same(self) -> int:
        return self.count(SAME)

    @property
    def is_ready(self) -> bool:
        return bool(self.posts and not self.wrong)

    @cached_property
    def stamp(self) -> str:
        """What was seen: the same list beside the same accounts has the same stamp."""
        seen = [
            (line.number, line.name, line.phone, line.post, line.begins_on, *line.seat, line.does)
            for line in self.lines
        ]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


@dataclass
class Places(lists.Places):
    """Every place by the names people write, and the units."""

    units: dict[str, Unit]

    @classmethod
    def read(cls) -> "Places":
        found = lists.Places.of(Township.objects.all(), Village.objects.select_related("township"))
        units = {name: unit for unit in Unit.objects.all() for name in (unit.name, unit.code)}
        return cls(found.townships, found.villages, units)


def compare(text: str, today: dt.date) -> Compared:
    """What each line would do. The same number of queries for one line and for three hundred."""
    places = Places.read()
    rows = [(number, lists.cells(row, len(COLUMNS))) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
    lines = [_understood(number, cells, places, today) for number, cells in rows if cells[0] != COLUMNS[0]]
    return Compared(_beside(_called(lines)))


def _understood(number: int, cells: list[str], places: Places, today: dt.date) -> Line:
    name, username, phone, role, place, begins_on = cells
    line = Line(number, name, username.lower(), plain_phone(phone))
    try:
        _check_person(line)
        line = replace(line, role=_role(role), begins_on=_day(begins_on, today))
        return _placed(line, place, places)
    except Unclear as unclear:
        return replace(line, does=WRONG, why=str(unclear))


def _check_person(line: Line) -> None:
    if not line.name or len(line.name) > 40:
        raise Unclear("写明姓名，最多 40 个字")
    if line.username and not USERNAME.fullmatch(line.username):
        raise Unclear("账号用 3 到 40 个小写字母、数字、点或横线；空着就按拼音起")
    if line.phone and not is_phone(line.phone):
        raise Unclear(no_number("办公电话"))
    if len(line.phone) > 30:
        raise Unclear("办公电话最多 30 个字")


def _role(text: str) -> str:
    if text not in ROLES:
        raise Unclear(f"角色写这几个之一：{'、'.join(Appointment.Role.labels)}")
    return ROLES[text]


def _day(text: str, today: dt.date) -> dt.date:
    if not text:
        return today
    return lists.day(text, "开始写成 2026-11-30 这样，空着就是今天")


def _placed(line: Line, text: str, places: Places) -> Line:
    """The line with its place, as its role needs it."""
    if line.role in ("clerk", "reviewer") and text:
        town = places.townships.get(text)
        return replace(line, township=town) if town else replace(line, village=places.village(text, UNKNOWN))
    if line.role == "leader" and text in places.townships:
        return replace(line, township=places.townships[text])
    if line.role == "liaison" and text in places.units:
        return replace(line, unit=places.units[text])
    if line.role == "counter" and text:
        names = [name.strip() for name in re.split("[、，,;；]", text) if name.strip()]
        return replace(line, covers=tuple(places.village(name) for name in names))
    if line.role in ("district", "auditor", "admin") and not text:
        return line
    raise Unclear(PLACES[line.role])


@dataclass
class _Names:
    """Account names that are taken, by other accounts and by this list."""

    taken: set[str]

    def invent(self, name: str) -> str:
        base = pinyin.sort_key(name).replace(" ", "")[:34] or "user"
        base = base if len(base) > 2 else f"{base}-user"
        free = next(one for one in (base, *(f"{base}{n}" for n in range(2, 1000))) if one not in self.taken)
        self.taken.add(free)
        return free


def _called(lines: list[Line]) -> list[Line]:
    """Lines without an account name get one from the reading of the name, where it is clear who is meant."""
    blank = Counter(line.name for line in lines if not line.username and line.does != WRONG)
    known: dict[str, list[str]] = {}
    for name, username in User.objects.filter(name__in=blank).order_by("pk").values_list("name", "username"):
        known.setdefault(name, []).append(username)
    taken = set(User.objects.values_list("username", flat=True)) if blank else set()
    names = _Names(taken | {line.username for line in lines})
    return [_named(line, blank, known, names) for line in lines]


def _named(line: Line, blank: Counter[str], known: dict[str, list[str]], names: _Names) -> Line:
    if line.username or line.does == WRONG:
        return line
    if line.name in known:
        why = f"已有同名的账号 {'、'.join(known[line.name])}：是同一个人就写上，不是就另起一个"
        return replace(line, does=WRONG, why=why)
    if blank[line.name] > 1:
        return replace(line, does=WRONG, why=f"有 {blank[line.name]} 行叫{line.name}，写上账号，看得出是不是一个人")
    return replace(line, username=names.invent(line.name))


def _beside(lines: list[Line]) -> list[Line]:
    """Each line beside the accounts and appointments there are, and beside the lines above it."""
    users = {user.username: user for user in User.objects.filter(username__in={line.username for line in lines})}
    held: dict[int, list[Appointment]] = {}
    for post in Appointment.objects.filter(user__in=[user.pk for user in users.values()]).prefetch_related("villages"):
        held.setdefault(post.user_id, []).append(post)
    done: list[Line] = []
    for line in lines:
        user = users.get(line.username)
        judged = line if line.does == WRONG else _judged(line, user, held.get(user.pk, []) if user else [], done)
        done.append(_placed_now(judged))
    return done


def _placed_now(line: Line) -> Line:
    """The line, wrong where it would appoint somebody to a village that became part of another one."""
    gone = next((one for one in (line.village, *line.covers) if one and one.closed_on), None)
    if line.does in (WRONG, SAME) or not gone:
        return line
    return replace(line, does=WRONG, why=f"{gone.short_name}已经撤并，写并入的村")


def _judged(line: Line, user: User | None, held: Iterable[Appointment], above: list[Line]) -> Line:
    owner = user.name if user else next((one.name for one in above if one.username == line.username), line.name)
    if owner != line.name:
        return replace(line, does=WRONG, why=f"账号 {line.username} 是{owner}的，换一个")
    if twin := next((one for one in above if one.seat == line.seat and one.does != WRONG), None):
        return replace(line, does=WRONG, why=f"和第 {twin.number} 行是同一条任职，删掉一行")
    if user is None:
        return line
    if not user.is_active:
        return replace(line, does=WRONG, why=f"账号 {line.username} 停用了，先在“账号”里启用")
    same = next((post for post in held if _is_same(line, post)), None)
    if same and not set(line.covers) <= set(same.villages.all()):
        return replace(line, does=WRONG, why=f"{line.name}已是兑换经办，服务的村在“物品库存”的兑换点里改")
    return replace(line, user=user, does=SAME if same else MORE)


def _is_same(line: Line, post: Appointment) -> bool:
    """Whether the appointment is held already, or will be."""
    ids = [thing.pk if thing else None for thing in (line.township, line.village, line.unit)]
    over = post.ends_on is not None and line.begins_on is not None and post.ends_on < line.begins_on
    return not over and [post.role, post.township_id, post.village_id, post.unit_id] == [line.role, *ids]
