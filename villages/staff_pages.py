"""账号 for an administrator: the register of accounts, and one person with all appointments they ever had."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from villages import accounts, browsers, factors
from villages.models import Appointment, SecondFactor, Session, Token, Township, User, Village

# key → words; the first is what is shown without a filter.
STATES = {
    "": "全部状态",
    "on": "在用",
    "locked": "锁定",
    "new": "还没登录过",
    "idle": "没有任职",
    "closed": "任职的村已撤并",
    "off": "停用",
}
MARKS = {"on": "ok", "locked": "warn", "new": "info", "idle": "warn", "off": "plain"}
LONGEST = 40


@dataclass(frozen=True)
class Filters:
    """What the register is narrowed to; what cannot be read counts as not asked for."""

    query: str = ""
    role: str = ""
    township: str = ""
    state: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        role, town, state = given.get("role", ""), given.get("t", ""), given.get("state", "")
        return cls(
            query=given.get("q", "").replace("\0", "").strip()[:LONGEST],
            role=role if role in Appointment.Role.values else "",
            township=town if town.isascii() and town.isdecimal() and len(town) == 9 else "",
            state=state if state in STATES else "",
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.query or self.role or self.township or self.state)


@dataclass(frozen=True)
class Line:
    """One account in the register."""

    user: User
    posts: str
    state: str

    @property
    def mark(self) -> tuple[str, str]:
        return MARKS[self.state], STATES[self.state]


@dataclass(frozen=True)
class PostLine:
    """One appointment, past and coming ones included."""

    post: Appointment
    state: str

    @property
    def is_open(self) -> bool:
        """Whether it can still be ended or moved."""
        return self.state != "over"

    @property
    def gone(self) -> str:
        """That its village, or one its unit is paired with, became part of another one."""
        return _gone(self.post) if self.is_open else ""


@dataclass(frozen=True)
class Lock:
    """Where somebody waits, and until when."""

    address: str
    until: dt.datetime


@dataclass(frozen=True)
class Person:
    """One account: what it may do, where it is in use, and what stands in its way."""

    user: User
    state: str
    posts: list[PostLine]
    locks: list[Lock]
    devices: list[tuple[Session, str]]
    tokens: int
    factor: SecondFactor | None

    @property
    def mark(self) -> tuple[str, str]:
        return MARKS[self.state], STATES[self.state]


def found(viewer: Any, filters: Filters, today: dt.date) -> QuerySet[User]:
    """Accounts as the filters ask, by account name."""
    users = User.objects.visible_to(viewer)
    if filters.query:
        users = users.filter(Q(name__icontains=filters.query) | Q(username__icontains=filters.query))
    if filters.role or filters.township:
        users = users.filter(Exists(_posts_like(filters, today)))
    return _in_state(users, filters.state, today).order_by("username")


def lines(users: Iterable[User], today: dt.date) -> list[Line]:
    """Rows of the register; the same number of queries however many there are."""
    users = list(users)
    posts = _posts_of(users, today)
    waiting = set(accounts.locked().filter(username__in=[user.username for user in users]).values_list("username"))
    return [
        Line(user, "、".join(posts[user.pk]), _state(user, bool(posts[user.pk]), (user.username,) in waiting))
        for user in users
    ]


def with_posts(users: Iterable[User], today: dt.date) -> list[tuple[User, str]]:
    """People with what they are today."""
    users = list(users)
    posts = _posts_of(users, today)
    return [(user, "、".join(posts[user.pk])) for user in users]


def person(user: User, now: dt.datetime) -> Person:
    today = now.date()
    held = user.appointments.order_by("-begins_on").in_words()
    posts = [PostLine(post, _standing(post, today)) for post in held]
    locks = [
        Lock(attempt.ip_address or "", attempt.attempt_time + accounts.COOL_OFF)
        for attempt in accounts.locked().filter(username=user.username)
    ]
    mine = Session.objects.filter(user=user).live().latest_first()
    return Person(
        user=user,
        state=_state(user, any(line.state == "now" for line in posts), bool(locks)),
        posts=posts,
        locks=locks,
        devices=[(session, browsers.words(session.agent)) for session in mine],
        tokens=Token.objects.filter(user=user).live(now).count(),
        factor=factors.of(user),
    )


def townships() -> list[Township]:
    return list(Township.objects.in_code_order())


def locked_count() -> int:
    return accounts.locked().values("username").distinct().count()


def to_move_count(today: dt.date) -> int:
    """Accounts that are appointed where there is no village any more."""
    return _in_closed(today).filter(user__is_active=True).values("user").distinct().count()


def _posts_of(users: list[User], today: dt.date) -> dict[int, list[str]]:
    posts: dict[int, list[str]] = {user.pk: [] for user in users}
    for post in Appointment.objects.current(today).filter(user__in=users).in_words():
        posts[post.user_id].append(f"{post.label}（{gone}）" if (gone := _gone(post)) else post.label)
    return posts


def _gone(post: Appointment) -> str:
    """What still has to be moved about it since a village became part of another one, as `_in_closed` finds it."""
    if post.village:
        return "村已撤并" if post.village.closed_on else ""
    paired = post.covered_villages if post.role == Appointment.Role.LIAISON else []
    return "结对的村已撤并" if any(one.closed_on for one in paired) else ""


def _posts_like(filters: Filters, today: dt.date) -> QuerySet[Appointment]:
    posts = Appointment.objects.current(today).filter(user=OuterRef("pk"))
    if filters.role:
        posts = posts.filter(role=filters.role)
    if filters.township:
        code = filters.township
        posts = posts.filter(
            Q(township__code=code) | Q(village__township__code=code) | Q(villages__township__code=code)
        )
    return posts


def _in_state(users: QuerySet[User], state: str, today: dt.date) -> QuerySet[User]:
    posted = Exists(Appointment.objects.current(today).filter(user=OuterRef("pk")))
    waiting = accounts.locked().values("username")
    asked = {
        "on": Q(posted, is_active=True, last_login__isnull=False) & ~Q(username__in=waiting),
        "locked": Q(is_active=True, username__in=waiting),
        "new": Q(posted, is_active=True, last_login__isnull=True) & ~Q(username__in=waiting),
        "idle": Q(~posted, is_active=True, is_superuser=False) & ~Q(username__in=waiting),
        "closed": Q(Exists(_in_closed(today).filter(user=OuterRef("pk"))), is_active=True),
        "off": Q(is_active=False),
    }
    return users.filter(asked[state]) if state else users


def _state(user: User, is_posted: bool, is_locked: bool) -> str:
    if not user.is_active:
        return "off"
    if is_locked:
        return "locked"
    if not is_posted and not user.is_superuser:
        return "idle"
    return "new" if user.last_login is None else "on"


def _standing(post: Appointment, today: dt.date) -> str:
    if post.ends_on and post.ends_on < today:
        return "over"
    return "coming" if post.begins_on > today else "now"


def _in_closed(today: dt.date) -> QuerySet[Appointment]:
    """What still has to be moved since a village became part of another one."""
    return Appointment.objects.overlapping(today, None).tied_to(Village.objects.closed())
