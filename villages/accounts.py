"""Accounts as an administrator keeps them: passwords for one sign-in, locks, switching off and on."""

import datetime as dt
import secrets
from dataclasses import dataclass

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Appointment, Session, User

# No vowels, no letters that look like digits: nothing to misread, no words.
LETTERS = "bcdfghjkmnpqrstvwxz23456789"
# A given password is 57 random bits and lives for one sign-in; its owner's own is hashed as slowly as Django says.
ROUNDS = 20_000
COOL_OFF = dt.timedelta(hours=settings.AXES_COOLOFF_TIME)


ONE_STAYS = "至少留一位在任的系统管理员"


class CannotKeep(Refused):
    """The account is not changed."""


@dataclass(frozen=True)
class Given:
    """A password for one sign-in, kept nowhere else in clear."""

    user: User
    password: str
    posts: str = ""


@transaction.atomic
def give_password(*, user: User, by: User, now: dt.datetime) -> Given:
    """Make the old password useless, whoever is signed in with it included, and open a lock."""
    user = _held(user, by)
    password = one_time_password()
    user.password, user.must_change_password = hashed(password), True
    user.save(update_fields=["password", "must_change_password"])
    Session.objects.filter(user=user).delete()
    AccessAttempt.objects.filter(username=user.username).delete()
    audit.record(actor=by, action="account.give-password", target=user.username, at=now)
    return Given(user, password)


@transaction.atomic
def unlock(*, user: User, by: User, now: dt.datetime) -> bool:
    """Let somebody try again at once; answers whether anything was locked."""
    user = _held(user, by)
    was_locked = locked().filter(username=user.username).exists()
    AccessAttempt.objects.filter(username=user.username).delete()
    if was_locked:
        audit.record(actor=by, action="account.unlock", target=user.username, at=now)
    return was_locked


@transaction.atomic
def switch_off(*, user: User, by: User, now: dt.datetime) -> User:
    """Close an account: no sign-in, no token, no session. Raises CannotKeep."""
    take_turns()
    user = _held(user, by)
    if user.pk == by.pk:
        raise CannotKeep("自己的账号由另一位系统管理员停用")
    if not other_administrators(user).exists():
        raise CannotKeep(ONE_STAYS)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        ended, _ = Session.objects.filter(user=user).delete()
        audit.record(actor=by, action="account.off", target=user.username, facts={"sessions": ended}, at=now)
    return user


@transaction.atomic
def switch_on(*, user: User, by: User, now: dt.datetime) -> User:
    user = _held(user, by)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record(actor=by, action="account.on", target=user.username, at=now)
    return user


@transaction.atomic
def sign_out(*, user: User, by: User, now: dt.datetime) -> int:
    """End every session of somebody; answers how many there were."""
    user = _held(user, by)
    ended, _ = Session.objects.filter(user=user).delete()
    if ended:
        audit.record(actor=by, action="account.sign-out-all", target=user.username, facts={"sessions": ended}, at=now)
    return ended


def locked() -> QuerySet[AccessAttempt]:
    """Accounts that wait after too many tries, each with the address it waits at; by the real clock, as axes counts."""
    tries: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=Now() - COOL_OFF
    )
    return tries


def take_turns() -> None:
    """Two administrators who close each other at the same moment would each see the other one stay: until this
    transaction is over, whoever takes an administrator away waits here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))")


def other_administrators(user: User, on: dt.date | None = None) -> QuerySet[User]:
    """Who could still enter the administration if this account did not; today, or on a day to come."""
    posts = Appointment.objects.current(on).filter(role=Appointment.Role.ADMIN)
    return User.objects.filter(Q(pk__in=posts.values("user")) | Q(is_superuser=True), is_active=True).exclude(
        pk=user.pk
    )


def one_time_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def hashed(password: str) -> str:
    """A hash for a given password: quick enough for a whole list of people at once."""
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), ROUNDS)
    return hasher.encode(password, hasher.salt())


def refuse_others(by: User) -> None:
    """Raises CannotKeep for whoever is no administrator today."""
    if not (by.is_active and by.is_staff):
        raise CannotKeep("账号由系统管理员管理")


def _held(user: User, by: User) -> User:
    refuse_others(by)
    return User.objects.select_for_update().get(pk=user.pk)
