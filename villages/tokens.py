"""Tokens for programs: made and revoked by the person they act for, recognised at each request."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from django.db import transaction

from qianjiang_portal.foundation import audit, joined
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Token, User
from villages.models.tokens import LONGEST

MARK = "qj_"
SHOWN = 11
MOST_LIVE = 10
# How old the note of a token's last use may grow before it is written again.
NOTE_EVERY = dt.timedelta(minutes=1)


class CannotMake(Refused):
    """The token is not made."""


class NotAccepted(Refused):
    """A request shows a token that opens nothing. `code` says why in one word."""


@dataclass(frozen=True)
class Made:
    """A new token and its text, which is kept nowhere else."""

    token: Token
    text: str


@transaction.atomic
def make(*, user: User, name: str, scopes: Collection[str], days: int, now: dt.datetime) -> Made:
    """Make a token that lives for `days` days (1 to 366). Raises CannotMake."""
    User.objects.select_for_update().get(pk=user.pk)
    if not name.strip():
        raise CannotMake("写明这个令牌给哪个程序用")
    if not scopes or not set(scopes) <= set(Token.Scope.values):
        raise CannotMake("至少选一件可以做的事")
    if not 1 <= days <= LONGEST.days:
        raise CannotMake(f"有效期填 1 到 {LONGEST.days} 天")
    if user.tokens.live(now).count() >= MOST_LIVE:
        raise CannotMake(f"在用的令牌最多 {MOST_LIVE} 个，先停用不再用的")
    text = MARK + secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=user,
        name=name.strip()[:40],
        prefix=text[:SHOWN],
        digest=digest(text),
        scopes=[scope for scope in Token.Scope.values if scope in scopes],
        made_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    audit.record(
        actor=user, action="token.make", target=str(token), facts={"days": days, "scopes": token.scopes}, at=now
    )
    return Made(token, text)


@transaction.atomic
def revoke(*, token: Token, by: User, now: dt.datetime) -> Token:
    """End a token for good; one that has ended stays as it is."""
    token = Token.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.user_id != by.pk:
        raise CannotMake("令牌由本人停用")
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        audit.record(actor=by, action="token.revoke", target=str(token), at=now)
    return token


def recognise(*, text: str, address: str | None, now: dt.datetime) -> Token:
    """The live token that `text` stands for, with its person; its use is noted once a minute. Raises NotAccepted."""
    token = _shown(text)
    if token is None:
        raise NotAccepted("没有这个令牌", "token-unknown")
    if token.revoked_at:
        raise NotAccepted("这个令牌已停用，换一个新的", "token-revoked")
    if token.expires_at <= now:
        raise NotAccepted("这个令牌已到期，换一个新的", "token-expired")
    if not token.user.is_active:
        raise NotAccepted("这个账号已停用", "account-closed")
    if token.user.must_change_password:
        raise NotAccepted("先登录一次，设好自己的密码", "password-first")
    _note_use(token, address, now)
    return token


def digest(text: str) -> str:
    """SHA-256, hex. Tokens are 256 random bits, so a slow hash would only slow every request."""
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(text: str) -> Token | None:
    """Asked by every request of a program, so written out."""
    for token, user in joined.read(_with_its_person(), [digest(text)], Token, User):
        token.user = user
        return token  # type: ignore[no-any-return]
    return None


@cache
def _with_its_person() -> str:
    return f"""
        SELECT {joined.columns(token=Token, person=User)} FROM villages_token token
          JOIN villages_user person ON person.id = token.user_id
         WHERE token.digest = %s
    """  # noqa: S608 - names of columns


def _note_use(token: Token, address: str | None, now: dt.datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at >= NOTE_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now, last_address=address)
