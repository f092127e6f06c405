"""Writing once however often a program sends it: the answer is kept with the change, in the same transaction."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import Answer, Token

KEY = re.compile(r"[!-~]{8,64}")


class KeyUsed(Refused):
    """The key was sent before with something else."""

    code = "key-used"


class KeyBusy(Conflict):
    """The same request is being worked on at this moment."""

    code = "key-busy"


@dataclass(frozen=True)
class Given:
    """An answer and whether it is an earlier one told again."""

    status: int
    body: Any
    again: bool = False


@transaction.atomic
def once(*, token: Token, key: str, asked: str, do: Callable[[], tuple[int, Any]], now: dt.datetime) -> Given:
    """Do something and keep its answer under `key`, or tell what was answered before. Nothing is kept of a refusal.

    `asked` is the digest of the request. Raises KeyUsed, KeyBusy, and whatever `do` raises.
    """
    if not _take(token, key):
        raise KeyBusy("同样的请求正在处理，稍后再发")
    posts = sorted(post.pk for post in token.user.appointments_now)
    if given := Answer.objects.filter(token=token, key=key).first():
        if given.asked != asked:
            raise KeyUsed("这个键已经用在另一个请求上，换一个新的")
        if given.posts != posts:
            raise KeyUsed("任职变了，原来的回答不再给出，换一个新的键")
        return Given(given.status, given.body, again=True)
    status, body = do()
    Answer.objects.create(token=token, key=key, asked=asked, posts=posts, status=status, body=body, made_at=now)
    return Given(status, body)


def forget(*, now: dt.datetime) -> int:
    """Take out the answers older than `api_answers_keep_days`; answers how many."""
    kept = dt.timedelta(days=options.get("api_answers_keep_days"))
    gone, _ = Answer.objects.filter(made_at__lt=now - kept).delete()
    return gone


def _take(token: Token, key: str) -> bool:
    """Hold the key until the transaction is over; False where somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"answer:{token.pk}:{key}"])
        return bool(cursor.fetchone()[0])
