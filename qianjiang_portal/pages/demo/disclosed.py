"""What villages have made public in the last two quarters: mostly in time, not all of it."""

import datetime as dt
import random
from collections.abc import Iterable, Sequence

from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo.people import Cast, Staff
from villages import disclosures, dues
from villages.dues import Due
from villages.models import DisclosureItem, Township, User, Village

# code → what is told; the figures are invented for each village and period
WORDS = {
    "accounts": (
        "收入：村集体土地流转费 {a} 元，上级运转经费 {b} 元。\n"
        "支出：保洁员工资 {c} 元，水电费 {d} 元，会议和办公 {e} 元。\n"
        "凭证在村财务室，由村务监督委员会审签。"
    ),
    "assets": "集体资产总额 {f} 万元，与上季相比没有变动。发包合同 {n} 份，租金按期收取。没有新增债务。",
    "village_work": "完成 {n} 件：入户路维修、排水沟清淤、院坝会 {n} 场。下季度安排：冬季清洁行动、老党员慰问。",
    "welfare": "临时救助 {n} 户，共 {d} 元；慰问困难老人 {m} 人。对象由村民小组评议、村里公示后报镇。",
    "party_meetings": "主题党日 3 次，党员大会 1 次，支委会 3 次，党课 1 次。到会率 {p}%。",
    "party_fees": "全年应收党费 {d} 元，实收 {d} 元，已全部上缴。",
    "final_accounts": "全年收入 {f} 万元，支出 {g} 万元，比预算少支 {n} 千元。",
}
PROJECT = "入户路维修项目：长 {m}0 米，合同价 {g} 万元，比选确定施工单位，监督人为村务监督委员会主任，工期 30 天。"


def open_up(seed: str, casts: Sequence[tuple[Village, Cast]], opening: dt.date, until: dt.date) -> None:
    """Items are asked for from two quarters back; the last village has fallen behind."""
    quarter = periods.of(until, "quarter")
    since = max(quarter.shift(-2).begins_on, periods.of(opening, "quarter").next().begins_on)
    disclosures.load_defaults(since=since)
    DisclosureItem.objects.update(since=since)
    items = dues.items()
    spans = [quarter.shift(-2), quarter.previous(), quarter]
    project = next(item for item in items if item.code == "projects")
    for at, (village, cast) in enumerate(casts):
        rng = random.Random(f"{seed}/{village.code}/disclosures")  # noqa: S311 - invention, not secrecy
        for due in (due for span in spans for due in dues.owed(items, span)):
            _put_up(village, cast.maker, due, rng, until, behind=at == len(casts) - 1)
        day = until - dt.timedelta(days=rng.randint(5, 60))
        if day >= since:
            _publish(village, cast.maker, project, periods.of(day), _fill(PROJECT, rng), day)


def _put_up(village: Village, by: User, due: Due, rng: random.Random, until: dt.date, *, behind: bool) -> None:
    text = _fill(WORDS[due.item.code], rng)
    late = rng.random() < 0.08
    slack = dt.timedelta(days=rng.randint(0, max(0, due.item.due_days - 1)))
    day = due.on + dt.timedelta(days=rng.randint(1, 6)) if late else due.on - slack
    if day < until and not (behind and due.on > until - dt.timedelta(days=60)):
        _publish(village, by, due.item, due.period, text, day)


def catch_up(seed: str, staff: Staff, done: Iterable[int], until: dt.date) -> None:
    """What the villages without a history owed, put up by their townships: each month's day, and one for stragglers."""
    asked, quarter = dues.items(), periods.of(until, "quarter")
    owed = [due for back in (2, 1, 0) for due in dues.owed(asked, quarter.shift(-back))]
    months: dict[dt.date, list[Due]] = {}
    for due in owed:
        months.setdefault(due.period.ends_on, []).append(due)
    for township in Township.objects.in_code_order():
        villages = list(township.villages.exclude(pk__in=done).order_by("code"))
        by = staff.at_desk("clerk", township.code)
        rng = random.Random(f"{seed}/{township.code}/disclosures")  # noqa: S311 - invention, not secrecy
        for of_month in months.values():
            _put_up_all(township, villages, of_month, by, rng, until)


def _put_up_all(
    township: Township,
    villages: Sequence[Village],
    month: Sequence[Due],
    by: User,
    rng: random.Random,
    until: dt.date,
) -> None:
    """Most villages before the first of the last days, some after the last of them, a few not at all."""
    days = (
        min(due.on for due in month) - dt.timedelta(days=rng.randint(0, 5)),
        max(due.on for due in month) + dt.timedelta(days=rng.randint(1, 9)),
    )
    groups: tuple[list[disclosures.Sheet], list[disclosures.Sheet]] = [], []
    for village in villages:
        lot = rng.random()
        if lot < 0.96:
            groups[lot > 0.88].extend(_sheet(village, due, rng) for due in month)
    for day, sheets in zip(days, groups, strict=True):
        if sheets and day < until:
            now = calendar.moment(day, 16)
            with calendar.at(now):
                disclosures.publish_all(township=township, sheets=sheets, by=by, now=now)


def _sheet(village: Village, due: Due, rng: random.Random) -> disclosures.Sheet:
    return disclosures.Sheet(village, due.item, due.period, _fill(WORDS[due.item.code], rng))


def _publish(village: Village, by: User, item: DisclosureItem, period: Period, text: str, day: dt.date) -> None:
    now = calendar.moment(day, 16)
    with calendar.at(now):
        disclosures.publish(village=village, item=item, period=period, text=text, by=by, now=now)


def _fill(words: str, rng: random.Random) -> str:
    return words.format(
        a=rng.randint(12, 60) * 100,
        b=rng.randint(20, 45) * 100,
        c=rng.randint(20, 36) * 100,
        d=rng.randint(4, 24) * 50,
        e=rng.randint(2, 12) * 60,
        f=rng.randint(85, 320),
        g=rng.randint(6, 28),
        m=rng.randint(6, 30),
        n=rng.randint(2, 7),
        p=rng.randint(88, 99),
    )
