"""Every figure against SQL of its own, written over entries, reviews and notices and never over the rollups."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conftest import make_person, publish_rules
from points import batches
from points.models import Entry, Rule, RuleSet, VillageMonth
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.testing_kept import kept
from reports import figures
from reports.tests import story
from reports.tests.story import Desk
from villages.models import Household

OCTOBER, NOVEMBER, QUARTER = (periods.parse(slug) for slug in ("2026-10", "2026-11", "2026Q4"))

EARNED = """
    SELECT coalesce(sum(points) FILTER (WHERE e.kind = 'award'), 0),
           coalesce(sum(points) FILTER (WHERE e.kind = 'deduction'), 0),
           coalesce(sum(points) FILTER (WHERE e.kind = 'reversal'), 0),
           count(*),
           count(DISTINCT household_id) FILTER (WHERE e.kind = 'award')
      FROM points_entry e JOIN villages_village v ON v.id = e.village_id
     WHERE v.code LIKE %s AND to_char(e.posted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = ANY(%s)
"""
SHARES = """
    SELECT e.{axis}, sum(points) FROM points_entry e JOIN villages_village v ON v.id = e.village_id
     WHERE v.code LIKE %s AND e.kind = 'award' AND e.period = ANY(%s) GROUP BY 1
"""
REVIEWED = """
    SELECT count(*), count(*) FILTER (WHERE r.decided_at <= b.submitted_at + interval '3 days')
      FROM points_batch b JOIN villages_village v ON v.id = b.village_id JOIN points_review r ON r.batch_id = b.id
     WHERE v.code LIKE %s AND to_char(b.submitted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = ANY(%s)
"""
NOTICED = """
    SELECT count(DISTINCT (n.village_id, n.period)) FROM points_notice n JOIN villages_village v ON v.id = n.village_id
     WHERE v.code LIKE %s AND n.period = ANY(%s)
       AND (n.published_at AT TIME ZONE 'Asia/Shanghai')::date <= (n.period || '-01')::date + interval '1 month 4 days'
"""


def at(month: int, day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=calendar.SHANGHAI)


def row(sql: str, *params: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def rows(sql: str, *params: Any) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return dict(cursor.fetchall())


@pytest.fixture
@kept
def tongmu(district, clerk, reviewer, panel):
    return Desk(district.tongmu, clerk, reviewer, panel)


@pytest.fixture
@kept
def sanmen(district, clerk):
    checker = make_person("sanmen", "罗审核", {"role": "reviewer", "village": district.sanmen})
    return Desk(district.sanmen, clerk, checker, story.seat_panel(district.sanmen))


@pytest.fixture
@kept
def zhongyuan(district, stranger):
    checker = make_person("shihui", "谭审核", {"role": "reviewer", "township": district.shihui})
    return Desk(district.zhongyuan, stranger, checker, story.seat_panel(district.zhongyuan))


@pytest.fixture
@kept
def far_rules(district):
    leader = make_person("shihui-leader", "陶副镇长", {"role": "leader", "township": district.shihui})
    return publish_rules(district.shihui, leader)


@pytest.fixture
@kept
def history(district, rule_set: RuleSet, far_rules: RuleSet, tongmu: Desk, sanmen: Desk, zhongyuan: Desk) -> RuleSet:
    """Two months in three villages: awards of several kinds, a deduction, a reversal, a household in both months."""
    homes = district.homes
    story.take_effect(tongmu, _rule(rule_set, "Z02"), homes[:4], at(10, 8), points=6)
    story.take_effect(tongmu, _rule(rule_set, "F14"), homes[5:6], at(10, 9))
    story.take_effect(sanmen, _rule(rule_set, "Z07"), district.next_door, at(10, 12))
    story.take_effect(tongmu, _rule(rule_set, "Z05"), homes[2:6], at(11, 3))
    story.take_effect(zhongyuan, _rule(far_rules, "Z01"), district.far[:2], at(11, 4))
    _reverse(tongmu, Entry.objects.filter(village=district.tongmu, period="2026-10").order_by("pk").first(), at(11, 10))
    return rule_set


def _rule(rule_set: RuleSet, code: str) -> Rule:
    return rule_set.rules.get(code=code)


def _reverse(desk: Desk, entry: Entry, moment: dt.datetime) -> None:
    with calendar.at(moment):
        batch = batches.correct(entry=entry, maker=desk.maker, reason="记错了户", now=moment)
    story.passed(batch, desk, moment)
    story.posted(story.published(desk, moment))


def every_place_and_period(district):
    places = {
        "500114%": figures.DISTRICT,
        "500114112%": district.zhuoshui,
        "500114106%": district.shihui,
        "500114112202": district.tongmu,
        "500114112003": district.sanmen,
    }
    periods_ = (OCTOBER, NOVEMBER, QUARTER)
    return [(code, place, period) for code, place in places.items() for period in periods_]


def test_points_and_participants_equal_the_entries(history, district):
    for code, place, period in every_place_and_period(district):
        found = figures.place_figures(place, period).sums

        shown = (found.awards, found.deductions, found.reversals, found.entries, found.participants)
        assert shown == row(EARNED, code, period.months), (code, period)


def test_the_story_holds_every_kind_of_points(history):
    found = figures.place_figures(figures.DISTRICT, QUARTER).sums

    assert (found.awards, found.deductions, found.reversals) == (69, -5, -6)
    assert (found.participants, found.households) == (11, 14)
    assert found.net_points == 58


def test_shares_equal_the_entries(history, district):
    for code, place, period in every_place_and_period(district):
        composition = figures.place_figures(place, period).composition

        by_dimension = {share.code: share.points for share in composition.by_dimension if share.points}
        by_joy = {share.code: share.points for share in composition.by_joy if share.points}
        assert by_dimension == rows(SHARES.format(axis="dimension"), code, period.months)
        assert by_joy == rows(SHARES.format(axis="joy"), code, period.months)


def test_reviews_and_notices_equal_the_registers(history, district):
    for code, place, period in every_place_and_period(district):
        found = figures.place_figures(place, period).sums

        assert (found.batches_due, found.batches_on_time) == row(REVIEWED, code, period.months)
        assert (found.notices_in_time,) == row(NOTICED, code, period.months)


def test_rates_are_worked_out_from_sums(history, district):
    found = figures.place_figures(district.zhuoshui, NOVEMBER)

    assert (found.sums.participants, found.sums.households) == (4, 11)
    assert found["participation"].value == Decimal("0.363636")
    assert found["participation"].shown == "36.4%"
    assert found["net_per_household"].shown == "1.27"
    assert found["reviewed_on_time"].shown == "100.0%"
    assert found["participation"].formula == "参与户 ÷ 在册户"


def test_the_period_before_is_compared(history):
    found = figures.place_figures(figures.DISTRICT, NOVEMBER)

    assert found.before == figures.place_figures(figures.DISTRICT, OCTOBER).sums


def test_townships_add_up_to_the_district_and_villages_to_a_township(history, district):
    townships = figures.township_rows(NOVEMBER)
    villages = figures.village_rows(district.zhuoshui, NOVEMBER)

    assert [row.place.code for row in townships] == ["500114106", "500114112"]
    assert figures.total(row.sums for row in townships) == figures.place_figures(figures.DISTRICT, NOVEMBER).sums
    assert [row.name for row in villages] == ["三门社区", "桐木村"]
    assert figures.total(row.sums for row in villages) == townships[1].sums


def test_a_quarter_counts_a_household_once(history, district):
    months = [figures.place_figures(district.tongmu, month).sums.participants for month in (OCTOBER, NOVEMBER)]

    assert months == [4, 4]
    assert figures.place_figures(district.tongmu, QUARTER).sums.participants == 6


def test_the_snapshot_of_a_month_wins_over_the_register(history, district):
    VillageMonth.objects.filter(village=district.tongmu, period="2026-10").update(households=20)

    assert figures.place_figures(district.tongmu, OCTOBER).sums.households == 20
    assert figures.place_figures(district.tongmu, NOVEMBER).sums.households == 8


def test_households_that_came_later_or_left_are_not_counted(history, district):
    Household.objects.filter(pk=district.homes[0].pk).update(joined_on=dt.date(2026, 11, 2))
    Household.objects.filter(pk=district.homes[1].pk).update(state="moved", left_on=dt.date(2026, 11, 5))

    assert figures.place_figures(district.tongmu, OCTOBER).sums.households == 7
    assert figures.place_figures(district.tongmu, NOVEMBER).sums.households == 7


def test_a_village_without_points_is_left_out(history, district):
    district.sanmen.uses_points = False
    district.sanmen.save()

    assert [row.name for row in figures.village_rows(district.zhuoshui, OCTOBER)] == ["桐木村"]
    assert figures.place_figures(figures.DISTRICT, OCTOBER).sums.villages == 2


def test_a_batch_counts_when_it_is_decided_or_late(rule, district, tongmu):
    batch = story.submitted(tongmu, rule, district.homes[:2], at(11, 20), points=5)

    with calendar.at(at(11, 23)):
        waiting = figures.place_figures(district.tongmu, NOVEMBER)
    with calendar.at(at(11, 23, 10)):
        late = figures.place_figures(district.tongmu, NOVEMBER)
    story.passed(batch, tongmu, at(11, 23, 11))

    assert (waiting.sums.batches_due, waiting.standing.late) == (0, 0)
    assert (late.sums.batches_due, late.sums.batches_on_time, late.standing.late) == (1, 0, 1)
    decided = figures.place_figures(district.tongmu, NOVEMBER)
    assert (decided.sums.batches_due, decided.sums.batches_on_time, decided.standing.waiting) == (1, 0, 1)


def test_a_notice_is_in_time_until_the_fifth(rule, district, tongmu):
    story.passed(story.submitted(tongmu, rule, district.homes[:1], at(10, 28), points=5), tongmu, at(10, 29))
    notice = story.published(tongmu, at(11, 5, 23), month="2026-10")

    assert figures.place_figures(district.tongmu, OCTOBER).sums.notices_in_time == 1

    type(notice).objects.update(published_at=at(11, 6, 0))
    assert figures.place_figures(district.tongmu, OCTOBER).sums.notices_in_time == 0


def test_points_on_notice_stand_apart(rule_set, district, tongmu):
    story.passed(story.submitted(tongmu, _rule(rule_set, "Z02"), district.homes[:3], at(11, 20), 6), tongmu, at(11, 21))
    story.passed(
        story.submitted(tongmu, _rule(rule_set, "F14"), district.homes[4:5], at(11, 20), None), tongmu, at(11, 21)
    )
    story.published(tongmu, at(11, 22))
    found = figures.place_figures(district.zhuoshui, NOVEMBER)

    assert found["on_notice"].value == 13
    assert found.sums.net_points == 0


def test_trend_ends_with_the_month_asked_for(history):
    months = figures.trend(figures.DISTRICT, NOVEMBER)

    assert [month.period.slug for month in months][:1] + [month.period.slug for month in months][-1:] == [
        "2025-12",
        "2026-11",
    ]
    assert [month.composition.total for month in months][-2:] == [39, 30]


def test_most_used_rules_are_named_with_their_counts(history, district):
    used = figures.most_used_rules(figures.villages_of(district.tongmu), QUARTER)

    assert [(rule.code, rule.count, rule.points) for rule in used] == [("Z05", 4, 20), ("Z02", 5, 18), ("F14", 1, -5)]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "%", "—"),
        (Decimal("0.5285"), "%", "52.9%"),
        (Decimal("-1.005"), "分/户", "−1.01"),
        (279986, "分", "279,986"),
        (-24, "分", "−24"),
    ],
)
def test_values_are_written_as_on_paper(value, unit, text):
    assert figures.show(value, unit) == text


@pytest.mark.parametrize("count", [1, 3])
def test_what_figures_cost_does_not_grow_with_entries(rule_set, district, tongmu, django_assert_num_queries, count):
    for day in range(3, 3 + count):
        story.take_effect(tongmu, _rule(rule_set, "Z05"), district.homes[:count], at(11, day))

    with django_assert_num_queries(5):
        figures.place_figures(figures.DISTRICT, NOVEMBER)
