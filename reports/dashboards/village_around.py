"""What stands around a village besides points: who answers for it, who helps it, what it works and was honoured for."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from demos.models import Candidate, Milestone, Pairing, Visit
from points.models import Honour, Objection
from points.models.objections import READERS as OBJECTION_READERS
from reports.dashboards.links import link
from reports.dashboards.parts import Fact, Line, Tile
from reports.figures import figure
from villages import scope
from villages.models import Post, Village

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """A recognition the village is on its way to, and the milestone that comes next."""

    title: str
    stage: str
    href: str
    next: Milestone | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A visit of a unit that is paired with the village."""

    on: dt.date
    unit: str
    done: str
    href: str


@dataclass(frozen=True, slots=True)
class Around:
    facts: tuple[Fact, ...]
    honours: tuple[Honour, ...]
    honours_href: str
    plans: tuple[Plan, ...]
    calls: tuple[Call, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.honours or self.plans or self.calls)


def around(village: Village, day: dt.date, user: Any) -> Around:
    """Each part as this person may see it, as it is on the day."""
    pairings = list(Pairing.objects.visible_to(user).filter(village=village).on(day).select_related("unit").in_order())
    plans = _plans(village, day, user)
    honours = Honour.objects.visible_to(user).filter(village=village).awarded()
    return Around(
        facts=(*_people(village, day, user), *_helpers(pairings), *_recognition(plans)),
        honours=tuple(honours.select_related("kind", "village").newest_first()[:SHOWN]),
        honours_href=f"{link('points:honour-list')}?village={village.code}&state=awarded",
        plans=plans,
        calls=_calls(pairings),
    )


def objections_tile(village: Village, day: dt.date, user: Any) -> tuple[Tile, ...]:
    """Nothing for whoever does not read objections."""
    if not scope.covers(user, OBJECTION_READERS, village):
        return ()
    found = Objection.objects.visible_to(user).filter(village=village).open()
    counts = found.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)))
    line = Line(f"{counts['late']} 件逾期", "err") if counts["late"] else Line("没有逾期")
    href = f"{link('points:objection-list')}?village={village.code}"
    shown = figure("objections", counts["all"])
    return (Tile("异议在办", shown.shown, shown, "件", (line,), href),)


def _people(village: Village, day: dt.date, user: Any) -> tuple[Fact, ...]:
    kinds = (Post.Kind.SECRETARY, Post.Kind.OVERSIGHT)
    posts = Post.objects.visible_to(user).filter(village=village, kind__in=kinds).on(day).order_by("pk")
    names: dict[str, list[str]] = defaultdict(list)
    for post in posts:
        names[post.kind].append(post.name)
    return tuple(Fact(kind.label, "、".join(names[kind])) for kind in kinds if names[kind])


def _helpers(pairings: list[Pairing]) -> tuple[Fact, ...]:
    if not pairings:
        return ()
    names = "、".join(f"{one.unit.name}（{one.get_role_display()}）" for one in pairings)
    return (Fact("结对单位", names, link("demos:pairing", pairings[0].pk) if len(pairings) == 1 else ""),)


def _recognition(plans: tuple[Plan, ...]) -> tuple[Fact, ...]:
    return tuple(Fact("示范创建", f"{plan.title}，{plan.stage}", plan.href) for plan in plans[:1])


def _plans(village: Village, day: dt.date, user: Any) -> tuple[Plan, ...]:
    candidates = list(Candidate.objects.visible_to(user).filter(village=village).open().with_places().in_order())
    ahead: dict[int, Milestone] = {}
    open_ones = Milestone.objects.filter(candidate__in=candidates, done_on__isnull=True)
    for milestone in open_ones.order_by("planned_on", "pk") if candidates else ():
        ahead.setdefault(milestone.candidate_id, milestone)
    return tuple(_plan(one, ahead.get(one.pk), day) for one in candidates)


def _plan(candidate: Candidate, ahead: Milestone | None, day: dt.date) -> Plan:
    late = ahead is not None and ahead.planned_on < day
    return Plan(candidate.programme.title, candidate.stage.name, link("demos:candidate", candidate.pk), ahead, late)


def _calls(pairings: list[Pairing]) -> tuple[Call, ...]:
    if not pairings:
        return ()
    units = {one.pk: one.unit.name for one in pairings}
    visits = Visit.objects.filter(pairing__in=pairings).order_by("-on", "-pk")[:SHOWN]
    return tuple(Call(one.on, units[one.pairing_id], one.done, link("demos:pairing", one.pairing_id)) for one in visits)
