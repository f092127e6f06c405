"""The last summary whose due day is past: most in time, some late, one sent back, one on paper, a few not there;
and the district's own, collected and signed."""

import datetime as dt
import random

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo.people import Staff
from reports import collecting, summaries, summary_numbers, summary_pages
from reports.models import Sender, Summary, SummarySection
from villages.models import Township, User

LEAST_DAYS = 5
NOT_BEGUN, BEGUN, SENT_BACK, UNSIGNED, ON_PAPER = "500114113", "500114114", "500114108", "500114249", "500114256"
LATE = {"500114109": 2, "500114253": 1}
ACCEPTED = 20
TEXTS = {
    "work": (
        "成立由党委书记任组长的工作专班，每月召开一次调度会，村（社区）评议小组按月评议、按月公示。",
        "把积分制和清单制、网格化结合起来，网格员当月登记，评议小组月底审核，次月 5 日前张贴公示。",
        "修订村规民约，把人居环境、移风易俗、公益劳动写进积分细则，经村民代表会议表决后施行。",
    ),
    "results": (
        "院坝会由村干部讲变成村民议，参加公益劳动的农户比以前多，房前屋后干净了。",
        "红白喜事简办成了多数人的选择，邻里纠纷多数在组里就能说开。",
        "集体经济项目用工优先安排积分高的农户，村民对村里的事更上心。",
    ),
    "problems": (
        "外出务工户多，评议时到会的人少；个别村登记不及时，月底集中补录。\n兑换物品种类少，年轻人兴趣不高。",
        "有的评议小组对减分把握不准，怕得罪人；部分村公示晚了一两天。",
    ),
    "plans": (
        "一是把登记落到网格员每周一次；二是对公示晚的村上门指导；三是年底前开展一次积分户回访。",
        "围绕示范村创建补短板，组织评议小组培训一次，完善兑换点的物品目录。",
    ),
}


def hand_in(staff: Staff, opening: dt.date, until: dt.date) -> Period | None:
    """Let every township and unit with staff go through the summary; answers its period, None before there was one."""
    period = _period(until)
    if period.ends_on < opening:
        return None
    rng = random.Random(f"{opening}/papers")  # noqa: S311 - invention, not secrecy
    district = staff.users["district"]
    for township in Township.objects.in_code_order():
        _township(rng, staff, township, period, district)
    _unit(rng, staff.users["liaison"], period)
    _take_in(period, district)
    _finish(period, district, staff.users["director"])
    return period


def _period(until: dt.date) -> Period:
    period = summary_numbers.usual_period(until)
    while summary_numbers.due_on(period) + dt.timedelta(days=LEAST_DAYS) >= until:
        period = summary_pages.before(period)
    return period


def _township(rng: random.Random, staff: Staff, township: Township, period: Period, district: User) -> None:
    sender, code = Sender(township=township), township.code
    due = summary_numbers.due_on(period)
    if code == NOT_BEGUN:
        return
    if code == ON_PAPER:
        summaries.take_paper(sender=sender, period=period, by=district, now=_at(rng, due, 1))
        return
    clerk, leader = staff.at_desk("clerk", code), staff.at_desk("leader", code)
    now = _at(rng, due, LATE.get(code, -rng.randrange(7)))
    summary = _write(rng, sender, period, clerk, now, 1 if code == BEGUN else len(TEXTS))
    if code == BEGUN:
        return
    summary = summaries.submit(summary=summary, by=clerk, now=now)
    if code == UNSIGNED:
        return
    summary = summaries.sign(summary=summary, by=leader, now=now + dt.timedelta(minutes=40))
    if code == SENT_BACK:
        reason = "存在问题写得笼统，请写明是哪个村、怎么发现的"
        summaries.send_back(summary=summary, reason=reason, by=district, now=_at(rng, due, 2))


def _unit(rng: random.Random, liaison: User, period: Period) -> None:
    unit = next(post.unit for post in liaison.appointments_now if post.unit)
    now = _at(rng, summary_numbers.due_on(period), -3)
    summary = _write(rng, Sender(unit=unit), period, liaison, now, len(TEXTS))
    summaries.submit(summary=summary, by=liaison, now=now, signed_on_paper="何国平")


def _write(rng: random.Random, sender: Sender, period: Period, by: User, now: dt.datetime, count: int) -> Summary:
    for key in SummarySection.Key.values[:count]:
        text = rng.choice(TEXTS[key])
        section = summaries.save_section(sender=sender, period=period, key=key, text=text, version=0, by=by, now=now)
    return section.summary


def _take_in(period: Period, district: User) -> None:
    """The first ones are accepted on the day on which the district collects them."""
    now = calendar.moment(summary_numbers.due_on(period) + dt.timedelta(days=3), 15)
    signed = Summary.objects.filter(period=period.slug, state=Summary.State.SIGNED).order_by("township__code")
    for summary in signed[:ACCEPTED]:
        summaries.accept(summary=summary, by=district, now=now)


def _finish(period: Period, district: User, director: User) -> None:
    """The district's own: collected, handed to whoever signs, signed."""
    now = calendar.moment(summary_numbers.due_on(period) + dt.timedelta(days=3), 15)
    whole = collecting.collect(period=period, by=district, now=now).summary
    whole = summaries.submit(summary=whole, by=district, now=now + dt.timedelta(hours=1))
    summaries.sign(summary=whole, by=director, now=now + dt.timedelta(hours=2))


def _at(rng: random.Random, due: dt.date, days: int) -> dt.datetime:
    return calendar.moment(due + dt.timedelta(days=days), rng.randrange(9, 17), rng.randrange(60))
