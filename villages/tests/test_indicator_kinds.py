"""指标设定: the district's list, whose units stay once villages have reported."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.models import AuditEvent, Change
from villages import indicator_kinds, indicators
from villages.indicator_kinds import CannotDefine, Facts
from villages.indicators import Typed
from villages.models import Indicator
from villages.tests.test_indicators import text

LIST, NEW = reverse("villages:indicator-kind-list"), reverse("villages:indicator-kind-new")
FACTS = Facts(name="村集体收入", unit="万元", source="财务账", decimals=2, position=3)
SENT = {
    "code": "income",
    "name": "村集体收入",
    "unit": "万元",
    "kind": "flow",
    "decimals": "2",
    "source": "财务账",
    "meaning": "",
    "position": "3",
    "is_active": "on",
}


@pytest.fixture
def income(district_officer):
    return indicator_kinds.define(code="income", facts=FACTS, by=district_officer, now=NOW)


@pytest.fixture
def reported(income, district, clerk):
    cells = {(district.tongmu.pk, income.pk): Typed(Decimal("12.34"))}
    indicators.report(period=periods.parse("2026Q3"), cells=cells, by=clerk, now=NOW)
    return income


def changed(**more):
    return Facts(**{**FACTS.__dict__, **more})


def amend(indicator, by, **more):
    return indicator_kinds.amend(indicator=indicator, facts=changed(**more), by=by, now=NOW)


def test_a_code_given_by_two_at_once_is_given_once(income, district_officer, monkeypatch):
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # as both see it before either has written
    with pytest.raises(CannotDefine, match="代码 income 已经用了，换一个"):
        indicator_kinds.define(code="income", facts=replace(FACTS, name="外出务工"), by=district_officer, now=NOW)


def test_only_the_district_defines(income, clerk, leader, admin_person):
    for person in (clerk, leader, admin_person):
        with pytest.raises(CannotDefine, match="指标由区级设定"):
            indicator_kinds.define(code="another", facts=FACTS, by=person, now=NOW)
        with pytest.raises(CannotDefine, match="指标由区级设定"):
            amend(income, person, unit="元")


@pytest.mark.parametrize(
    ("code", "more", "field", "why"),
    [
        ("Income 2", {}, "code", "代码用 2 到 30 个小写字母"),
        ("income", {}, "code", "代码 income 已经用了，换一个"),
        ("second", {}, "name", "在用的指标里已有“村集体收入”（万元）"),
        ("second", {"name": " "}, "name", "名称没有填写"),
        ("second", {"name": "甲", "unit": ""}, "unit", "单位没有填写"),
        ("second", {"name": "甲", "unit": "万" * 9}, "unit", "单位最多 8 个字"),
        ("second", {"name": "甲", "source": ""}, "source", "数据来源没有填写"),
        ("second", {"name": "甲", "decimals": 3}, "decimals", "小数位是 0、1 或 2"),
        ("second", {"name": "甲", "kind": "other"}, "kind", "类别选本季发生数或季末数"),
    ],
)
def test_what_no_indicator_is(income, district_officer, code, more, field, why):
    with pytest.raises(CannotDefine, match=why) as refused:
        indicator_kinds.define(code=code, facts=changed(**more), by=district_officer, now=NOW)
    assert refused.value.field == field


def test_everything_changes_until_somebody_reported(income, district_officer):
    amend(income, district_officer, unit="元", kind="stock", decimals=0, name="集体收入")
    income.refresh_from_db()
    assert (income.unit, income.kind, income.decimals, income.name) == ("元", "stock", 0, "集体收入")
    event = AuditEvent.objects.get(action="indicator.amend")
    assert event.facts == {"code": "income", "changed": "名称、单位、小数位、类别"}
    amend(income, district_officer, unit="元", kind="stock", decimals=0, name="集体收入")
    assert AuditEvent.objects.filter(action="indicator.amend").count() == 1


def test_a_reported_unit_stays(reported, district_officer):
    for more, why in (
        ({"unit": "元"}, "单位不能改"),
        ({"kind": "stock"}, "类别不能改"),
        ({"decimals": 1}, "小数位更多"),
    ):
        with pytest.raises(CannotDefine, match=why):
            amend(reported, district_officer, **more)
    amend(reported, district_officer, name="集体经济收入", source="三资平台", position=9, is_active=False)
    reported.refresh_from_db()
    assert (reported.name, reported.source, reported.is_active) == ("集体经济收入", "三资平台", False)


def test_the_database_keeps_what_was_reported(reported):
    for more in ({"unit": "元"}, {"kind": "stock"}, {"code": "other"}):
        with pytest.raises(IntegrityError, match="villages_indicator_means_what_was_reported"), transaction.atomic():
            Indicator.objects.filter(pk=reported.pk).update(**more)
    with pytest.raises(IntegrityError, match="villages_indicator_keeps_reported_decimals"), transaction.atomic():
        Indicator.objects.filter(pk=reported.pk).update(decimals=1)
    with pytest.raises(IntegrityError, match="villages_indicator_is_told"), transaction.atomic():
        Indicator.objects.filter(pk=reported.pk).update(source="")
    with pytest.raises(IntegrityError, match="villages_indicator_in_use_has_its_own_name"), transaction.atomic():
        Indicator.objects.create(code="twin", name=reported.name, unit="元", source="账")
    Indicator.objects.create(code="old", name=reported.name, unit="元", source="账", is_active=False)


def test_the_page_makes_and_changes(district_officer, clerk, signed_in):
    client = signed_in(district_officer)
    wrong = client.post(NEW, SENT | {"code": "1x", "unit": ""})
    assert wrong.status_code == 422
    assert "有 2 处要改" in text(wrong)
    assert "单位没有填写" in text(wrong)
    made = client.post(NEW, SENT, follow=True)
    assert "指标“村集体收入”已建立" in text(made)
    assert "在用，还没有报数" in text(made)
    kind = Indicator.objects.get()
    page = reverse("villages:indicator-kind", args=[kind.pk])
    done = client.post(page, SENT | {"unit": "元", "decimals": "0"}, follow=True)
    assert "已保存" in text(done)
    assert Change.objects.filter(table="villages_indicator").exists()
    assert signed_in(clerk).get(page).status_code == 403


def test_a_reported_unit_is_not_even_asked_for(reported, district_officer, signed_in):
    client = signed_in(district_officer)
    page = reverse("villages:indicator-kind", args=[reported.pk])
    assert "已有村报过数，单位不能改；要换就停用这个指标，另建一个" in text(client.get(page))
    client.post(page, SENT | {"unit": "元", "source": "三资平台"})
    reported.refresh_from_db()
    assert (reported.unit, reported.source) == ("万元", "三资平台")
    like = client.get(f"{NEW}?like={reported.pk}")
    assert 'value="村集体收入"' in like.content.decode()
    assert "先停用它或换个名称" in text(client.post(NEW, SENT | {"code": "income_yuan", "unit": "元"}))
    client.post(page, SENT | {"is_active": ""})
    client.post(NEW, SENT | {"code": "income_yuan", "unit": "元"})
    assert list(Indicator.objects.in_use().values_list("code", "unit")) == [("income_yuan", "元")]


def test_the_list_costs_the_same_for_one_and_for_many(income, district_officer, signed_in):
    client, costs = signed_in(district_officer), []
    for more in (0, 3):
        for at in range(more):
            indicator_kinds.define(code=f"k{at}", facts=changed(name=f"甲{at}"), by=district_officer, now=NOW)
        client.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        costs.append(len(asked))
    assert costs[0] == costs[1]
