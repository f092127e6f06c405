"""A published reference and a village's draft made from it."""

import pytest

from conftest import NOW, SINCE
from points import drafting, rules
from points.models import RuleSet


@pytest.fixture
def reference(rule_set, district_officer):
    found = RuleSet.objects.get(scope="district")
    return rules.publish(rule_set=found, by=district_officer, effective_from=SINCE, now=NOW)


@pytest.fixture
def draft(reference, district, clerk):
    return drafting.begin(year=2027, village=district.tongmu, by=clerk, now=NOW)
