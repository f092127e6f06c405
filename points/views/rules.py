"""积分细则 to read: the versions, and one version with the item looked at beside it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from points import catalogue, permissions, rule_pages
from points.models import Rule, RuleSet
from points.models.rules import Dimension, Joy
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.htmx import page_or_partial

SIDE = "rule-side"


@require_safe
def rule_set_list(request: HttpRequest) -> HttpResponse:
    begins = bool(rule_pages.places(request.user))
    context = {"versions": list(catalogue.versions(request.user)), "begins": begins}
    return render(request, "points/rules/list.html", context)


@require_safe
def rule_set(request: HttpRequest, pk: int) -> HttpResponse:
    """One version. `?rule=` names the item beside the table; a script that asks for the side alone gets it alone."""
    version = get_object_or_404(RuleSet.objects.visible_to(request.user), pk=pk)
    partial = "side" if request.htmx.target == SIDE else "table"
    return page_or_partial(request, "points/rules/detail.html", partial, _shown(request, version))


def _shown(request: HttpRequest, version: RuleSet) -> dict[str, Any]:
    filters = catalogue.Filters.read(request.GET)
    bands = catalogue.bands(filters.apply(version.rules.all()))
    rules = [rule for band in bands for rule in band.rules]
    chosen = _chosen(rules, request.GET.get("rule", ""))
    return {
        "version": version,
        "versions": list(catalogue.versions(request.user)),
        "filters": filters,
        "bands": bands,
        "count": len(rules),
        "detail": catalogue.detail(chosen, request.user, calendar.today().year) if chosen else None,
        "adoption": catalogue.adoption(version),
        "reads_minutes": bool(version.minutes_id) and permissions.can_read_minutes(request.user, version),
        "drafts": version.state == RuleSet.State.DRAFT and permissions.can_draft_rules(request.user, version),
        "moves": version.state in (RuleSet.State.DRAFT, RuleSet.State.CONSULTATION)
        and (
            permissions.can_draft_rules(request.user, version) or permissions.can_publish_rules(request.user, version)
        ),
        "adopted_by": catalogue.adopted_by(version) if version.scope == RuleSet.Scope.DISTRICT else None,
        "dimensions": Dimension.choices,
        "joys": Joy.choices,
        "rule_kinds": Rule.Kind.choices,
    }


def _chosen(rules: list[Rule], code: str) -> Rule | None:
    return next((rule for rule in rules if rule.code == code), rules[0] if rules else None)
