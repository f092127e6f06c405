"""统计疑点: what looks alike too often in a village's month, for the district to draw a sample from.

An oddity is a reason to look, never a finding. It names a village and figures; nobody who entered or reviewed is named,
counted or ranked, and the list stands in the order of the administrative code.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import Abs

from points.models import Batch, Claim, Review
from points.models.batches import State
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from villages.models import Village

KINDS = {"glance": "审得很快", "top": "都是最高分", "burst": "集中提交", "end": "月底集中"}
# A list shorter than this looks alike by chance.
MANY = 20
GLANCE = dt.timedelta(minutes=2)
BURST, BURST_BATCHES = dt.timedelta(minutes=10), 3
LAST_DAYS, END_SHARE = 3, 60
SAMPLE = 10


@dataclass(frozen=True)
class Oddity:
    """`kind` is a key of KINDS; `batches` are the numbers to look at; rows and points are those it is about."""

    village: Village
    kind: str
    text: str
    rows: int
    points: int
    batches: tuple[str, ...]

    @property
    def label(self) -> str:
        return KINDS[self.kind]


def found(user: Any, month: Period) -> list[Oddity]:
    """All oddities of a month that a person may look into, by code of the village. Five queries."""
    batches = Batch.objects.visible_to(user).exclude(state__in=[State.DRAFT, State.WITHDRAWN])
    first, after = calendar.moment(month.begins_on), calendar.moment(month.next().begins_on)
    sent = batches.filter(submitted_at__gte=first, submitted_at__lt=after).exclude(source=Batch.Source.CORRECTION)
    heads = list(_heads(sent))
    odd = [*_glances(batches, first, after), *_tops(sent), *_bursts(heads), *_ends(heads, month)]
    places = Village.objects.filter(pk__in={one.village for one in odd}).select_related("township").in_bulk()
    made = [Oddity(places[one.village], one.kind, one.text, one.rows, one.points, one.batches) for one in odd]
    order = list(KINDS)
    return sorted(made, key=lambda one: (one.village.code, order.index(one.kind), one.batches))


def draw(odd: list[Oddity], seed: str) -> list[Oddity]:
    """Ten of them at random, the same for the same seed and list, in the order of the list."""
    chosen = random.Random(seed).sample(range(len(odd)), min(SAMPLE, len(odd)))  # noqa: S311 - a lot, not a secret
    return [odd[at] for at in sorted(chosen)]


class Found(NamedTuple):
    """An oddity before its village (here its id) has been read."""

    village: int
    kind: str
    text: str
    rows: int
    points: int
    batches: tuple[str, ...]


def _glances(batches: QuerySet[Batch], first: dt.datetime, after: dt.datetime) -> Iterable[Found]:
    """Many rows passed within two minutes of being sent."""
    quick = Review.objects.filter(
        batch__in=batches, decided_at__gte=first, decided_at__lt=after, approved__gte=MANY
    ).filter(decided_at__lt=F("batch__submitted_at") + GLANCE)
    rows = quick.annotate(points=Sum("batch__claims__points")).values_list(
        "batch__village", "batch__number", "approved", "points"
    )
    for village, number, approved, points in rows.order_by("batch__number"):
        yield Found(village, "glance", f"提交后不到 2 分钟，{approved} 行全部通过", approved, points or 0, (number,))


def _tops(sent: QuerySet[Batch]) -> Iterable[Found]:
    """Every household on a list got the highest value of a rule that leaves a choice."""
    ranged = Claim.objects.live().filter(batch__in=sent, rule__min_points__lt=F("rule__max_points"))
    groups = (
        ranged.values("batch__village", "batch__number", "rule__item", "rule__max_points")
        .annotate(rows=Count("pk"), low=Min(Abs("points")), high=Max(Abs("points")), points=Sum("points"))
        .filter(rows__gte=MANY, low=F("rule__max_points"), high=F("rule__max_points"))
    )
    for group in groups.order_by("batch__number", "rule__item"):
        text = f"{group['rule__item']} {group['rows']} 行都是最高的 {group['rule__max_points']} 分"
        number = group["batch__number"]
        yield Found(group["batch__village"], "top", text, group["rows"], group["points"], (number,))


@dataclass(frozen=True)
class Head:
    """A batch as it was sent."""

    village: int
    maker: int
    number: str
    at: dt.datetime
    rows: int
    points: int


def _heads(sent: QuerySet[Batch]) -> Iterable[Head]:
    live = Claim.objects.live().filter(batch__in=sent).values("batch__village", "batch__maker", "batch__number")
    sums = live.annotate(at=Max("batch__submitted_at"), rows=Count("pk"), points=Sum("points")).order_by("at")
    for one in sums:
        yield Head(
            one["batch__village"], one["batch__maker"], one["batch__number"], one["at"], one["rows"], one["points"]
        )


def _bursts(heads: list[Head]) -> Iterable[Found]:
    """Several batches of one village sent by the same hand within ten minutes."""
    hands: dict[tuple[int, int], list[Head]] = defaultdict(list)
    for head in heads:
        hands[head.village, head.maker].append(head)
    for (village, _hand), sent in hands.items():
        for run in _runs(sent):
            rows = sum(one.rows for one in run)
            if len(run) >= BURST_BATCHES and rows >= MANY:
                text = f"10 分钟内提交 {len(run)} 批 {rows} 行"
                points = sum(one.points for one in run)
                yield Found(village, "burst", text, rows, points, tuple(one.number for one in run))


def _runs(sent: list[Head]) -> list[list[Head]]:
    """Batches in the order they were sent, cut where one comes more than ten minutes after the first of its run."""
    runs: list[list[Head]] = []
    for head in sent:
        if runs and head.at - runs[-1][0].at <= BURST:
            runs[-1].append(head)
        else:
            runs.append([head])
    return runs


def _ends(heads: list[Head], month: Period) -> Iterable[Found]:
    """Most of a month's rows were sent in its last three days."""
    villages: dict[int, list[Head]] = defaultdict(list)
    for head in heads:
        villages[head.village].append(head)
    since = month.ends_on - dt.timedelta(days=LAST_DAYS - 1)
    for village, sent in villages.items():
        late = [one for one in sent if calendar.local_date(one.at) >= since]
        rows, all_rows = sum(one.rows for one in late), sum(one.rows for one in sent)
        if rows >= MANY and rows * 100 >= all_rows * END_SHARE:
            text = f"全月 {all_rows} 行，月底 {LAST_DAYS} 天提交 {rows} 行，占 {rows * 100 // all_rows}%"
            yield Found(village, "end", text, rows, sum(one.points for one in late), tuple(one.number for one in late))
