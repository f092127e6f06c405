"""One candidate to read: where it stands, its line of milestones, what happened, and what may be done next."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from demos import board, candidates, gates, permissions
from demos.models import Candidate, Milestone, Move, Pairing, Score, Stage


@dataclass(frozen=True)
class Step:
    """A stage of the programme as the head of the page shows it."""

    stage: Stage
    state: str
    day: dt.date | None


@dataclass(frozen=True)
class Mark:
    """A milestone on the line, at `x` of 1000; `late` counts days; it is dropped with its place."""

    milestone: Milestone
    x: int
    late: int
    is_dropped: bool = False

    @property
    def left(self) -> int:
        """Where the little square of it begins."""
        return self.x - 6

    @property
    def words(self) -> str:
        if self.milestone.done_on:
            over = (self.milestone.done_on - self.milestone.planned_on).days
            return f"完成，晚 {over} 天" if over > 0 else "按时完成"
        if self.is_dropped:
            return "不再要求"
        return f"逾期 {self.late} 天" if self.late else "未到期"


@dataclass(frozen=True)
class Facts:
    """What stands beside the line: who helps, the sums of the three columns, how much proves it, what stands open."""

    pairings: tuple[Pairing, ...]
    scores: str
    proofs: int
    findings: int


@dataclass(frozen=True)
class Page:
    candidate: Candidate
    steps: tuple[Step, ...]
    marks: tuple[Mark, ...]
    today_x: int
    moves: tuple[Move, ...]
    next: Stage | None
    lacking: tuple[str, ...]
    facts: Facts
    late: int
    can_advance: bool
    can_send_back: bool
    can_prepare: bool
    can_recheck: bool
    can_close: bool

    @property
    def late_words(self) -> str:
        return f"逾期 {self.late} 天" if self.late else ""

    @property
    def can_move(self) -> bool:
        return bool(self.next and self.can_advance) or self.can_send_back


def page(user: Any, candidate: Candidate, today: dt.date) -> Page:
    stages = list(candidate.programme.stages.order_by("position"))
    following = candidates.next_stage(candidate)
    moves = tuple(candidate.moves.select_related("from_stage", "to_stage", "made_by").order_by("-pk"))
    milestones = list(candidate.milestones.order_by("planned_on", "pk"))
    due = board.next_milestones([candidate]).get(candidate.pk)
    marks, today_x = _along(milestones, candidate, today)
    is_open = candidate.closed_on is None
    return Page(
        candidate=candidate,
        steps=tuple(_step(stage, candidate, milestones, moves) for stage in stages),
        marks=marks,
        today_x=today_x,
        moves=moves,
        next=following,
        lacking=tuple(gates.missing(candidate, following, today)) if following and is_open else (),
        facts=_facts(user, candidate, today),
        late=board.lateness(candidate, due, today) if is_open else 0,
        can_advance=is_open and permissions.can_advance(user, candidate),
        can_send_back=is_open and permissions.can_send_back(user, candidate),
        can_prepare=is_open and permissions.can_prepare(user, candidate),
        can_recheck=is_open and candidate.stage.key == Stage.Key.CARE and permissions.can_recheck(user),
        can_close=is_open and not candidate.stage.is_done and permissions.can_set_targets(user),
    )


def earlier_stages(candidate: Candidate) -> list[Stage]:
    found = candidate.programme.stages.filter(position__lt=candidate.stage.position)
    return list(found.order_by("-position"))


def _facts(user: Any, candidate: Candidate, today: dt.date) -> Facts:
    helping = Pairing.objects.none()
    if candidate.village:
        helping = Pairing.objects.visible_to(user).on(today).filter(village=candidate.village)
    rows = candidate.scores.values_list("column").annotate(sum=Sum("points")).order_by()
    sums = dict(rows)
    said = [f"{column.label} {sums[column.value]}" for column in Score.Column if column.value in sums]
    return Facts(
        pairings=tuple(helping.select_related("unit").order_by("unit__position", "pk")),
        scores="，".join(said),
        proofs=candidate.evidence.filter(withdrawn_at=None).count(),
        findings=candidate.findings.filter(cleared_on=None).count(),
    )


def _step(stage: Stage, candidate: Candidate, milestones: list[Milestone], moves: tuple[Move, ...]) -> Step:
    planned = {one.stage_id: one for one in milestones if one.stage_id}
    arrived = next((move.on for move in moves if move.to_stage_id == stage.pk and move.kind != Move.Kind.BACK), None)
    if stage.pk == candidate.stage_id:
        return Step(stage, "current", candidate.since)
    if stage.position < candidate.stage.position:
        return Step(stage, "done", arrived)
    milestone = planned.get(stage.pk)
    return Step(stage, "later", milestone.planned_on if milestone else None)


def _along(milestones: list[Milestone], candidate: Candidate, today: dt.date) -> tuple[tuple[Mark, ...], int]:
    days = [one.done_on or one.planned_on for one in milestones] + [one.planned_on for one in milestones]
    first, last = min([*days, today]), max([*days, today])
    span = max((last - first).days, 1)

    def at(day: dt.date) -> int:
        return round((day - first).days * 1000 / span)

    return tuple(_mark(one, at(one.done_on or one.planned_on), candidate, today) for one in milestones), at(today)


def _mark(milestone: Milestone, x: int, candidate: Candidate, today: dt.date) -> Mark:
    """Nothing of a candidate that was given up is late."""
    is_dropped = candidate.closed_on is not None
    waits = not milestone.done_on and not is_dropped
    return Mark(milestone, x, max((today - milestone.planned_on).days, 0) if waits else 0, is_dropped)
