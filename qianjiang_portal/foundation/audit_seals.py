"""The chain over the audit log, one link a night.

    leaf = H(canonical event)          seal = H(previous seal ‖ number ‖ leaves in the order of their running numbers)

Whoever changes, takes out or slips in an event of a sealed night, by whatever power over the database, cannot make the
digests written down elsewhere come out again. A seal goes by running numbers and not by days: an event is written with
the time of its command, and what is written later than its day stands under the next seal.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from qianjiang_portal.foundation import audit, calendar, options, upkeep
from qianjiang_portal.foundation.models import AuditEvent, AuditSeal
from qianjiang_portal.foundation.refusals import Refused

FORMAT = "qj-audit-1"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LOCK = 0x716A6175
# What the nightly run walks again, in seals; the command walks all.
NIGHTLY = 31
FIELDS = (
    "pk",
    "at",
    "actor_id",
    "actor_name",
    "posts",
    "action",
    "target",
    "place",
    "outcome",
    "address",
    "facts",
    "request",
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class UnknownAlgorithm(Refused):
    """This machine's cryptographic library does not know the digest."""


@dataclass(frozen=True)
class Fault:
    """Something in the chain that does not come out as it was sealed."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.number} 枚：{self.what}"


@transaction.atomic
def seal(*, now: dt.datetime) -> AuditSeal | None:
    """Seal every event written up to last midnight that has no seal yet; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    before = AuditSeal.objects.order_by("-number").first()
    midnight = calendar.moment(calendar.local_date(now))
    waiting = AuditEvent.objects.filter(pk__gt=before.last if before else 0)
    last = waiting.filter(at__lt=midnight).order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return None
    first = waiting.order_by("pk").values_list("pk", flat=True)[0]
    number, previous = (before.number + 1, before.digest) if before else (1, "")
    algorithm = options.get("seal_algorithm")
    count, digest = _digest(previous, number, first, last, algorithm)
    return AuditSeal.objects.create(
        number=number,
        day=calendar.local_date(now) - dt.timedelta(days=1),
        first=first,
        last=last,
        count=count,
        algorithm=algorithm,
        previous=previous,
        digest=digest,
        sealed_at=now,
    )


def verify(newest: int | None = None) -> Iterator[Fault]:
    """Walk every link from the first; events are worked out again for all seals, or for the `newest` ones only."""
    total = AuditSeal.objects.count()
    number, digest, last = 0, "", 0
    for at, link in enumerate(AuditSeal.objects.order_by("number").iterator(chunk_size=500)):
        if (link.number, link.previous) != (number + 1, digest):
            yield Fault(link.number, "没有接着上一枚")
        yield from _gap(link, last)
        if newest is None or total - at <= newest:
            yield from examine(link)
        number, digest, last = link.number, link.digest, link.last


def examine(link: AuditSeal) -> Iterator[Fault]:
    """Whether one seal's events still come out."""
    count, digest = _digest(link.previous, link.number, link.first, link.last, link.algorithm)
    if is_expired(link, count):
        return
    if count != link.count:
        yield Fault(link.number, f"封了 {link.count} 条，现在有 {count} 条")
    if digest != link.digest:
        yield Fault(link.number, "和它封的记录对不上")


def covering(event: AuditEvent) -> AuditSeal | None:
    """The seal an event stands under; None while its night has not come."""
    return AuditSeal.objects.filter(first__lte=event.pk, last__gte=event.pk).first()


def is_expired(link: AuditSeal, count: int | None = None) -> bool:
    """Whether its events were taken out because they were old enough; some of them missing is something else."""
    if link.day >= _kept_since(calendar.now()):
        return False
    return not (AuditEvent.objects.filter(pk__range=(link.first, link.last)).exists() if count is None else count)


def nightly(*, now: dt.datetime) -> list[Fault]:
    """Seal, walk the newest links again, and note for the health page how that ended."""
    made = seal(now=now)
    faults = list(verify(NIGHTLY))
    if faults:
        text = f"{len(faults)} 处不符，{faults[0]}"
    else:
        text = f"第 {made.number} 枚，{made.count} 条" if made else "没有新的记录"
    upkeep.note(name=upkeep.AUDIT, ok=not faults, text=text, now=now)
    return faults


@transaction.atomic
def expire(*, now: dt.datetime) -> int:
    """Take out the events of seals that are past `audit_keep_days`, seals stay; answers how many events went.

    Done by hand by whoever owns the tables: the web's own role cannot, and a trigger keeps everything under 180 days.
    """
    old = AuditSeal.objects.filter(day__lt=_kept_since(now)).order_by("number").last()
    if old is None:
        return 0
    gone, _ = AuditEvent.objects.filter(pk__lte=old.last).delete()
    if gone:
        audit.record(actor=None, action="audit.expire", facts={"events": gone, "until": old.day.isoformat()}, at=now)
    return gone


def _kept_since(now: dt.datetime) -> dt.date:
    """The first day whose events have to be there."""
    return calendar.local_date(now) - dt.timedelta(days=options.get("audit_keep_days"))


def canonical(event: tuple[object, ...]) -> bytes:
    """The event as text: format, then the values of FIELDS in that order; `at` in microseconds since 1970 UTC.

    The number of the request came later: an event without one reads as it did before.
    """
    pk, at, *rest, request = event
    if request:
        rest.append(request)
    assert isinstance(at, dt.datetime)
    return _encode([FORMAT, pk, (at - EPOCH) // dt.timedelta(microseconds=1), *rest]).encode()


def _gap(link: AuditSeal, last: int) -> Iterator[Fault]:
    """Events between two seals stand under none: they were slipped in afterwards."""
    between = AuditEvent.objects.filter(pk__gt=last, pk__lt=link.first).count()
    if between:
        yield Fault(link.number, f"它前面有 {between} 条没有封过的记录")


def _digest(previous: str, number: int, first: int, last: int, algorithm: str) -> tuple[int, str]:
    """How many events there are from `first` to `last`, and the seal over them as hex."""
    state, count = _new(algorithm), 0
    state.update(f"{FORMAT}|{previous}|{number}|".encode())
    events = AuditEvent.objects.filter(pk__gte=first, pk__lte=last).order_by("pk").values_list(*FIELDS)
    for event in events.iterator(chunk_size=2000):
        leaf = _new(algorithm)
        leaf.update(canonical(event))
        state.update(leaf.digest())
        count += 1
    return count, state.hexdigest()


def _new(algorithm: str) -> "hashlib._Hash":
    try:
        return hashlib.new(algorithm)
    except ValueError as error:
        raise UnknownAlgorithm(f"本机的密码库不支持 {algorithm}，可在设置里改用 sha256") from error
