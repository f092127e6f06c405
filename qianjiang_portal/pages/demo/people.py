"""The people who work with the portal: eleven accounts with a password each, and staff for the other villages."""

import datetime as dt
import random
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from points.models import PanelMember
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo import names, places
from villages import appointments
from villages.models import Household, Township, Unit, User, Village

TOWN, NEXT_TOWN = "500114112", "500114106"
HOME, DOUBLE_ENTERS, DOUBLE_CHECKS = places.HOME, "500114112203", "500114112209"
UNIT = ("minzheng", "黔江区民政局")
# No vowels, no letters that look like digits: nothing to misread, no words.
LETTERS = "bcdfghjkmnpqrstvwxz23456789"


@dataclass(frozen=True)
class Account:
    username: str
    name: str
    phone: str
    posts: tuple[tuple[str, str], ...]


# username, name, roles with the code of their place ("" for a role without one)
ACCOUNTS = (
    Account("clerk", "冉晓莉", "023-0000 0101", (("clerk", TOWN),)),
    Account("reviewer", "龚正华", "023-0000 0102", (("reviewer", HOME),)),
    Account("leader", "向志刚", "023-0000 0103", (("leader", TOWN),)),
    Account("counter", "庹小琴", "023-0000 0104", (("counter", HOME),)),
    Account("liaison", "覃海燕", "023-0000 0105", (("liaison", HOME),)),
    Account("district", "杨立新", "023-0000 0106", (("district", ""),)),
    Account("director", "冉启明", "023-0000 0111", (("district", ""),)),
    Account("auditor", "谢文静", "023-0000 0107", (("auditor", ""),)),
    Account("admin", "罗建平", "023-0000 0108", (("admin", ""),)),
    Account("stranger", "田雨欣", "023-0000 0109", (("clerk", NEXT_TOWN),)),
    Account("double", "张俊杰", "023-0000 0110", (("clerk", DOUBLE_ENTERS), ("reviewer", DOUBLE_CHECKS))),
)


@dataclass(frozen=True)
class Cast:
    """Who acts in one village."""

    maker: User
    checker: User
    leader: User
    panel: tuple[PanelMember, ...]


class Staff:
    """Accounts by username; those that are missing are hired, without a password nobody would be told."""

    def __init__(self, seed: str, opening: dt.date) -> None:
        self.rng = random.Random(f"{seed}/staff")  # noqa: S311 - invention, not secrecy
        self.opening = opening
        self.begins_on = opening - dt.timedelta(days=365)
        self.users: dict[str, User] = {}

    def open_accounts(self, password: str) -> dict[str, str]:
        """Make the accounts; answers the password of each."""
        passwords = {account.username: password or invent_password() for account in ACCOUNTS}
        with ThreadPoolExecutor() as threads:
            hashes = list(threads.map(make_password, passwords.values()))
        for account, hashed in zip(ACCOUNTS, hashes, strict=True):
            user = self._hire(account.username, account.name, account.phone, hashed)
            for role, place in account.posts:
                self._appoint(user, role, place)
        return passwords

    def of(self, village: Village) -> Cast:
        town = village.code[:9]
        checker = self._checker(village)
        return Cast(
            maker=self._maker(village.code, town),
            checker=checker,
            leader=self.users["leader"] if town == TOWN else self._staff("leader", town),
            panel=_seat(self.rng, village, checker, self.opening),
        )

    def at_desk(self, role: str, town: str) -> User:
        """The clerk or leader of a township: one with an account where there is one."""
        named = {("clerk", TOWN): "clerk", ("leader", TOWN): "leader", ("clerk", NEXT_TOWN): "stranger"}.get(
            (role, town)
        )
        return self.users[named] if named else self._staff(role, town)

    def counter(self, code: str) -> User:
        """Who hands goods out in a village: one with an account where there is one."""
        return self.users["counter"] if code == HOME else self._staff("counter", code)

    def _maker(self, code: str, town: str) -> User:
        named = {TOWN: "clerk", NEXT_TOWN: "stranger"}.get(town, "")
        named = "double" if code == DOUBLE_ENTERS else named
        return self.users[named] if named else self._staff("clerk", town)

    def _checker(self, village: Village) -> User:
        named = {HOME: "reviewer", DOUBLE_CHECKS: "double"}.get(village.code)
        return self.users[named] if named else self._staff("reviewer", village.code)

    def _staff(self, role: str, place: str) -> User:
        username = f"{role}-{place[6:]}"
        if username not in self.users:
            user = self._hire(
                username, names.person(self.rng), f"023-0000 0{200 + len(self.users)}", make_password(None)
            )
            self._appoint(user, role, place)
        return self.users[username]

    def _hire(self, username: str, name: str, phone: str, hashed: str) -> User:
        self.users[username] = User.objects.create(
            username=username,
            name=name,
            phone=phone,
            password=hashed,
            must_change_password=False,
            date_joined=calendar.moment(self.begins_on),
        )
        return self.users[username]

    def _appoint(self, user: User, role: str, code: str) -> None:
        township = Township.objects.filter(code=code).first() if code else None
        village = Village.objects.filter(code=code).first() if code and not township else None
        unit = Unit.objects.get_or_create(code=UNIT[0], defaults={"name": UNIT[1]})[0] if role == "liaison" else None
        covers = [village] if village and role in ("counter", "liaison") else []
        appointments.appoint(
            user=user,
            role=role,
            begins_on=self.begins_on,
            township=township,
            village=None if covers else village,
            unit=unit,
            covers=covers,
        )


def invent_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def table(passwords: dict[str, str]) -> str:
    """Accounts, passwords, names and posts, one line each."""
    rows: list[Sequence[str]] = [("account", "password", "name and post")]
    for user in User.objects.filter(username__in=passwords).order_by("pk"):
        posts = "、".join(post.label for post in user.appointments_now)
        rows.append((user.username, passwords[user.username], f"{user.name} {posts}"))
    return "".join(f"{username:<10} {password:<16} {who}\n" for username, password, who in rows)


def _seat(rng: random.Random, village: Village, checker: User, begins_on: dt.date) -> tuple[PanelMember, ...]:
    """A panel of five; the reviewer heads it, with a household of the village where they have one."""
    households = list(Household.objects.filter(village=village, joined_on__lte=begins_on).in_number_order())
    own = next((one for one in households if one.head_name == checker.name), None)
    free = [one for one in households if one != own]
    others = rng.sample(free, k=min(4, len(free)))
    head = PanelMember(
        village=village, name=checker.name, household=own, user=checker, is_head=True, begins_on=begins_on
    )
    members = [head, *_members(village, others, begins_on)]
    return tuple(PanelMember.objects.bulk_create(members))


def _members(village: Village, households: Iterable[Household], begins_on: dt.date) -> list[PanelMember]:
    return [PanelMember(village=village, name=one.head_name, household=one, begins_on=begins_on) for one in households]
