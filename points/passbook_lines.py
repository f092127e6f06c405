"""The lines of a passbook: what counts, with the balance after it, and above it what is on its way.

The running balance is worked out here and stored nowhere, because a line may be about a day before the one above it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet, Sum, Window

from points.models import Claim, Entry, HouseholdMove, OpeningReversal, Redemption
from points.models.ledger import Kind
from qianjiang_portal.foundation import calendar
from villages.models import Household

PER_PAGE = 50

# What a household meets every day can be asked for; openings, expiries and transfers stand under 全部.
KINDS = {
    Kind.AWARD.value: "加分",
    Kind.DEDUCTION.value: "扣分",
    Kind.REDEMPTION.value: "兑换",
    Kind.REVERSAL.value: "冲正",
}
# The order in which entries count. Those of one posting stand by the day they are about.
ORDER = ("posted_at", "occurred_on", "pk")
POSTING_ORDER = tuple(F(name).asc() for name in ORDER)


@dataclass(frozen=True)
class Filters:
    """`kind` is one of KINDS, or empty for all; `year` is four digits, or empty for all."""

    kind: str = ""
    year: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], this_year: int) -> "Filters":
        kind, year = given.get("kind", ""), given.get("year", str(this_year))
        return cls(kind if kind in KINDS else "", year if year.isdecimal() and len(year) == 4 else "")

    @property
    def entries(self) -> Q:
        kind = Q(kind=self.kind) if self.kind else Q()
        return kind & Q(period__startswith=f"{self.year}-") if self.year else kind

    def shows(self, line: "Line", this_year: int) -> bool:
        """Whether a line that does not count yet belongs here: it will count in the present year or later."""
        return self.year in ("", str(this_year)) and self.kind in ("", line.kind)


@dataclass(frozen=True)
class Line:
    """One line. Whole points with their sign; `balance` is None while the line does not count."""

    on: dt.date
    item: str
    dimension: str
    kind: str
    points: int
    state: str
    claim: Claim | None = None
    counterpart: Claim | None = None
    slip: Redemption | None = None
    entry: Entry | None = None
    balance: int | None = None
    is_reversed: bool = False
    can_be_reversed: bool = False

    @property
    def kind_word(self) -> str:
        return Kind(self.kind).label

    @property
    def reversal_points(self) -> int:
        """The points of the line that would take this one back."""
        return -self.points

    @property
    def posted_on(self) -> dt.date | None:
        return calendar.local_date(self.entry.posted_at) if self.entry else None


def years(household: Household) -> list[int]:
    """The years with entries, the last first."""
    found = household.entries.order_by("-period").values_list("period", flat=True).distinct()
    return list(dict.fromkeys(int(period[:4]) for period in found))


def from_claims(claims: Iterable[Claim]) -> list[Line]:
    return [_waiting_line(claim) for claim in claims]


def page(household: Household, filters: Filters, number: str | int) -> Page[Entry]:
    """A page of entries in the order they count, the last first."""
    entries = household.entries.filter(filters.entries).select_related("rule", "reverses", "reversed_by")
    return Paginator(entries.order_by(*(f"-{name}" for name in ORDER)), PER_PAGE).get_page(number)


def from_entries(household: Household, entries: Iterable[Entry], claims: Iterable[Claim] = ()) -> list[Line]:
    """Lines of `entries` with the balance after each; `claims` are those in flight, which may ask to reverse one."""
    entries = list(entries)
    after, sources, slips, moves = balances(household), _sources(entries), _slips(entries), _moves(entries)
    asked, is_here = {claim.reverses_id for claim in claims} | _openings_asked(entries), household.successor_id is None
    return [
        _line(
            entry,
            after[entry.pk],
            sources,
            slips.get(_slip_of(entry)),
            moves.get(entry.source, ""),
            is_open=is_here and entry.pk not in asked,
        )
        for entry in entries
    ]


def _openings_asked(entries: Iterable[Entry]) -> set[int | None]:
    """Openings among the entries that somebody asks to take back."""
    found = [entry.pk for entry in entries if entry.kind == Kind.OPENING]
    if not found:
        return set()
    return set(OpeningReversal.objects.waiting().filter(entry__in=found).values_list("entry", flat=True))


def balances(household: Household) -> dict[int, int]:
    """Entry → the balance after it. One statement, summed by the database."""
    running = Window(Sum("points"), order_by=POSTING_ORDER)
    return dict(Entry.objects.filter(household=household).annotate(after=running).values_list("pk", "after"))


def _waiting_line(claim: Claim) -> Line:
    kind = Kind.AWARD if claim.points > 0 else Kind.DEDUCTION
    return Line(
        on=claim.occurred_on,
        item=_correction(claim) if claim.reverses_id else str(claim.rule),
        dimension=claim.rule.dimension,
        kind=(Kind.REVERSAL if claim.reverses_id else kind).value,
        points=claim.points,
        state=claim.state,
        claim=claim,
    )


def _line(
    entry: Entry, balance: int, sources: Mapping[str, Claim], slip: Redemption | None, moved: str, *, is_open: bool
) -> Line:
    claim = sources.get(entry.source)
    other = entry.reverses or getattr(entry, "reversed_by", None)
    is_reversed = hasattr(entry, "reversed_by")
    ordinary = entry.kind in (Kind.AWARD, Kind.DEDUCTION, Kind.OPENING)
    return Line(
        on=entry.occurred_on,
        item=_taken(entry, slip) if slip else moved or _item(entry, claim),
        dimension=entry.dimension,
        kind=entry.kind,
        points=entry.points,
        state="effective",
        claim=claim,
        counterpart=sources.get(other.source) if other else None,
        slip=slip,
        entry=entry,
        balance=balance,
        is_reversed=is_reversed,
        can_be_reversed=ordinary and is_open and not is_reversed,
    )


def _item(entry: Entry, claim: Claim | None) -> str:
    if entry.kind == Kind.REVERSAL and claim:
        return _correction(claim)
    if entry.kind == Kind.REVERSAL and entry.reverses and entry.reverses.kind == Kind.OPENING:
        return "冲正：期初"
    if entry.kind == Kind.EXPIRY:
        return f"{entry.occurred_on.year}年末清零"
    return str(entry.rule) if entry.rule else entry.get_kind_display()


def _taken(entry: Entry, slip: Redemption) -> str:
    """What was redeemed, or why it was taken back."""
    return f"撤销兑换 {slip.what}：{slip.undo_reason}" if entry.kind == Kind.REVERSAL else f"兑换 {slip.what}"


def _slip_of(entry: Entry) -> int:
    """The slip an entry is from; 0 where it is from something else."""
    origin, _, pk = entry.source.partition(":")
    return int(pk) if origin in ("redemption", "undo") else 0


def _slips(entries: Iterable[Entry]) -> dict[int, Redemption]:
    wanted = {pk for entry in entries if (pk := _slip_of(entry))}
    return Redemption.objects.filter(pk__in=wanted).prefetch_related("lines").in_bulk() if wanted else {}


def _moves(entries: Iterable[Entry]) -> dict[str, str]:
    """Source → where points went or came from, for transfers."""
    ids = {entry.source.split(":")[1] for entry in entries if entry.kind == Kind.TRANSFER}
    if not ids:
        return {}
    found = HouseholdMove.objects.filter(pk__in=ids).select_related("household", "target", "from_village", "to_village")
    words = {move.out_source: f"转到 {move.to_village.short_name} {move.target.number}" for move in found}
    return words | {move.in_source: f"转自 {move.from_village.short_name} {move.household.number}" for move in found}


def _correction(claim: Claim) -> str:
    return f"冲正：{claim.batch.reason or claim.rule.item}"


def _sources(entries: Iterable[Entry]) -> dict[str, Claim]:
    """Source → the claim it names, for the entries and for whatever they reverse or are reversed by."""
    named = {entry.source for entry in entries}
    for entry in entries:
        other = entry.reverses or getattr(entry, "reversed_by", None)
        named |= {other.source} if other else set()
    ids = [source.removeprefix("claim:") for source in named if source.startswith("claim:")]
    found: QuerySet[Claim] = Claim.objects.filter(pk__in=ids).select_related("batch", "notice", "rule")
    return {f"claim:{claim.pk}": claim for claim in found}
