"""两步验证: a code from a telephone beside the password, for those who see the whole district.

A try is counted whether it opens or not, in a transaction of its own; so what refuses is raised after that.
"""

import datetime as dt
import unicodedata
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.db import transaction

from qianjiang_portal.foundation import audit, options, totp
from qianjiang_portal.foundation.refusals import Refused
from villages import accounts
from villages.models import RecoveryCode, SecondFactor, Session, User

ISSUER = "黔江乡村治理平台"
# How somebody got in, as the log tells it.
OPENED = {"app": "动态口令", "recovery": "备用码"}
TRIES, WAIT = 5, dt.timedelta(minutes=15)
CODES = 10


class CannotVerify(Refused):
    """The code does not open, or there is nothing to open."""


class MustWait(CannotVerify):
    """Too many wrong codes; `until` says when the next one is looked at."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__("连续 5 次没对上，等一会儿再试")
        self.until = until


@dataclass(frozen=True)
class Try:
    """How a try ended: by what it opened, or how many are left, or until when to wait."""

    opened_by: str = ""
    left: int = 0
    until: dt.datetime | None = None


def offered(user: User) -> bool:
    """Whether somebody may have a second factor."""
    return user.is_at_district


def demanded(user: User) -> bool:
    """Whether an appointment of today is one that the setting asks it for."""
    return bool(user.roles & set(options.get("second_factor_roles")))


def of(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin(*, user: User, now: dt.datetime) -> SecondFactor:
    """Make a secret that waits for its first code. Raises CannotVerify."""
    _lock(user)
    if not offered(user):
        raise CannotVerify("两步验证给区级、审计员和系统管理员用")
    if of(user):
        raise CannotVerify("两步验证已经启用，换手机先停用")
    SecondFactor.objects.filter(user=user).delete()
    return SecondFactor.objects.create(user=user, secret=totp.new_secret(), made_at=now)


@transaction.atomic
def confirm(*, user: User, given: str, keep: str | None, now: dt.datetime) -> list[str]:
    """Switch it on with the first code; answers the recovery codes, shown once. Raises CannotVerify.

    Who was signed in elsewhere was so by the password alone: every session but the one with the key `keep` ends.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=True).first()
    if factor is None:
        raise CannotVerify("两步验证不在启用中，从头再来一遍")
    step = totp.matching_step(factor.secret, _plain(given), now)
    if step is None:
        raise CannotVerify("动态口令不对，等手机上换了新的再填；还不对，看手机的时间准不准")
    factor.confirmed_at, factor.last_step = now, step
    factor.save(update_fields=["confirmed_at", "last_step"])
    ended, _ = Session.objects.filter(user=user).exclude(session_key=keep).delete()
    audit.record(actor=user, action="factor.on", target=user.username, facts={"sessions": ended}, at=now)
    return _new_codes(factor)


def check(*, user: User, given: str, now: dt.datetime) -> str:
    """Answers what opened, `app` or `recovery`. Raises MustWait, CannotVerify."""
    tried = _try(user, given, now)
    if tried.until:
        raise MustWait(tried.until)
    if not tried.opened_by:
        raise CannotVerify(f"动态口令或备用码不对，还可以再试 {tried.left} 次")
    return tried.opened_by


def renew_codes(*, user: User, given: str, now: dt.datetime) -> list[str]:
    """New recovery codes; the old ones open nothing any more. Raises MustWait, CannotVerify."""
    check(user=user, given=given, now=now)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user)
        audit.record(actor=user, action="factor.codes", target=user.username, at=now)
        return _new_codes(factor)


def switch_off(*, user: User, given: str, now: dt.datetime) -> None:
    """Raises MustWait, CannotVerify."""
    check(user=user, given=given, now=now)
    _drop(user, "factor.off", user, now)


@transaction.atomic
def reset(*, user: User, by: User, now: dt.datetime) -> bool:
    """An administrator takes it off somebody who lost telephone and codes; answers whether there was one."""
    accounts.refuse_others(by)
    if by.pk == user.pk:
        raise CannotVerify("自己的两步验证用口令停用，或由另一位系统管理员取消")
    return reset_by_hand(user=user, by=by, now=now)


@transaction.atomic
def reset_by_hand(*, user: User, by: User | None, now: dt.datetime) -> bool:
    """The same from the portal's own machine, for the only administrator there is."""
    was_there = _drop(user, "factor.reset", by, now)
    if was_there:
        Session.objects.filter(user=user).delete()
    return was_there


@transaction.atomic
def _try(user: User, given: str, now: dt.datetime) -> Try:
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
    if factor is None:
        return Try(left=0)
    if factor.is_locked(now):
        return Try(until=factor.locked_until)
    if opened_by := _opens(factor, _plain(given), now):
        factor.failures, factor.locked_until = 0, None
    else:
        factor.failures += 1
        factor.locked_until = now + WAIT if factor.failures >= TRIES else None
        _note_refused(factor, now)
    left = TRIES - factor.failures
    factor.failures = 0 if factor.locked_until else factor.failures
    factor.save(update_fields=["failures", "locked_until", "last_step"])
    return Try(opened_by, left, factor.locked_until)


def _opens(factor: SecondFactor, given: str, now: dt.datetime) -> str:
    """What was given, marked as used: a code of the telephone that is newer than the last one, or a recovery code."""
    step = totp.matching_step(factor.secret, given, now)
    if step is not None and (factor.last_step is None or step > factor.last_step):
        factor.last_step = step
        return "app"
    if len(given) != totp.DIGITS:
        for code in factor.codes.filter(used_at__isnull=True):
            if check_password(given, code.hash):
                code.used_at = now
                code.save(update_fields=["used_at"])
                return "recovery"
    return ""


def _note_refused(factor: SecondFactor, now: dt.datetime) -> None:
    facts = {"failures": factor.failures, "locked": factor.locked_until is not None}
    audit.record(actor=None, action="factor.check", target=factor.user.username, outcome="refused", facts=facts, at=now)


def _new_codes(factor: SecondFactor) -> list[str]:
    """Each is 52 random bits; nobody who has the database tries that many, even by a quick hash."""
    factor.codes.all().delete()
    made = [accounts.one_time_password() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, hash=accounts.hashed(_plain(code))) for code in made)
    return made


def _drop(user: User, action: str, by: User | None, now: dt.datetime) -> bool:
    """Take a second factor away with its codes."""
    dropped, _ = SecondFactor.objects.filter(user=user).delete()
    if dropped:
        audit.record(actor=by, action=action, target=user.username, at=now)
    return bool(dropped)


def _plain(given: str) -> str:
    """Codes as people copy them: with gaps, hyphens, capitals."""
    plain = unicodedata.normalize("NFKC", given).lower()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def _lock(user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)
