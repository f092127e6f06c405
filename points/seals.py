"""The chain of seals: one for each village, one link for each posting.

    leaf = H(salt ‖ canonical entry)          seal = H(previous seal ‖ village code ‖ number ‖ leaves in order)

A seal that has been printed on a public notice fixes every entry before it: whoever changes one later, by whatever
power over the database, cannot make the printed digits come out again.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from points.models import ChainHead, Entry, Seal
from qianjiang_portal.foundation.refusals import Refused

FORMAT = "qj1"
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


def canonical(entry: Entry) -> bytes:
    """An entry as text, field by field in a fixed order; the parts that name other rows use their lasting names."""
    rule = f"{entry.rule.rule_set_id}/{entry.rule.code}" if entry.rule else ""
    parts: list[Any] = [
        FORMAT,
        entry.source,
        entry.household.number,
        entry.village.code,
        entry.grid.number,
        rule,
        entry.dimension,
        entry.joy,
        entry.points,
        entry.kind,
        entry.occurred_on.isoformat(),
        entry.period,
        (entry.posted_at - EPOCH) // dt.timedelta(microseconds=1),
        entry.reverses.source if entry.reverses else "",
    ]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def leaf(entry: Entry, algorithm: str) -> str:
    return _hash(algorithm, [bytes(entry.salt), canonical(entry)])


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


class _Grouped:
    """Entries in chain order, handed out seal by seal from one pass over the table."""

    def __init__(self, entries: QuerySet[Entry]) -> None:
        self._groups = groupby(entries.iterator(chunk_size=5000), key=lambda entry: entry.seal_id)
        self._next = next(self._groups, None)
        self._held = list(self._next[1]) if self._next else []

    def get(self, seal_id: int) -> list[Entry]:
        if self._next is None or self._next[0] != seal_id:
            return []
        found = self._held
        self._next = next(self._groups, None)
        self._held = list(self._next[1]) if self._next else []
        return found


def _by_seal(seals: QuerySet[Seal]) -> _Grouped:
    entries = (
        Entry.objects.filter(seal__in=seals.values("pk"))
        .select_related("household", "village", "grid", "rule", "reverses")
        .order_by("seal__village_id", "seal__number", "position")
    )
    return _Grouped(entries)


def _link_faults(seal: Seal, number: int, previous: str) -> Iterator[Fault]:
    if seal.number != number + 1:
        yield Fault(seal.village.code, seal.number, f"follows seal {number}")
    if seal.previous != previous:
        yield Fault(seal.village.code, seal.number, "does not carry the seal before it")


def _entry_faults(seal: Seal, entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        if leaf(entry, seal.algorithm) != entry.leaf:
            yield Fault(seal.village.code, seal.number, f"entry {entry.pk} ({entry.source}) has been changed")
    if len(entries) != seal.entry_count:
        yield Fault(seal.village.code, seal.number, f"holds {len(entries)} entries, sealed {seal.entry_count}")
    leaves = [entry.leaf for entry in entries]
    if digest(seal.previous, seal.village.code, seal.number, leaves, seal.algorithm) != seal.digest:
        yield Fault(seal.village.code, seal.number, "does not come out of its entries")


def _hash(algorithm: str, parts: Iterable[bytes]) -> str:
    try:
        state = hashlib.new(algorithm)
    except ValueError as error:
        raise UnknownAlgorithm(f"本机的密码库不支持 {algorithm}，可在设置里改用 sha256") from error
    for part in parts:
        state.update(part)
    return state.hexdigest()
