"""村民自查: slips with a code that clerks print, and the one question they answer: may this passbook be read?

A wrong token and a wrong code cost the same and are told the same.
"""

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from points import permissions
from points.models import LookupSlip, LookupTry
from qianjiang_portal.foundation import audit, options
from qianjiang_portal.foundation.refusals import Refused
from villages import roster
from villages.models import Household, User, Village

# Nothing in it is read or heard as something else.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
TOKEN, CODE = 10, 6
# What no digest is: stands in where there is no slip, so that comparing costs the same.
NOBODY = "0" * 64
HOUR, KEPT = dt.timedelta(hours=1), dt.timedelta(days=1)
WRONG = "自查号或自查码不对，对照自查条再填一次。条子丢了，到村委会换一张"
TOO_OFTEN = "填错的次数太多，过一小时再试，或到村委会查"


class CannotIssue(Refused):
    """No slips are printed or stopped."""


class NotAccepted(Refused):
    """The passbook is not shown; nothing tells why."""


class TooMany(NotAccepted):
    """There were more wrong tries within an hour than people make."""


@dataclass(frozen=True)
class Issued:
    """A slip and its code, which is kept nowhere else."""

    slip: LookupSlip
    code: str


def is_on() -> bool:
    return bool(options.get("self_lookup"))


@transaction.atomic
def issue(*, village: Village, households: Collection[int], by: User, now: dt.datetime) -> list[Issued]:
    """Give households of a village (their ids) a slip with a new code; an earlier code opens nothing any more.

    Raises CannotIssue.
    """
    _refuse(village, by)
    roster.lock(households)
    here = Household.objects.active().filter(village=village, pk__in=households).select_related("grid")
    homes = list(here.in_number_order())
    if not homes:
        raise CannotIssue("没有要打印的户")
    kept = {one.household_id: one for one in LookupSlip.objects.filter(household__in=homes)}
    issued = [_issued(home, kept.get(home.pk), by, now) for home in homes]
    LookupSlip.objects.bulk_create(
        [one.slip for one in issued],
        update_conflicts=True,
        unique_fields=["household"],
        update_fields=["digest", "issued_by", "issued_at"],
    )
    target = homes[0].number if len(homes) == 1 else village.short_name
    audit.record(
        actor=by, action="lookup.issue", target=target, place=village.code, facts={"households": len(homes)}, at=now
    )
    return issued


@transaction.atomic
def stop(*, household: Household, by: User, now: dt.datetime) -> None:
    """Let nobody read a passbook by its slip any more. Raises CannotIssue."""
    if not permissions.can_give_slips(by, household.village):
        raise CannotIssue("自查条由经办打印和停用")
    gone, _ = LookupSlip.objects.filter(household=household).delete()
    if gone:
        audit.record(actor=by, action="lookup.stop", target=household.number, place=household.village.code, at=now)


def read(*, token: str, code: str, origin: str, now: dt.datetime) -> Household:
    """The household whose slip it is; the reading is written down. `origin` is a digest of where the asking comes from.

    Not in a transaction of the caller: a try counts even where the answer is a refusal. Raises NotAccepted, TooMany.
    """
    token, code = plain(token), plain(code)
    tried = LookupTry(asked=_keyed("asked", token), origin=origin, at=now)
    _refuse_flood(tried)
    tried.save()
    # Counted again with this one in: many at once meet the same limit.
    _refuse_flood(tried)
    found = LookupSlip.objects.select_related("household__village__township", "household__grid")
    slip = found.filter(token=token).first()
    fits = constant_time_compare(_digest(token, code), slip.digest if slip else NOBODY)
    if slip is None or not fits or slip.household.state != Household.State.ACTIVE:
        raise NotAccepted(WRONG)
    _note(tried, slip.household, now)
    return slip.household


def forget(now: dt.datetime) -> int:
    """Take out tries that count no longer."""
    return LookupTry.objects.filter(at__lt=now - KEPT).delete()[0]


def plain(text: str) -> str:
    """What is typed from paper, as it is kept: half-width, small letters, no hyphens or blanks."""
    folded = "".join(chr(ord(one) - 0xFEE0) if 0xFF01 <= ord(one) <= 0xFF5E else one for one in text[:40])
    return "".join(one for one in folded.lower() if one.isascii() and one.isalnum())


@transaction.atomic
def _note(tried: LookupTry, household: Household, now: dt.datetime) -> None:
    tried.fitted = True
    tried.save(update_fields=["fitted"])
    audit.record(actor=None, action="lookup.read", target=household.number, place=household.village.code, at=now)


def _issued(home: Household, slip: LookupSlip | None, by: User, now: dt.datetime) -> Issued:
    token = slip.token if slip else "".join(secrets.choice(ALPHABET) for _ in range(TOKEN))
    code = f"{secrets.randbelow(10**CODE):0{CODE}}"
    made = LookupSlip(household=home, token=token, digest=_digest(token, code), issued_by=by, issued_at=now)
    return Issued(made, code)


def _refuse(village: Village, by: User) -> None:
    if not is_on():
        raise CannotIssue("村民自查没有开通，由系统管理员在设置里打开")
    if not permissions.can_give_slips(by, village):
        raise CannotIssue("自查条由经办打印和停用")


def _refuse_flood(tried: LookupTry) -> None:
    wrong = LookupTry.objects.filter(at__gt=tried.at - HOUR, fitted=False)
    limits = {
        "asked": int(options.get("lookup_tries_an_hour_on_one_slip")),
        "origin": int(options.get("lookup_tries_an_hour_from_one_place")),
    }
    for name, most in limits.items():
        already = wrong.filter(**{name: getattr(tried, name)}).count()
        if already > most or (already == most and tried.pk is None):
            raise TooMany(TOO_OFTEN)


def _digest(token: str, code: str) -> str:
    return _keyed("code", f"{token}:{code}")


def _keyed(use: str, text: str) -> str:
    """SHA-256 under the portal's own key: six digits alone would be guessed from a stolen table in no time."""
    return salted_hmac(f"points.lookup.{use}", text, algorithm="sha256").hexdigest()
