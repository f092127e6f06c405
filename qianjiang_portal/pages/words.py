"""Moments and deadlines as people say them."""

import datetime as dt

from qianjiang_portal.foundation import calendar

WEEKDAYS = "一二三四五六日"
GREETINGS = ((5, "夜深了"), (12, "上午好"), (14, "中午好"), (18, "下午好"), (24, "晚上好"))


def greeting(now: dt.datetime) -> str:
    return next(words for until, words in GREETINGS if now.hour < until)


def day(value: dt.date) -> str:
    """11月23日."""
    return f"{value.month}月{value.day}日"


def day_and_week(value: dt.date) -> str:
    """7月5日（周日）."""
    return f"{day(value)}（周{WEEKDAYS[value.weekday()]}）"


def moment(when: dt.datetime, now: dt.datetime) -> str:
    """今天 09:12, 昨天 17:20, 11月15日."""
    local = when.astimezone(calendar.SHANGHAI)
    ago = (calendar.local_date(now) - local.date()).days
    if ago not in (0, 1):
        return day(local.date())
    return f"{'今天' if ago == 0 else '昨天'} {local:%H:%M}"


def deadline(last: dt.date, today: dt.date, verb: str) -> str:
    """`last` is the last day that is in time: 12月5日前张贴, 今天 24 点前张贴, 已逾期 2 天."""
    left = (last - today).days
    if left < 0:
        return f"已逾期 {-left} 天"
    return f"今天 24 点前{verb}" if left == 0 else f"{day(last)}前{verb}"
