"""兑换资金测算: points outstanding at the district's rate, beside the village's money and the pace of redeeming."""

import datetime as dt
from decimal import Decimal

import pytest
from django.apps import apps

from conftest import NOW
from points import budget_pages, store
from points.tests.shop import give
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import cells, text
from qianjiang_portal.foundation import calendar, metrics, options, periods

PAGE = "/redeem/budget/"
JANUARY = NOW.replace(year=2027, month=1, day=1)


@pytest.fixture
def money(district, clerk):
    def come(amount):
        lines = apps.get_model("demos", "FundLine").objects
        said = {"on": NOW.date(), "what": "兑换补助", "receipt": "JF-1", "made_by": clerk, "made_at": NOW}
        return lines.create(village=district.tongmu, kind="district", amount=Decimal(amount), **said)

    return come


def test_a_village_without_money_is_told_so(home, clerk, signed_in):
    assert cells(signed_in(clerk).get(PAGE)) == [
        ["濯水镇桐木村", "100", "0", "100", "—", "0", "0", "—", "没有登记经费"]
    ]


def test_points_debts_rate_and_money_stand_side_by_side(home, district, money, clerk, signed_in):
    options.put(name="points_per_yuan", value=2)
    give(district.homes[1], -30)
    money(40)

    assert cells(signed_in(clerk).get(PAGE)) == [
        ["濯水镇桐木村", "100", "30", "50", "40", "0", "0", "—", "全部来兑不够 差 10 元"]
    ]


def test_the_pace_of_full_months_is_carried_on_to_the_end_of_the_year(redeem, money, district):
    redeem(3)
    money(5)
    with calendar.at(JANUARY):
        [row] = budget_pages.forecast([district.tongmu], calendar.today()).rows

    assert (row.outstanding, row.pace, row.funds) == (40, Decimal(20), Decimal(5))
    assert 230 < row.expected < 241
    assert row.lasts == Decimal("0.25")
    assert row.short == row.expected - 5


def test_this_month_and_what_was_taken_back_make_no_pace(redeem, counter, district):
    redeem(1)
    assert budget_pages.forecast([district.tongmu], NOW.date()).rows[0].pace == 0
    store.undo(redemption=redeem(2), reason="录错了户", by=counter, now=NOW)

    assert budget_pages.forecast([district.tongmu], dt.date(2026, 12, 1)).rows[0].pace == Decimal(20) / 3


def test_only_ones_own_villages(home, stranger, signed_in):
    assert "还没有可以兑换的积分" in text(signed_in(stranger).get(PAGE))
    assert signed_in(stranger).get(f"{PAGE}?t=500114112").status_code == 404


def test_the_stores_figures_have_names(redeem, counter, district):
    redeem(2)
    store.undo(redemption=redeem(1), reason="录错了户", by=counter, now=NOW)
    month = periods.of(NOW.date())
    names = ("points_redeemed", "redeeming_households", "points_outstanding", "store_liability")

    for place in (district.tongmu, district.zhuoshui, None):
        assert [metrics.value(name, place, month) for name in names] == [40, 1, 60, 60]
    assert metrics.value("points_outstanding", district.tongmu, month.shift(-1)) == 0


def test_a_figure_of_many_villages_is_the_same_as_one_by_one(money, district):
    money(40)
    month, villages = periods.of(NOW.date()), [district.tongmu, district.sanmen]

    assert metrics.of_villages("funds_balance", villages, month) == {district.tongmu.pk: Decimal(40)}
    assert metrics.value("funds_balance", district.tongmu, month) == Decimal(40)
    assert metrics.of_villages("funds_budget", villages, month) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_village_and_three(home, district, district_officer, signed_in, count):
    for household in (district.next_door[0], district.far[0])[: count - 1]:
        give(household, 10)

    client = signed_in(district_officer)
    assert len(cells(client.get(PAGE))) == count
    assert own_queries(client, PAGE) == 6
