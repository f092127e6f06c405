"""待办: exactly what waits for each of the cast, in words, and a badge that counts the same lines."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, approve
from points import batches, review
from points.models import Claim
from points.review import ReturnNote
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import todo
from qianjiang_portal.pages.duties import Task
from villages.models import User


def lines(user):
    """What the home page shows, by way of a fresh look at the person."""
    return todo.tasks(User.objects.get(pk=user.pk))


def count(user):
    return todo.count(User.objects.get(pk=user.pk))


def later(**by):
    return calendar.at(NOW + dt.timedelta(**by))


@pytest.fixture
def returned(submitted, reviewer, panel):
    """A batch of three rows of which one was sent back."""
    submitted.refresh_from_db()
    first, *rest = submitted.claims.order_by("line").values_list("pk", flat=True)
    review.decide(
        batch=submitted,
        checker=reviewer,
        version=submitted.version,
        approve=rest,
        returned={first: ReturnNote(["points"])},
        present=panel,
        held_at=NOW,
        now=NOW,
    )
    return submitted


# --- each role ----------------------------------------------------------------


def test_a_clerk_sees_what_was_sent_back_and_what_may_go_up(returned, clerk):
    assert lines(clerk) == [
        Task(
            title="桐木村 参加公共劳动",
            detail=f"批次 {returned.number}，1 行被退回",
            when="今天 10:00 退回",
            url=reverse("points:batch", args=[returned.number]),
            action="去修改",
            state="returned",
        ),
        Task(
            title="桐木村 11月积分",
            detail="2 户，评议已通过",
            when="12月5日前张贴",
            url=f"{reverse('points:notice-new')}?village=500114112202&period=2026-11",
            action="制作公示",
            state="approved",
        ),
    ]


def test_points_of_two_months_are_two_lines(make_batch, district, clerk, reviewer, panel):
    for on in (dt.date(2026, 10, 30), dt.date(2026, 11, 3)):
        approve(batches.submit(batch=make_batch(on=on), maker=clerk, now=NOW), reviewer, panel)

    assert [(task.title, task.when, task.is_late) for task in lines(clerk)] == [
        ("桐木村 10月积分", "已逾期 18 天", True),
        ("桐木村 11月积分", "12月5日前张贴", False),
    ]


def test_a_notice_that_is_over_waits_for_its_posting(notice, clerk, leader):
    with calendar.at(notice.due_at):
        assert [(task.title, task.action, task.url) for task in lines(clerk)] == [
            ("桐木村 11月公示", "去入账", reverse("points:notice", args=[notice.code]))
        ]
        assert [task.action for task in lines(leader)] == ["去入账"]
    assert lines(clerk) == lines(leader) == []


def test_a_reviewer_sees_what_waits_with_its_last_day(submitted, reviewer):
    assert lines(reviewer) == [
        Task(
            title="桐木村 参加公共劳动",
            detail="3 行 +15 分，冉晓莉录入",
            when="11月26日（周四）前审核",
            url=reverse("points:review", args=[submitted.number]),
            action="去审核",
            state="submitted",
        )
    ]


@pytest.mark.parametrize(
    ("days", "hours", "when", "is_late"),
    [
        (2, 0, "11月26日（周四）前审核", False),
        (3, -1, "今天 10:00 前审核", False),
        (3, 1, "今天已满 3 天", True),
        (5, 0, "已逾期 2 天", True),
    ],
)
def test_a_review_runs_late_in_words(submitted, reviewer, days, hours, when, is_late):
    with later(days=days, hours=hours):
        assert [(task.when, task.is_late) for task in lines(reviewer)] == [(when, is_late)]


def test_nobody_is_asked_to_review_what_they_entered(submitted, reviewer, double):
    submitted.editors.create(user=double)

    assert (len(lines(reviewer)), lines(double)) == (1, [])


def test_rows_under_check_wait_for_those_who_may_settle_them(notice, clerk, reviewer, leader):
    Claim.objects.filter(pk=notice.claims.first().pk).update(state="contested")

    assert [(task.title, task.detail, task.state) for task in lines(reviewer)] == [
        ("桐木村 公示核实", "1 行等着核实", "contested")
    ]
    assert len(lines(leader)) == 1
    assert lines(clerk) == []


def test_a_leader_sees_reviews_that_are_late(submitted, leader, stranger):
    assert lines(leader) == []
    with later(days=5):
        assert [(task.title, task.detail, task.when, task.is_late) for task in lines(leader)] == [
            ("桐木村 审核", "1 批过了时限还没审核，最早 11月23日提交", "已逾期 2 天", True)
        ]


def test_a_leader_sees_points_that_should_be_up(approved, leader):
    with later(days=12):
        assert lines(leader) == []
    with later(days=13):
        assert [(task.title, task.detail, task.when) for task in lines(leader)] == [
            ("桐木村 公示", "11月积分评议已通过，还没张贴", "已逾期 1 天")
        ]


def test_the_summary_of_the_quarter_just_over_is_asked_for(posted, leader, district_officer, stranger):
    with calendar.at(dt.datetime(2027, 1, 4, 9, tzinfo=calendar.SHANGHAI)):
        assert [task.title for task in lines(stranger)] == ["石会镇 2026年年终总结"]
        assert lines(district_officer) == lines(leader)
        assert [(task.title, task.when, task.url) for task in lines(leader)] == [
            ("濯水镇 2026年第四季度积分运行情况", "1月5日前生成", "/reports/?period=2026Q4")
        ]


def test_the_district_sees_what_is_late_by_township(submitted, district_officer):
    assert lines(district_officer) == []
    with later(days=5):
        assert [(task.title, task.url) for task in lines(district_officer)] == [
            ("濯水镇 审核", reverse("reports:dashboard-township", args=["500114112"]))
        ]


@pytest.mark.parametrize("person", ["stranger", "liaison", "counter", "auditor", "admin"])
def test_others_see_nothing_of_it(cast, returned, person):
    with later(days=30):
        assert (lines(cast[person]), count(cast[person])) == ([], 0)


# --- the badge ----------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 5, 30])
def test_the_badge_counts_the_lines_of_the_page(cast, returned, make_batch, clerk, days):
    batches.submit(batch=make_batch(), maker=clerk, now=NOW)

    with later(days=days):
        for person in cast.values():
            assert count(person) == len(lines(person)) == len(rows_of_every_kind(person)), person.username


def rows_of_every_kind(user):
    """Each kind of work asked by itself, whatever its number says."""
    fresh, limits = User.objects.get(pk=user.pk), todo._limits()
    return [row for duty in todo._held(fresh) for row in duty.rows(fresh, limits)]


@pytest.mark.parametrize(("waits", "queries"), [(False, 2), (True, 5)])
def test_only_work_that_is_there_is_asked_for(returned, clerk, reviewer, waits, queries, django_assert_num_queries):
    """The numbers, and where there are some the settings once more and a query for each of two kinds of the clerk's."""
    user = User.objects.get(pk=(clerk if waits else reviewer).pk)
    _ = user.appointments_now

    with django_assert_num_queries(queries):
        assert bool(todo.tasks(user)) is waits


def test_the_badge_tells_the_rooms_apart(returned, clerk):
    assert todo.counts(clerk) == {
        "todo": 2,
        "batches": 1,
        "import": 0,
        "households": 0,
        "notices": 1,
        "honours": 0,
        "reports": 0,
        "disclosures": 0,
    }


@pytest.mark.parametrize(("person", "queries"), [("clerk", 2), ("double", 2), ("liaison", 3), ("counter", 0)])
def test_the_badge_costs_two_queries_once(  # and one for the villages a liaison covers
    cast, returned, person, queries, django_assert_num_queries
):
    user = User.objects.get(pk=cast[person].pk)
    _ = user.appointments_now

    with django_assert_num_queries(queries):
        todo.count(user)
        todo.count(user)


def test_many_lines_stand_by_what_is_to_be_done():
    def task(title, action):
        return Task(title, "", "", "", action)

    few = [task(str(at), "去修改") for at in range(8)]
    many = [*few, task("9", "去审核")]

    assert [(group.label, len(group.tasks), len(group.more)) for group in todo.groups(few)] == [("", 8, 0)]
    assert [(group.label, len(group.tasks), len(group.more)) for group in todo.groups(many)] == [
        ("去修改 8 件", 3, 5),
        ("去审核 1 件", 1, 0),
    ]
