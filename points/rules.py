"""Rule sets: drafted from the reference, adopted by a meeting, published, replaced by the next version."""

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from points import permissions, rule_guards
from points.models import Rule, RuleSet
from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused
from villages import pinyin
from villages.models import Township, User, Village

CATALOGUE = Path(__file__).parent / "data" / "rules_catalogue.csv"


class CannotPublishRules(Refused):
    """The version cannot be published."""


class NoRules(Refused):
    """No published version covers the village on that day."""


@dataclass(frozen=True)
class Adoption:
    """The meeting that adopted a version: its kind, day, heads counted and the number of its record."""

    meeting: str
    held_on: dt.date
    expected: int
    attended: int
    agreed: int
    decision: str = ""

    def shortfall(self) -> str:
        """Why the meeting does not carry the decision, or nothing.

        Half of the villagers, or two thirds of household heads or delegates, must be there; half of those agree.
        """
        if not 0 <= self.agreed <= self.attended <= self.expected:
            return "同意人数不多于到会人数，到会人数不多于应到人数"
        quorum_met = (
            self.attended * 2 > self.expected
            if self.meeting == RuleSet.Meeting.ALL
            else self.attended * 3 >= self.expected * 2
        )
        if not quorum_met:
            return f"到会 {self.attended} / 应到 {self.expected}，没有达到法定人数"
        return "" if self.agreed * 2 > self.attended else f"同意 {self.agreed} / 到会 {self.attended}，没有过半数"


@dataclass(frozen=True)
class Filing:
    """The township's receipt of a village's version: the day and who took it."""

    filed_on: dt.date
    received_by: str


def in_force(village: Village, on: dt.date) -> RuleSet | None:
    """The adopted version a village follows on a day: its own before its township's. The reference binds nobody."""
    adopted = RuleSet.objects.in_force(on).for_village(village).exclude(scope=RuleSet.Scope.DISTRICT)
    return adopted.first()


def usable(village: Village, on: dt.date) -> QuerySet[Rule]:
    """The rules that may be used in a village on a day, in code order."""
    return Rule.objects.filter(rule_set=in_force(village, on)).in_code_order()


def find(village: Village, code: str, on: dt.date) -> Rule:
    """The rule of that code in force. Raises NoRules."""
    rule = usable(village, on).filter(code=code).first()
    if rule is None:
        raise NoRules(f"{on:%Y-%m-%d} 的细则里没有 {code}")
    return rule


@transaction.atomic
def draft(
    *,
    title: str,
    year: int,
    by: User | None,
    township: Township | None = None,
    village: Village | None = None,
    based_on: RuleSet | None = None,
) -> RuleSet:
    """A new version, with the rules of the one it is based on or, for the first reference, of the shipped catalogue."""
    kind = RuleSet.Scope.VILLAGE if village else RuleSet.Scope.TOWNSHIP if township else RuleSet.Scope.DISTRICT
    rule_set = RuleSet.objects.create(
        scope=kind, township=township, village=village, title=title, year=year, based_on=based_on, made_by=by
    )
    if based_on:
        rule_set.star_points, rule_set.lasting_codes = based_on.star_points, based_on.lasting_codes
        rule_set.save(update_fields=["star_points", "lasting_codes"])
    if based_on:
        copy(source=based_on.rules.order_by("code"), target=rule_set)
    else:
        Rule.objects.bulk_create(_catalogue(rule_set))
    return rule_set


@transaction.atomic
def publish(
    *,
    rule_set: RuleSet,
    by: User,
    effective_from: dt.date,
    adoption: Adoption | None = None,
    filing: Filing | None = None,
    deductions_checked: bool = False,
    now: dt.datetime,
) -> RuleSet:
    """Make a version count from a day on and end the one before it.

    Meeting and filing may have been recorded before or come along. `deductions_checked` is the publisher's word that
    deductions other than the reference's touch no statutory right. Raises CannotPublishRules.
    """
    rule_set = RuleSet.objects.select_for_update(of=("self",)).get(pk=rule_set.pk)
    if rule_set.state not in (RuleSet.State.DRAFT, RuleSet.State.CONSULTATION):
        raise CannotPublishRules("已发布的版本不能改，可以新建一版", "U-02")
    if not permissions.can_publish_rules(by, rule_set):
        raise CannotPublishRules("这一版由区级或乡镇分管领导发布")
    for field, value in {**(vars(adoption) if adoption else {}), **(vars(filing) if filing else {})}.items():
        setattr(rule_set, field, value)
    _check_adopted(rule_set)
    _check_deductions(rule_set, deductions_checked)
    _end_previous(rule_set, effective_from)
    rule_set.deductions_checked = deductions_checked
    rule_set.state = RuleSet.State.PUBLISHED
    rule_set.effective_from, rule_set.published_by, rule_set.published_at = effective_from, by, now
    rule_set.save()
    _covered(rule_set).update(uses_points=True)
    audit.record(actor=by, action="rules.publish", target=rule_set.title, at=now)
    return rule_set


def _covered(rule_set: RuleSet) -> QuerySet[Village]:
    """The villages that an adopted version binds; the reference binds none."""
    if rule_set.scope == RuleSet.Scope.TOWNSHIP:
        return Village.objects.filter(township=rule_set.township)
    return Village.objects.filter(ruleset=rule_set.pk)


def recorded(rule_set: RuleSet) -> Adoption | None:
    """The meeting written down for a version, if there is one."""
    if not rule_set.held_on or rule_set.expected is None or rule_set.attended is None or rule_set.agreed is None:
        return None
    heads = (rule_set.expected, rule_set.attended, rule_set.agreed)
    return Adoption(rule_set.meeting, rule_set.held_on, *heads, rule_set.decision)


def _check_adopted(rule_set: RuleSet) -> None:
    if rule_set.scope == RuleSet.Scope.DISTRICT:
        return
    adoption = recorded(rule_set)
    if adoption is None:
        raise CannotPublishRules("发布前填写村民会议或代表会议的记录")
    if shortfall := adoption.shortfall():
        raise CannotPublishRules(shortfall)
    if rule_set.scope == RuleSet.Scope.VILLAGE and not (rule_set.filed_on and rule_set.received_by):
        raise CannotPublishRules("村级细则先报乡镇街道备案，再发布")


def _check_deductions(rule_set: RuleSet, checked: bool) -> None:
    if not checked and own_deductions(rule_set):
        raise CannotPublishRules(rule_guards.GUARD, "U-01")


def own_deductions(rule_set: RuleSet) -> list[Rule]:
    """Deductions that the version does not share, as they are, with the one it is drafted from (or the catalogue)."""
    source = rule_set.based_on.rules.all() if rule_set.based_on else _catalogue(rule_set)
    known = {(rule.code, rule.item, rule.max_points) for rule in source}
    found = rule_set.rules.filter(kind=Rule.Kind.DEDUCTION).in_code_order()
    return [rule for rule in found if (rule.code, rule.item, rule.max_points) not in known]


def _end_previous(rule_set: RuleSet, effective_from: dt.date) -> None:
    same_place = RuleSet.objects.filter(
        scope=rule_set.scope, township=rule_set.township, village=rule_set.village, state=RuleSet.State.PUBLISHED
    )
    if same_place.filter(effective_from__gte=effective_from).exists():
        raise CannotPublishRules("生效日期要晚于现行版本的生效日期")
    same_place.update(state=RuleSet.State.RETIRED, effective_to=effective_from - dt.timedelta(days=1))


def copy(*, source: Iterable[Rule], target: RuleSet) -> None:
    """Put the same items into a draft."""
    rules = list(source)
    for rule in rules:
        rule.pk, rule.rule_set = None, target
        rule._state.adding = True
    Rule.objects.bulk_create(rules)


def _catalogue(rule_set: RuleSet) -> list[Rule]:
    with CATALOGUE.open(encoding="utf-8", newline="") as lines:
        return [_rule(rule_set, row) for row in csv.DictReader(lines)]


def _rule(rule_set: RuleSet, row: dict[str, str]) -> Rule:
    return Rule(
        rule_set=rule_set,
        code=row["code"],
        item=row["item"],
        initials=pinyin.first_letters(row["item"]),
        dimension={"自治": "self", "法治": "law", "德治": "virtue"}[row["dimension"]],
        joy={"乐学": "learn", "乐居": "live", "乐业": "work", "乐善": "kind", "乐和": "harmony"}[row["joy"]],
        kind=row["kind"],
        # Nothing earned is no entry: an item scored from nought begins at one point.
        min_points=max(1, int(row["min_points"])),
        max_points=int(row["max_points"]),
        default_points=int(row["default_points"]),
        unit=row["unit"],
        cap_count=int(row["cap_count"]) if row["cap_count"] else None,
        cap_points=int(row["cap_points"]) if row["cap_points"] else None,
        cap_period=row["cap_period"],
        evidence=row["evidence"],
        evidence_note=row["evidence_note"],
        basis={"practice": "各地通行做法", "proposal": "建议"}.get(row["basis"], row["basis"]),
    )
