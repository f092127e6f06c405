import datetime as dt

import pytest

from conftest import NOW, TODAY
from qianjiang_portal.pages import words


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [(4, "夜深了"), (5, "上午好"), (11, "上午好"), (12, "中午好"), (14, "下午好"), (18, "晚上好"), (23, "晚上好")],
)
def test_greeting_follows_the_portals_clock(hour, greeting):
    assert words.greeting(NOW.replace(hour=hour)) == greeting


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (dt.timedelta(minutes=48), "今天 09:12"),
        (dt.timedelta(hours=10, minutes=1), "昨天 23:59"),
        (dt.timedelta(days=8), "11月15日"),
    ],
)
def test_a_moment_is_said_by_its_day(ago, said):
    assert words.moment(NOW - ago, NOW) == said


@pytest.mark.parametrize(
    ("left", "said"),
    [(12, "12月5日前张贴"), (1, "11月24日前张贴"), (0, "今天 24 点前张贴"), (-1, "已逾期 1 天"), (-18, "已逾期 18 天")],
)
def test_a_deadline_is_said_in_words(left, said):
    assert words.deadline(TODAY + dt.timedelta(days=left), TODAY, "张贴") == said


def test_a_day_is_said_with_its_weekday():
    assert words.day_and_week(TODAY) == "11月23日（周一）"
