"""The only way points move: a posting writes entries, their seal and, by the database's own trigger, every sum.

Lock order everywhere: the head of the village's chain, then households by id, then stock by id.
"""

import datetime as dt
import io
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, Q

from points import seals
from points.models import ChainHead, Entry, Rule, Seal, VillageMonth
from points.models.ledger import Kind
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Household, Village

COLUMNS = (
    "household_id",
    "village_id",
    "grid_id",
    "rule_id",
    "dimension",
    "joy",
    "points",
    "kind",
    "occurred_on",
    "posted_at",
    "period",
    "source",
    "reverses_id",
    "salt",
    "leaf",
    "seal_id",
    "position",
)


class CannotPost(Refused):
    """The lines cannot be posted; nothing has been."""


@dataclass(frozen=True)
class Line:
    """One movement to post. `points` carry their sign; `source`, such as `claim:41`, is used once."""

    household: Household
    points: int
    kind: str
    occurred_on: dt.date
    source: str
    rule: Rule | None = None
    reverses: Entry | None = None

    @property
    def dimension(self) -> str:
        return self._tagged.dimension if self._tagged else ""

    @property
    def joy(self) -> str:
        return self._tagged.joy if self._tagged else ""

    @property
    def _tagged(self) -> Rule | Entry | None:
        return self.reverses or self.rule


def lock_village(village: Village) -> ChainHead:
    """Take the village's place in the lock order. Needs a transaction."""
    ChainHead.objects.get_or_create(village=village)
    return ChainHead.objects.select_for_update().get(village=village)


@transaction.atomic
def post(*, village: Village, lines: Iterable[Line], now: dt.datetime) -> Seal | None:
    """Post lines of one village under one seal, all or none; None where there is nothing to post.

    Raises CannotPost where a source has been posted before or a household is of another village.
    """
    posted = list(lines)
    if not posted:
        return None
    head = lock_village(village)
    _lock_households(posted)
    _refuse_unfit(village, posted)
    algorithm: str = options.get("seal_algorithm")
    entries = [_entry(line, village, now, position) for position, line in enumerate(posted, 1)]
    for entry in entries:
        entry.leaf = seals.leaf(entry, algorithm)
    seal = _seal(head, entries, algorithm, now)
    _copy_in(entries, seal)
    head.number, head.digest = seal.number, seal.digest
    head.save(update_fields=["number", "digest"])
    return seal


@transaction.atomic
def snapshot_households(*, period: periods.Period) -> int:
    """Note for a month that is over how many households each village had at its end; answers how many were noted."""
    there = Q(left_on__isnull=True) | Q(left_on__gt=period.ends_on)
    registered = Household.objects.filter(there, joined_on__lte=period.ends_on)
    counts = registered.values("village").order_by("village").annotate(count=Count("pk"))
    rows = [VillageMonth(village_id=row["village"], period=period.slug, households=row["count"]) for row in counts]
    VillageMonth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["village", "period"], update_fields=["households"]
    )
    return len(rows)


def _lock_households(lines: list[Line]) -> None:
    ids = {line.household.pk for line in lines}
    list(Household.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _refuse_unfit(village: Village, lines: list[Line]) -> None:
    if any(line.household.village_id != village.pk for line in lines):
        raise CannotPost("有农户不属于这个村，没有入账")
    sources = [line.source for line in lines]
    if len(set(sources)) < len(sources) or Entry.objects.filter(source__in=sources).exists():
        raise CannotPost("有一笔已经入过账，没有重复入账")
    if any((line.kind == Kind.REVERSAL) != (line.reverses is not None) for line in lines):
        raise CannotPost("冲正要指明冲正的流水")


def _entry(line: Line, village: Village, now: dt.datetime, position: int) -> Entry:
    return Entry(
        household=line.household,
        village=village,
        grid=line.household.grid,
        rule=line.rule,
        dimension=line.dimension,
        joy=line.joy,
        points=line.points,
        kind=line.kind,
        occurred_on=line.occurred_on,
        posted_at=now,
        period=periods.of(calendar.local_date(now)).slug,
        source=line.source,
        reverses=line.reverses,
        salt=secrets.token_bytes(16),
        position=position,
    )


def _seal(head: ChainHead, entries: list[Entry], algorithm: str, now: dt.datetime) -> Seal:
    number = head.number + 1
    leaves = [entry.leaf for entry in entries]
    return Seal.objects.create(
        village=head.village,
        number=number,
        previous=head.digest,
        digest=seals.digest(head.digest, head.village.code, number, leaves, algorithm),
        algorithm=algorithm,
        entry_count=len(entries),
        points_sum=sum(entry.points for entry in entries),
        sealed_at=now,
    )


def _copy_in(entries: list[Entry], seal: Seal) -> None:
    """One COPY for the whole posting: ten times the speed of single inserts, and one run of the roll-up trigger."""
    lines = io.StringIO("".join(_copy_line(entry, seal) for entry in entries))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY points_entry ({', '.join(COLUMNS)}) FROM STDIN", lines)


def _copy_line(entry: Entry, seal: Seal) -> str:
    entry.seal = seal
    values = (_copy_value(getattr(entry, column)) for column in COLUMNS)
    return "\t".join(values) + "\n"


def _copy_value(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
