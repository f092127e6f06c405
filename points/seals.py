"""The chain of seals: one for each village, one link for each posting.

    leaf = H(salt ‖ canonical entry)          seal = H(previous seal ‖ village code ‖ number ‖ leaves in order)

A seal that has been printed on a public notice fixes every entry before it: whoever changes one later, by whatever
power over the database, cannot make the printed digits come out again.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from json.encoder import encode_basestring as _text
from typing import NamedTuple

from django.db.models import QuerySet

from points.models import ChainHead, Entry, Seal
from qianjiang_portal.foundation.refusals import Refused

FORMAT = "qj1"
# The printed form has twenty hex digits.
SHORTEST = 20
HEX = re.compile(r"^[0-9a-f]{20,64}$")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class UnknownAlgorithm(Refused):
    """This machine's cryptographic library does not know the digest."""


@dataclass(frozen=True)
class Fault:
    """Something in a chain that does not come out as it was sealed."""

    village: str
    seal: int
    what: str

    def __str__(self) -> str:
        return f"{self.village} seal {self.seal}: {self.what}"


class Sealed(NamedTuple):
    """What of an entry is sealed: names that last, not row numbers. `posted_at` counts microseconds since 1970 UTC."""

    source: str
    household: str
    village: str
    grid: int
    rule: str
    dimension: str
    joy: str
    points: int
    kind: str
    occurred_on: str
    period: str
    posted_at: int
    reverses: str


def canonical(entry: Sealed) -> bytes:
    """The entry as a JSON array: format, then field by field in a fixed order. A quarter of the encoder's time."""
    source, household, village, grid, rule, dimension, joy, points, kind, occurred_on, period, posted_at, reverses = (
        entry
    )
    return (
        f'["{FORMAT}",{_text(source)},{_text(household)},{_text(village)},{grid},{_text(rule)},{_text(dimension)},'
        f"{_text(joy)},{points},{_text(kind)},{_text(occurred_on)},{_text(period)},{posted_at},{_text(reverses)}]"
    ).encode()


def leaf(salt: bytes, entry: Sealed, algorithm: str) -> str:
    return _hash(algorithm, [salt, canonical(entry)])


def microseconds(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def digest(previous: str, village_code: str, number: int, leaves: Iterable[str], algorithm: str) -> str:
    """The seal over `leaves` (hex) as hex. Raises UnknownAlgorithm."""
    head = f"{FORMAT}|{previous}|{village_code}|{number}|".encode()
    return _hash(algorithm, [head, *(bytes.fromhex(one) for one in leaves)])


def verify(villages: Iterable[int] | None = None) -> Iterator[Fault]:
    """Walk every chain (or those of the villages given, by id) and yield what does not come out."""
    seals = Seal.objects.in_chain_order().select_related("village")
    heads = ChainHead.objects.select_related("village")
    if villages is not None:
        wanted = list(villages)
        seals, heads = seals.filter(village__in=wanted), heads.filter(village__in=wanted)
    last: dict[int, tuple[int, str]] = {}
    entries = _by_seal(seals)
    for seal in seals.iterator(chunk_size=2000):
        number, previous = last.get(seal.village_id, (0, ""))
        yield from _link_faults(seal, number, previous)
        yield from _entry_faults(seal, entries.get(seal.pk))
        last[seal.village_id] = (seal.number, seal.digest)
    for head in heads:
        if last.get(head.village_id, (0, "")) != (head.number, head.digest):
            yield Fault(head.village.code, head.number, "the chain does not end where its head says")


def plain(text: str) -> str:
    """A seal as it is kept, whatever hyphens, spaces or capitals it was copied with."""
    return "".join(text.split()).replace("-", "").lower()


def find(text: str) -> Seal | None:
    """The seal that begins with the digits copied from a sheet; at least the printed twenty are needed."""
    wanted = plain(text)
    if len(wanted) < SHORTEST or not HEX.match(wanted):
        return None
    return Seal.objects.filter(digest__startswith=wanted).select_related("village__township").first()


def examine(seal: Seal) -> Iterator[Fault]:
    """One link alone: its entries, its digest, and the seal before it."""
    before = Seal.objects.filter(village=seal.village_id, number=seal.number - 1).first()
    yield from _link_faults(seal, before.number if before else 0, before.digest if before else "")
    yield from _entry_faults(seal, [row for _, row in rows_of(Seal.objects.filter(pk=seal.pk))])


def rows_of(chain: QuerySet[Seal]) -> Iterator[tuple[int, "_Row"]]:
    """Entries under these seals in the order in which they were sealed, each with its position under its seal."""
    for _, rows in groupby(_ordered(chain), key=lambda row: row.seal_id):
        yield from enumerate(rows, 1)


class _Row(NamedTuple):
    """An entry as the verifier reads it, in the order of `FIELDS`."""

    seal_id: int
    pk: int
    salt: bytes
    leaf: str
    source: str
    household: str
    village: str
    grid: int
    rule_set: int | None
    code: str | None
    dimension: str
    joy: str
    points: int
    kind: str
    occurred_on: dt.date
    period: str
    posted_at: dt.datetime
    reverses: str | None

    def sealed(self) -> Sealed:
        return Sealed(
            source=self.source,
            household=self.household,
            village=self.village,
            grid=self.grid,
            rule=rule_name(self.rule_set, self.code),
            dimension=self.dimension,
            joy=self.joy,
            points=self.points,
            kind=self.kind,
            occurred_on=self.occurred_on.isoformat(),
            period=self.period,
            posted_at=microseconds(self.posted_at),
            reverses=self.reverses or "",
        )


FIELDS = (
    "seal_id",
    "pk",
    "salt",
    "leaf",
    "source",
    "household__number",
    "village__code",
    "grid__number",
    "rule__rule_set_id",
    "rule__code",
    "dimension",
    "joy",
    "points",
    "kind",
    "occurred_on",
    "period",
    "posted_at",
    "reverses__source",
)


def rule_name(rule_set: int | None, code: str | None) -> str:
    """A rule as it is sealed: its set and its code, or nothing."""
    return f"{rule_set}/{code}" if code else ""


class _Grouped:
    """Entries in chain order, handed out seal by seal from one pass over the table."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._groups = groupby(rows, key=lambda row: row.seal_id)
        self._advance()

    def _advance(self) -> None:
        seal_id, rows = next(self._groups, (None, iter(())))
        self._at, self._held = seal_id, list(rows)

    def get(self, seal_id: int) -> list[_Row]:
        if self._at != seal_id:
            return []
        found = self._held
        self._advance()
        return found


def _by_seal(seals: QuerySet[Seal]) -> _Grouped:
    return _Grouped(_ordered(seals))


def _ordered(seals: QuerySet[Seal]) -> Iterator[_Row]:
    entries = Entry.objects.filter(seal__in=seals.values("pk"))
    ordered = entries.order_by("seal__village_id", "seal__number", "position").values_list(*FIELDS)
    return (_Row(*values) for values in ordered.iterator(chunk_size=5000))


def _link_faults(seal: Seal, number: int, previous: str) -> Iterator[Fault]:
    if seal.number != number + 1:
        yield Fault(seal.village.code, seal.number, f"follows seal {number}")
    if seal.previous != previous:
        yield Fault(seal.village.code, seal.number, "does not carry the seal before it")


def _entry_faults(seal: Seal, entries: list[_Row]) -> Iterator[Fault]:
    for entry in entries:
        if leaf(bytes(entry.salt), entry.sealed(), seal.algorithm) != entry.leaf:
            yield Fault(seal.village.code, seal.number, f"entry {entry.pk} ({entry.source}) has been changed")
    if len(entries) != seal.entry_count:
        yield Fault(seal.village.code, seal.number, f"holds {len(entries)} entries, sealed {seal.entry_count}")
    leaves = [entry.leaf for entry in entries]
    if digest(seal.previous, seal.village.code, seal.number, leaves, seal.algorithm) != seal.digest:
        yield Fault(seal.village.code, seal.number, "does not come out of its entries")


def _hash(algorithm: str, parts: Iterable[bytes]) -> str:
    state = _fresh(algorithm).copy()
    for part in parts:
        state.update(part)
    return state.hexdigest()


@cache
def _fresh(algorithm: str) -> "hashlib._Hash":
    """A digest that has read nothing yet; a copy of it costs half of a new one."""
    try:
        return hashlib.new(algorithm)
    except ValueError as error:
        raise UnknownAlgorithm(f"本机的密码库不支持 {algorithm}，可在设置里改用 sha256") from error
