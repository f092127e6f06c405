"""指标填报: a township's grid, what keeps it from being saved, and the figures by name."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW
from qianjiang_portal.foundation import metrics, periods
from villages import indicators
from villages.indicators import CannotReport, Typed
from villages.models import Indicator, IndicatorValue

Q3, Q4 = periods.parse("2026Q3"), periods.parse("2026Q4")
GRID = reverse("villages:indicator-grid", args=["2026Q4", "500114112"])


def text(response, path="//main"):
    return " ".join(html.fromstring(response.content.decode()).xpath(path)[0].text_content().split())


def values(period="2026Q4"):
    rows = IndicatorValue.objects.filter(period=period).order_by("village__code", "indicator__code")
    return list(rows.values_list("village__short_name", "indicator__code", "value", "note"))


@pytest.fixture
def income(db):
    return Indicator.objects.create(
        code="income", name="集体收入", unit="万元", decimals=2, source="财务账", position=1
    )


@pytest.fixture
def cases(db):
    return Indicator.objects.create(
        code="cases", name="调解成功", unit="件", source="登记簿", position=2, kind=Indicator.Kind.FLOW
    )


@pytest.fixture
def report(district, clerk):
    def put(period, *cells):
        given = {(village.pk, kind.pk): Typed(Decimal(value), note) for village, kind, value, note in cells}
        return indicators.report(period=period, cells=given, by=clerk, now=NOW)

    return put


def test_the_grid_keeps_what_was_typed(district, income, cases, clerk, signed_in):
    client = signed_in(clerk)
    cell = f"{district.tongmu.pk}-{income.pk}"
    response = client.post(GRID, {f"v-{cell}": "１２.5 万元", f"v-{district.sanmen.pk}-{cases.pk}": "3"}, follow=True)

    assert "2026年第四季度指标已保存，改动 2 格" in text(response)
    assert values() == [("三门社区", "cases", 3, ""), ("桐木村", "income", Decimal("12.50"), "")]
    assert f'name="v-{cell}" value="12.5"' in response.content.decode()
    assert "改动 0 格" in text(
        client.post(GRID, {f"v-{cell}": "12.5", f"v-{district.sanmen.pk}-{cases.pk}": "3"}, follow=True)
    )


def test_an_emptied_cell_is_taken_back(district, income, report, clerk, signed_in):
    report(Q4, (district.tongmu, income, "5", ""))
    signed_in(clerk).post(GRID, {f"v-{district.tongmu.pk}-{income.pk}": ""})

    assert values() == []


@pytest.mark.parametrize(
    ("typed", "problem"), [("十", "只填数字"), ("-1", "填 0 或更大的数"), ("1.5", "填整数"), ("NaN", "填 0 或更大的数")]
)
def test_what_is_no_figure_is_said_beside_its_cell(district, cases, clerk, signed_in, typed, problem):
    response = signed_in(clerk).post(GRID, {f"v-{district.tongmu.pk}-{cases.pk}": typed})

    assert response.status_code == 422
    assert f"桐木村 调解成功：{problem}" in text(response)
    assert values() == []


def test_ten_times_the_last_quarter_asks_for_a_note(district, income, report, clerk, signed_in):
    report(Q3, (district.tongmu, income, "5", ""))
    client, cell = signed_in(clerk), f"{district.tongmu.pk}-{income.pk}"

    refused = client.post(GRID, {f"v-{cell}": "50"})
    assert "桐木村 集体收入：50万元，上季度 5万元，写明原因" in text(refused)
    assert (refused.status_code, values()) == (422, [])
    client.post(GRID, {f"v-{cell}": "50", f"n-{cell}": "四季度一次收齐地租"})
    assert values() == [("桐木村", "income", 50, "四季度一次收齐地租")]


def test_the_function_and_the_database_ask_for_the_note_too(district, income, report):
    report(Q3, (district.tongmu, income, "5", ""))

    with pytest.raises(CannotReport, match="集体收入是上季度的十倍以上，写明原因"):
        report(Q4, (district.tongmu, income, "50", ""))
    report(Q4, (district.tongmu, income, "49.99", ""))
    with pytest.raises(IntegrityError, match="villages_indicator_jump_has_a_note"), transaction.atomic():
        IndicatorValue.objects.filter(period="2026Q4").update(value=50)


def test_a_quarter_that_has_not_begun_is_not_reported(district, income, report):
    with pytest.raises(CannotReport, match="2027年第一季度还没有开始"):
        report(periods.parse("2027Q1"), (district.tongmu, income, "5", ""))


def test_another_townships_clerk_reports_nothing_here(district, income, stranger, signed_in):
    with pytest.raises(CannotReport, match="桐木村不归本岗位填报"):
        indicators.report(period=Q4, cells={(district.tongmu.pk, income.pk): Typed(Decimal(1))}, by=stranger, now=NOW)
    assert signed_in(stranger).get(GRID).status_code == 404


def test_a_clerk_of_one_village_cannot_slip_in_the_next(district, income, double, signed_in):
    signed_in(double).post(
        GRID, {f"v-{district.tongmu.pk}-{income.pk}": "1", f"v-{district.sanmen.pk}-{income.pk}": "2"}
    )

    assert values() == [("三门社区", "income", 2, "")]


def test_figures_are_known_by_name(district, income, report):
    land = Indicator.objects.create(code="land", name="流转土地", unit="亩", kind="stock", source="合同")
    report(Q3, (district.tongmu, income, "5", ""), (district.tongmu, land, "300", ""))
    report(
        Q4, (district.tongmu, income, "7.5", ""), (district.sanmen, income, "1", ""), (district.tongmu, land, "320", "")
    )

    half, month = periods.parse("2026H2"), periods.parse("2026-11")
    assert metrics.value("indicator_income", district.tongmu, half) == Decimal("12.50")
    assert metrics.value("indicator_income", district.zhuoshui, half) == Decimal("13.50")
    assert metrics.value("indicator_land", None, half) == 320
    assert metrics.value("indicator_income", district.tongmu, month) == Decimal("7.50")
    assert metrics.value("indicator_income", district.zhongyuan, half) is None
    assert [metric.name for metric in metrics.known() if metric.name.startswith("indicator_")] == [
        "indicator_land",
        "indicator_income",
    ]


def test_the_list_says_who_has_everything(district, income, report, clerk, signed_in):
    report(Q3, (district.tongmu, income, "5", ""))
    page = text(signed_in(clerk).get(reverse("villages:indicator-list") + "?period=2026Q3"))

    assert "濯水镇 2 1/2 逾期没有报齐" in page


def test_the_shipped_indicators_are_put_in_once(db):
    assert (indicators.load_defaults(), indicators.load_defaults()) == (10, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_rows(district, report, count, clerk, signed_in, django_assert_num_queries):
    for at in range(count):
        kind = Indicator.objects.create(code=f"kind-{at}", name=f"指标{at}", unit="件", source="台账")
        report(Q4, (district.tongmu, kind, "5", ""), (district.sanmen, kind, "5", ""))
    client = signed_in(clerk)

    with django_assert_num_queries(13):
        client.get(GRID)
    with django_assert_num_queries(8):
        client.get(reverse("villages:indicator-list"))
