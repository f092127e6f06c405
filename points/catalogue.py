"""Rule sets to read: their items by 三治, the one looked at, and the meeting that adopted them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from points.models import Rule, RuleSet, RuleUsage
from points.models.rules import Dimension, Joy
from villages import search
from villages.models import Village


@dataclass(frozen=True)
class Filters:
    """Each is a value of its choices or empty; `q` is a code, first letters or a part of the item."""

    dimension: str = ""
    joy: str = ""
    kind: str = ""
    q: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        allowed = {"dimension": Dimension.values, "joy": Joy.values, "kind": Rule.Kind.values}
        chosen = {name: given.get(name, "") for name in allowed}
        valid = {name: value for name, value in chosen.items() if value in allowed[name]}
        return cls(**valid, q=given.get("q", "").strip())

    @property
    def are_set(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def apply(self, rules: QuerySet[Rule]) -> QuerySet[Rule]:
        exact = {name: value for name in ("dimension", "joy", "kind") if (value := getattr(self, name))}
        return rules.filter(matching(self.q), **exact)


@dataclass(frozen=True)
class Band:
    """The items of one of the 三治, in code order."""

    dimension: str
    label: str
    rules: list[Rule]


@dataclass(frozen=True)
class Detail:
    """What stands beside the table about one item: how often it was used this year, and who narrowed it."""

    rule: Rule
    year: int
    used: int
    narrowed: list[Rule]


def matching(text: str) -> Q:
    """Rules that answer to a code, to first letters or to a part of their item."""
    wanted = search.clean(text)
    if not wanted:
        return Q()
    return Q(code__istartswith=wanted) | Q(initials__icontains=wanted) | Q(item__contains=wanted)


def versions(user: Any) -> QuerySet[RuleSet]:
    """Versions the person may read, with `items` counted: the reference first, then by place, the newest first."""
    return (
        RuleSet.objects.visible_to(user)
        .select_related("township", "village__township")
        .annotate(items=Count("rules", distinct=True))
        .order_by("scope", "township__code", "village__code", "-year", "-pk")
    )


def bands(rules: QuerySet[Rule]) -> list[Band]:
    items = list(rules.order_by("code"))
    grouped = (
        Band(value, label, [rule for rule in items if rule.dimension == value]) for value, label in Dimension.choices
    )
    return [band for band in grouped if band.rules]


def detail(rule: Rule, user: Any, year: int) -> Detail:
    """Usage counts only villages the person may see, under whichever version of the item was in force there."""
    uses = RuleUsage.objects.filter(
        village__in=Village.objects.visible_to(user), rule__code=rule.code, period__startswith=f"{year}-"
    )
    narrowed = Rule.objects.visible_to(user).filter(
        rule_set__based_on=rule.rule_set_id, rule_set__state=RuleSet.State.PUBLISHED, code=rule.code
    )
    kept = Q(min_points=rule.min_points, max_points=rule.max_points)
    return Detail(
        rule=rule,
        year=year,
        used=uses.aggregate(sum=Sum("count"))["sum"] or 0,
        narrowed=list(narrowed.exclude(kept).select_related("rule_set").order_by("rule_set__title")),
    )


def adopted_by(rule_set: RuleSet) -> tuple[int, int]:
    """How many townships and villages have a published version made from this one."""
    adaptations = rule_set.adaptations.filter(state=RuleSet.State.PUBLISHED)
    return (
        adaptations.filter(scope=RuleSet.Scope.TOWNSHIP).values("township").distinct().count(),
        adaptations.filter(scope=RuleSet.Scope.VILLAGE).values("village").distinct().count(),
    )


def adoption(rule_set: RuleSet) -> str:
    """The meeting as a fact, with the share that the law asks for; empty where none is recorded."""
    if not (rule_set.meeting and rule_set.held_on and rule_set.expected and rule_set.attended is not None):
        return ""
    heads = f"应到 {rule_set.expected} 人，到会 {rule_set.attended} 人，{_share(rule_set)}，同意 {rule_set.agreed} 人"
    record = f"，{rule_set.decision}" if rule_set.decision else ""
    return f"{rule_set.held_on:%Y-%m-%d} {rule_set.get_meeting_display()}，{heads}{record}"


def _share(rule_set: RuleSet) -> str:
    expected, attended = rule_set.expected or 0, rule_set.attended or 0
    if rule_set.meeting == RuleSet.Meeting.ALL:
        return "超过一半" if attended * 2 > expected else "没有过半"
    return "达到三分之二" if attended * 3 >= expected * 2 else "没有达到三分之二"
