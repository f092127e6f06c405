"""The criteria of one candidate to read: each item with its three scores, its figure and what proves it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demos import gates, permissions
from demos.models import Candidate, Criterion, Evidence, Finding, Inspection, Score

Column = Score.Column


@dataclass(frozen=True)
class Cell:
    """One score; `name` is its field where this person may fill it."""

    name: str
    label: str
    column: str
    text: str
    may: bool


@dataclass(frozen=True)
class Row:
    criterion: Criterion
    cells: tuple[Cell, ...]
    figure: str
    proofs: tuple[Evidence, ...]


@dataclass(frozen=True)
class Page:
    candidate: Candidate
    rows: tuple[Row, ...]
    totals: tuple[int | None, ...]
    period: str
    vetoes: tuple[Criterion, ...]
    findings: tuple[Finding, ...]
    inspections: tuple[Inspection, ...]
    columns: tuple[str, ...]
    can_prepare: bool
    can_withdraw: bool
    can_find: bool
    can_clear: bool

    @property
    def sums(self) -> list[tuple[str, int | None]]:
        return [(column.label, total) for column, total in zip(Column, self.totals, strict=True)]

    @property
    def proofs(self) -> list[tuple[Row, Evidence]]:
        return [(row, proof) for row in self.rows for proof in row.proofs]


def page(user: Any, candidate: Candidate, today: dt.date, typed: Mapping[str, str] | None = None) -> Page:
    """Five queries and one for each figure, whatever the number of items; `typed` is what a refused form said."""
    items = list(Criterion.objects.filter(standard=candidate.standard_id).order_by("position"))
    scores = {(one.criterion_id, one.column): one.points for one in candidate.scores.all()}
    proofs: dict[int, list[Evidence]] = {}
    for one in candidate.evidence.filter(withdrawn_at=None).order_by("of", "pk"):
        proofs.setdefault(one.criterion_id, []).append(one)
    period, counted = gates.period_of(today), gates.figures(candidate, items, today)
    shown = {pk: _words(metric, metric.compute(candidate.place, period)) for pk, metric in counted.items()}
    may = [column for column in Column if permissions.can_score(user, candidate, column)]
    scored = [one for one in items if not one.is_veto]
    is_open = candidate.closed_on is None
    return Page(
        candidate=candidate,
        rows=tuple(
            Row(one, _cells(one, scores, may, typed or {}), shown.get(one.pk, ""), tuple(proofs.get(one.pk, ())))
            for one in scored
        ),
        totals=tuple(_total(scores, column) for column in Column),
        period=period.title,
        vetoes=tuple(one for one in items if one.is_veto),
        findings=tuple(candidate.findings.select_related("criterion").order_by("-found_on", "-pk")),
        inspections=tuple(candidate.inspections.order_by("-on", "-pk")),
        columns=tuple(column.value for column in may),
        can_prepare=is_open and permissions.can_prepare(user, candidate),
        can_withdraw=is_open and not candidate.stage.is_done and permissions.can_prepare(user, candidate),
        can_find=is_open and permissions.can_find(user, candidate),
        can_clear=is_open and permissions.can_recheck(user),
    )


def _cells(
    item: Criterion, scores: dict[tuple[int, str], int], may: list[Column], typed: Mapping[str, str]
) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            f"{column.value}-{item.pk}",
            f"第 {item.position} 条{column.label}",
            column.label,
            typed.get(f"{column.value}-{item.pk}", str(scores.get((item.pk, column.value), ""))),
            column in may,
        )
        for column in Column
    )


def _total(scores: dict[tuple[int, str], int], column: Column) -> int | None:
    given = [points for (_, one), points in scores.items() if one == column.value]
    return sum(given) if given else None


def _words(metric: Any, value: Any) -> str:
    if value is None:
        return f"{metric.label}还没有数"
    if metric.unit == "%":
        return f"{metric.label} {value:.1f}%"
    return (
        f"{metric.label} {value.normalize():f} {metric.unit}"
        if hasattr(value, "normalize")
        else (f"{metric.label} {value} {metric.unit}")
    )
