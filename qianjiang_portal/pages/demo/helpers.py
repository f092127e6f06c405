"""Member units at work: pairings, visits, support, problems, meetings with decisions, measures, and funds."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from django.core.files.base import ContentFile

from demos import funding, measure_lines, measures, meetings, pairings
from demos.models import FundLine, Measure, Pairing, Support
from points.models import StockMove
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo import names, pictures
from qianjiang_portal.pages.demo.people import TOWN, UNIT, Cast
from villages.models import Unit, User, Village

# code, name, the village it helps
UNITS = (
    ("zuzhi", "区委组织部", "500114106200"),
    ("xuanchuan", "区委宣传部", "500114117205"),
    ("zhengfa", "区委政法委", "500114001007"),
    ("shehui", "区委社会工作部", "500114004005"),
    ("nongye", "区农业农村委", "500114112203"),
    (UNIT[0], UNIT[1], "500114112202"),
    ("sifa", "区司法局", "500114110206"),
    ("gongan", "区公安局", "500114006003"),
    ("caizheng", "区财政局", "500114105203"),
    ("renshe", "区人力社保局", "500114121002"),
    ("wenlv", "区文化旅游委", "500114114208"),
    ("weijian", "区卫生健康委", "500114120206"),
    ("huanjing", "区生态环境局", "500114125202"),
    ("tuanwei", "团区委", "500114249203"),
    ("fulian", "区妇联", "500114123201"),
)
DONE = (
    "看养老互助点改造进度，商量厨房设备",
    "走访困难老人，听取意见",
    "村规民约修订座谈",
    "帮村里理清集体资产台账",
    "现场看人居环境整治，议定整改清单",
    "参加院坝会，讲积分制怎么记分",
)
GOODS = ("灭火器", "图书", "垃圾桶", "劳动工具", "广播设备")
PROBLEMS = ("进组道路有一段没有硬化", "互助点缺消防器材", "集体仓库租金没有收齐", "活动室缺桌椅", "饮水管网冬季易冻裂")
DECISIONS = (
    "五乐活动目录下发到村",
    "示范村标准增加网格履职一项",
    "法律进乡村排期",
    "积分超市物品目录与采购指引",
    "养老互助点纳入乐善活动",
    "好媳妇、好儿女、好公婆评选方案",
)
MEASURES = (
    ("健全村党组织领导的治理机制", "zuzhi", ("shehui",), 9),
    ("推广积分制和清单制", "nongye", ("zuzhi", "caizheng"), 12),
    ("村规民约全部修订备案", UNIT[0], ("sifa",), 6),
    ("培养法治带头人，每村三名", "sifa", ("zhengfa",), 10),
    ("建好移风易俗宣讲队", "xuanchuan", ("fulian", "tuanwei"), 8),
    ("矛盾纠纷排查每月一次", "zhengfa", ("sifa", "gongan"), 12),
    ("整治高价彩礼和大操大办", UNIT[0], ("fulian", "xuanchuan"), 11),
    ("乡村文化活动室全部开放", "wenlv", (), 5),
)


def help_out(seed: str, casts: Sequence[tuple[Village, Cast]], officer: User, opening: dt.date, until: dt.date) -> None:
    """Everything that member units and the district did around the villages in the months of the history."""
    opening = min(opening, dt.date(until.year, 1, 1))
    units = open_units()
    rng = random.Random(f"{seed}/helpers")  # noqa: S311 - invention, not secrecy
    start = calendar.moment(opening, 9)
    with calendar.at(start):
        paired = [_pair(rng, units[code], place, opening, officer, start) for code, _, place in UNITS]
    for at, pairing in enumerate(one for one in paired if one):
        _work(rng, pairing, at, officer, opening, until)
    _meet(rng, list(units.values()), officer, opening, until)
    _measure(rng, units, officer, opening, until)
    for village, cast in casts:
        if village.code.startswith(TOWN):
            _fund(rng, village, cast.maker, opening, until)


def open_units() -> dict[str, Unit]:
    """The member units, each of which leads its own pairing."""
    found = {}
    for position, (code, name, _) in enumerate(UNITS, 1):
        facts = {"name": name, "is_lead": True, "position": position}
        found[code], _made = Unit.objects.update_or_create(code=code, defaults=facts)
    return found


def _pair(
    rng: random.Random, unit: Unit, place: str, opening: dt.date, officer: User, now: dt.datetime
) -> Pairing | None:
    village = Village.objects.filter(code=place).first()
    if village is None:
        return None
    return pairings.pair(
        unit=unit,
        village=village,
        role=Pairing.Role.LEAD,
        begins_on=opening,
        contact=names.person(rng),
        phone=f"023-0000 {700 + unit.position:04}",
        village_contact=names.person(rng),
        by=officer,
        now=now,
    )


def _days(rng: random.Random, first: dt.date, until: dt.date, count: int) -> list[dt.date]:
    """Working hours of some days between two, in order; the same every time."""
    span = (until - first).days
    return sorted(first + dt.timedelta(days=rng.randrange(span)) for _ in range(count)) if span > 0 else []


def _work(rng: random.Random, pairing: Pairing, at: int, by: User, opening: dt.date, until: dt.date) -> None:
    """Visits, what they brought, and problems, most of them solved; one unit has not been there yet."""
    days = _days(rng, opening, until, 0 if at == 10 else rng.randint(3, 8))
    for day in days:
        now = calendar.moment(day, 16)
        brings = rng.random() < 0.4
        who = "、".join([pairing.contact, *(names.person(rng) for _ in range(rng.randint(0, 2)))])
        worth = Decimal(rng.randrange(2, 30) * 100) if brings else None
        shown = pairing.unit.code == UNIT[0] and day == days[-1]
        photos = [ContentFile(pictures.courtyard(rng), "院坝会.jpg")] if shown else []
        pairings.log_visit(
            pairing=pairing,
            on=day,
            visitors=who,
            done=rng.choice(DONE),
            support=rng.choice(GOODS) if brings else "",
            worth=worth,
            photos=photos,
            by=by,
            now=now,
        )
    for day in _days(rng, opening, until, at % 3):
        pairings.add_support(
            pairing=pairing,
            kind=Support.Kind.MONEY,
            on=day,
            what="院坝整治补助",
            amount=Decimal(rng.randrange(5, 40) * 1000),
            receipt=f"拨{day:%y%m%d}",
            by=by,
            now=calendar.moment(day, 15),
        )
    for nth, day in enumerate(_days(rng, opening, until, 1 + at % 3)):
        now = calendar.moment(day, 15)
        problem = pairings.raise_problem(pairing=pairing, text=rng.choice(PROBLEMS), on=day, by=by, now=now)
        if nth != 1:
            later = min(now + dt.timedelta(days=20), calendar.moment(until) - dt.timedelta(hours=1))
            answer = "已由单位协调办好"
            pairings.answer_problem(problem=problem, state="solved", answer=answer, by=by, now=max(now, later))


def _quarters(opening: dt.date, until: dt.date) -> Iterator[Period]:
    quarter = periods.of(opening, "quarter")
    while quarter.begins_on < until:
        yield quarter
        quarter = quarter.next()


def _meet(rng: random.Random, units: list[Unit], by: User, opening: dt.date, until: dt.date) -> None:
    for quarter in _quarters(opening, until):
        first, last = max(quarter.begins_on, opening), min(quarter.ends_on, until - dt.timedelta(days=1))
        is_over = quarter.ends_on < until
        _joint(rng, units, by, first, last, is_over)
        for at, unit in enumerate(units):
            if is_over and (at + quarter.index) % 7:
                _special(rng, unit, by, first, last)
            elif not is_over and at % 3 == 0:
                _plan(unit, by, quarter, until)
            elif not is_over and at % 3 == 1:
                _special(rng, unit, by, first, last)


def _joint(rng: random.Random, units: list[Unit], by: User, first: dt.date, last: dt.date, is_over: bool) -> None:
    if not is_over or not (days := _days(rng, first, last, 1)):
        return
    [day] = days
    now = calendar.moment(day, 17)
    chosen = rng.sample(DECISIONS, 4)
    decided = [
        meetings.Decided(text, rng.choice(units), day + dt.timedelta(days=rng.randint(15, 120))) for text in chosen
    ]
    facts = meetings.Facts(
        "区政府三号会议室", by.name, "乡村治理工作推进", "会议听取了各单位进展，议定下列事项。", tuple(units)
    )
    meeting = meetings.hold(kind="joint", unit=None, on=day, decided=decided, by=by, now=now, facts=facts)
    for decision in list(meeting.decisions.order_by("pk"))[:2]:
        done = now + dt.timedelta(days=10)
        meetings.settle(decision=decision, result="已按要求办好", by=by, now=done)


def _special(rng: random.Random, unit: Unit, by: User, first: dt.date, last: dt.date) -> None:
    for day in _days(rng, first, last, 1):
        facts = meetings.Facts(place="村党群服务中心", topic="结对帮扶和本季度任务")
        meetings.hold(kind="special", unit=unit, on=day, decided=[], by=by, now=calendar.moment(day, 17), facts=facts)


def _plan(unit: Unit, by: User, quarter: Period, until: dt.date) -> None:
    day = min(until + dt.timedelta(days=5 + unit.position), quarter.ends_on)
    if day >= until:
        now = calendar.moment(until - dt.timedelta(days=1), 9)
        meetings.plan(kind="special", unit=unit, on=day, by=by, now=now)


def _measure(rng: random.Random, units: dict[str, Unit], by: User, opening: dt.date, until: dt.date) -> None:
    year, start = until.year, max(opening, dt.date(until.year, 1, 1))
    lines = [
        measure_lines.Planned(
            text, units[lead], periods.Period(year, month).ends_on, tuple(units[one] for one in helping)
        )
        for text, lead, helping, month in MEASURES
    ]
    made = measures.add(year=year, lines=lines, by=by, now=calendar.moment(start, 9))
    _dispatch(rng, made, by, until)
    for quarter in _quarters(start, until):
        if quarter.ends_on >= until:
            return
        for measure in made:
            is_done = measure.due_on <= quarter.ends_on and measure.number != 8
            said = "已经完成" if is_done else rng.choice(("正在推进", "方案已定，在村里试行", "完成过半"))
            now = calendar.moment(quarter.ends_on, 16)
            measures.report(measure=measure, period=quarter, text=said, is_done=is_done, by=by, now=now)


MOVED = ("完成三个村的现场指导", "方案征求了意见，已印发", "培训一次，到会 40 人", "台账建到村，本月抽查两个镇")
STUCK = ("", "", "村里人手少，登记慢", "资金还没有拨到")
FOLLOWING = ("下月抽查", "补齐台账", "和配合单位碰头一次")


def _dispatch(rng: random.Random, made: Sequence[Measure], by: User, until: dt.date) -> None:
    """The last two full months, one measure left out in the newest of them."""
    month = periods.of(until).previous()
    for back in (1, 0):
        then = month.shift(-back)
        if then.year != until.year:
            continue
        for measure in made[: None if back else -1]:
            measures.dispatch(
                measure=measure,
                month=then,
                moved=rng.choice(MOVED),
                stuck=rng.choice(STUCK),
                following=rng.choice(FOLLOWING),
                by=by,
                now=calendar.moment(then.ends_on, 15),
            )


def _bought(village: Village) -> dict[UUID, dt.date]:
    """The sheets on which goods came into the village's store, with their day."""
    rows = StockMove.objects.filter(kind=StockMove.Kind.RECEIPT, key__isnull=False, item__outlet__village=village)
    found = rows.order_by("made_at", "pk").values_list("key", "made_at")
    return {key: calendar.local_date(made_at) for key, made_at in found if key}


def _fund(rng: random.Random, village: Village, by: User, opening: dt.date, until: dt.date) -> None:
    def book(day: dt.date, kind: str, what: str, amount: int, purchase: UUID | None = None) -> None:
        now, receipt = calendar.moment(day, 16), f"{village.code[-3:]}-{day:%y%m%d}"
        line = {"village": village, "kind": kind, "on": day, "what": what, "amount": Decimal(amount)}
        funding.book(**line, receipt=receipt, purchase=purchase, by=by, now=now)

    kinds = FundLine.Kind
    now = calendar.moment(until - dt.timedelta(days=1), 9)
    funding.set_budget(village=village, year=until.year, amount=Decimal(12000), by=by, now=now)
    book(opening, kinds.DISTRICT, "积分制区级补助", 8000)
    book(opening + dt.timedelta(days=1), kinds.COLLECTIVE, "集体收益提取", rng.randrange(20, 60) * 100)
    bought = _bought(village)
    for key, day in bought.items():
        book(day, kinds.GOODS, "兑换点进货", rng.randrange(8, 20) * 100, key)
    for day in _days(rng, opening, until, 0 if bought else 4):
        book(day, kinds.GOODS, "积分兑换物品采购", rng.randrange(8, 20) * 100)
    for day in _days(rng, opening, until, 2):
        book(day, kinds.ACTIVITY, "院坝会和评选活动", rng.randrange(3, 12) * 100)
