"""A points store for tests: an outlet in 桐木村, and points to spend there."""

import datetime as dt
import uuid

from conftest import NOW
from points import ledger, rules, stock
from points.models import Rule, RuleSet
from points.models.ledger import Kind
from points.seals import rule_name


def give(household, points):
    """Points to spend, posted as an opening; where something was posted before, as any other line."""
    facts = as_later(points) if household.entries.exists() else {"kind": Kind.OPENING}
    source = f"opening:{uuid.uuid4().hex[:12]}"
    line = ledger.Line.of(household, source=source, points=points, occurred_on=NOW.date(), **facts)
    ledger.post(village=household.village, lines=[line], now=NOW)


def as_later(points):
    if not Rule.objects.exists():
        reference, _ = RuleSet.objects.get_or_create(scope="district", defaults={"title": "参考细则", "year": 2026})
        Rule.objects.bulk_create(rules._catalogue(reference))
    kind = Kind.AWARD if points > 0 else Kind.DEDUCTION
    rule = Rule.objects.filter(kind=kind).order_by("pk").first()
    return {
        "kind": kind,
        "rule_id": rule.pk,
        "rule": rule_name(rule.rule_set_id, rule.code),
        "dimension": rule.dimension,
        "joy": rule.joy,
    }


def open_outlet(district, counter):
    return stock.keep_outlet(
        village=district.tongmu,
        name="桐木村积分超市",
        serves=[district.tongmu, district.sanmen],
        weekdays="1234567",
        opens_at=dt.time(8),
        closes_at=dt.time(18),
        by=None,
        now=NOW,
        keepers=[counter],
    )
