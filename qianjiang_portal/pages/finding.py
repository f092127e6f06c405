"""What the search box finds: five of each kind, within what the person may see."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from points import catalogue, passbooks, permissions, typed_numbers
from points.models import Batch, Doubt, Notice, Objection, Rule, RuleSet
from qianjiang_portal.foundation import calendar
from villages import scope
from villages import search as by_text
from villages.models import Household, Village

MOST = 5


@dataclass(frozen=True)
class Result:
    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    """Results of one kind; `more` leads to the whole list where there are others."""

    label: str
    results: list[Result]
    more: str = ""


def may_find_households(user: Any) -> bool:
    return scope.holds(user, *scope.HOUSEHOLD_READERS)


def households(user: Any, text: str) -> Group:
    found = Household.objects.visible_to(user).filter(by_text.households(text))
    rows = list(passbooks.with_figures(found.select_related("village__township", "grid")).in_number_order()[: MOST + 1])
    results = [
        Result(
            row.head_name,
            f"{row.village.full_name}{row.grid.name}，户号 {row.short_number}，可兑换 {row.available} 分",
            reverse("points:passbook", args=[row.pk]),
        )
        for row in rows[:MOST]
    ]
    return Group("农户", results, f"{reverse('points:passbook-list')}?q={text}" if len(rows) > MOST else "")


def groups(user: Any, text: str) -> list[Group]:
    """Everything but households, empty kinds left out."""
    found = [
        _villages(user, text),
        _rules(user, text),
        _batches(user, text),
        _notices(user, text),
        _objections(user, text),
    ]
    return [group for group in found if group.results]


def _villages(user: Any, text: str) -> Group:
    villages = Village.objects.visible_to(user).filter(by_text.villages(text)).select_related("township")
    results = [
        Result(village.full_name, f"代码 {village.code}", reverse("reports:village", args=[village.code]))
        for village in villages.in_code_order()[:MOST]
    ]
    return Group("村和社区", results)


def _rules(user: Any, text: str) -> Group:
    """Items in force, each once: the most particular version the person may read."""
    in_force = RuleSet.objects.visible_to(user).in_force(calendar.today())
    rules: QuerySet[Rule] = Rule.objects.filter(catalogue.matching(text), rule_set__in=in_force.values("pk"))
    once = rules.select_related("rule_set").order_by("code", "-rule_set__scope", "-rule_set__year").distinct("code")
    results = [
        Result(
            str(rule),
            f"{rule.range_text} 分，{rule.cap_text}，{rule.rule_set.title}",
            f"{reverse('points:rule-set', args=[rule.rule_set_id])}?rule={rule.code}",
        )
        for rule in once[:MOST]
    ]
    return Group("事项", results)


def _batches(user: Any, text: str) -> Group:
    by = Q(number__contains=text) | Q(rule__item__contains=text) | Q(village__short_name__contains=text)
    batches = Batch.objects.visible_to(user).filter(by).select_related("village", "rule", "maker")
    results = [
        Result(
            f"批次 {batch.number}",
            f"{batch.title}，{batch.maker.name}录入，{batch.get_state_display()}",
            reverse("points:batch", args=[batch.number]),
        )
        for batch in batches.order_by("-made_at")[:MOST]
    ]
    return Group("批次", results)


def _notices(user: Any, text: str) -> Group:
    by = Q(code__icontains=text) | Q(code=typed_numbers.notice_code(text)) | Q(village__short_name__contains=text)
    readers = scope.within(user, permissions.NOTICE_READERS)
    notices = Notice.objects.visible_to(user).filter(by, readers).select_related("village__township")
    results = [
        Result(
            f"公示 {notice.code}",
            f"{notice.village.full_name}，{notice.starts_on:%Y-%m-%d}—{notice.ends_on:%Y-%m-%d}，{notice.get_state_display()}",
            reverse("points:notice", args=[notice.code]),
        )
        for notice in notices.order_by("-starts_on")[:MOST]
    ]
    return Group("公示", results)


def _objections(user: Any, text: str) -> Group:
    """The one whose number was told; objections to points, honours and year ends count in one series."""
    number = typed_numbers.objection_number(text)
    if not number:
        return Group("异议", [])
    about_points = Objection.objects.visible_to(user).filter(number=number).select_related("village__township")
    about_others = Doubt.objects.visible_to(user).filter(number=number).select_related("village__township")
    found = [(one, "points:objection") for one in about_points] + [(one, "points:doubt") for one in about_others]
    return Group("异议", [_objection(one, reverse(page, args=[one.number])) for one, page in found])


def _objection(one: Objection | Doubt, url: str) -> Result:
    return Result(
        f"异议 {one.number}",
        f"{one.village.full_name}，{one.due_on:%Y-%m-%d} 前答复，{one.get_state_display()}",
        url,
    )
