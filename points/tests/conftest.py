"""A published reference and a village's draft made from it; a points store with washing liquid in it."""

import uuid

import pytest

from conftest import NOW, SINCE
from points import drafting, rules, stock, store
from points.models import Item, Outlet, RuleSet
from points.tests.shop import give, open_outlet
from qianjiang_portal.testing_kept import kept


@pytest.fixture
@kept
def reference(rule_set, district_officer):
    found = RuleSet.objects.get(scope="district")
    return rules.publish(rule_set=found, by=district_officer, effective_from=SINCE, now=NOW)


@pytest.fixture
@kept
def draft(reference, district, clerk):
    return drafting.begin(year=2027, village=district.tongmu, by=clerk, now=NOW)


@pytest.fixture
@kept
def outlet(district, counter) -> Outlet:
    return open_outlet(district, counter)


@pytest.fixture
@kept
def soap(outlet, counter) -> Item:
    item = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=20, unit="瓶", by=counter, now=NOW)
    stock.receive(item=item, quantity=10, by=counter, now=NOW)
    item.refresh_from_db()
    return item


@pytest.fixture
@kept
def home(district):
    give(district.homes[0], 100)
    return district.homes[0]


@pytest.fixture
def redeem(outlet, soap, home, counter):
    def press(quantity=1, **given):
        asked = {"household": home, "basket": {soap.pk: quantity}, "key": uuid.uuid4(), "by": counter, "now": NOW}
        return store.redeem(outlet=outlet, **(asked | given))

    return press
