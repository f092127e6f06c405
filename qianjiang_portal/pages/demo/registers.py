"""What villages report once a quarter, for the townships that have a history."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo import disclosed, names
from qianjiang_portal.pages.demo.people import Cast
from villages import bodies, charters, indicators, services
from villages.indicators import Typed
from villages.models import Indicator, User, Village

# code → the usual figure of a village, and how far it may move
USUAL = {
    "collective_income": ("4.5", "3.5"),
    "land_transferred": ("620", "30"),
    "idle_land_used": ("18", "12"),
    "idle_houses_used": ("2", "2"),
    "trusteeship": ("340", "160"),
    "cooperatives": ("3", "0"),
    "disputes_raised": ("7", "4"),
    "disputes_mediated": ("6", "4"),
    "law_lectures": ("2", "1"),
    "village_meetings": ("2", "1"),
}


def fill(seed: str, casts: Sequence[tuple[Village, Cast]], opening: dt.date, until: dt.date) -> None:
    """Every township with a history reports finished quarters soon after their end, three before the opening too."""
    indicators.load_defaults()
    by_maker: dict[User, list[Village]] = {}
    for village, cast in casts:
        by_maker.setdefault(cast.maker, []).append(village)
    _name_people(seed, casts, opening)
    _serve(seed, casts, opening, until)
    _agree(casts, opening, until)
    disclosed.open_up(seed, casts, opening, until)
    for quarter in _finished(opening, until):
        for maker, villages in by_maker.items():
            _report(seed, villages, maker, quarter)


def _finished(opening: dt.date, until: dt.date) -> Iterator[Period]:
    quarter = periods.of(opening, "quarter").shift(-3)
    while indicators.reporting_due(quarter) <= until:
        yield quarter
        quarter = quarter.next()


def _report(seed: str, villages: list[Village], maker: User, quarter: Period) -> None:
    moment = calendar.moment(indicators.reporting_due(quarter) - dt.timedelta(days=4), 10)
    kinds = list(Indicator.objects.in_use().in_order())
    cells = {
        (village.pk, kind.pk): Typed(_figure(seed, village, kind, quarter)) for village in villages for kind in kinds
    }
    with calendar.at(moment):
        indicators.report(period=quarter, cells=cells, by=maker, now=moment)


def _figure(seed: str, village: Village, kind: Indicator, quarter: Period) -> Decimal:
    usual, spread = (Decimal(text) for text in USUAL.get(kind.code, ("0", "0")))
    base = random.Random(f"{seed}/{village.code}/{kind.code}")  # noqa: S311 - invention, not secrecy
    rng = random.Random(f"{seed}/{village.code}/{kind.code}/{quarter.slug}")  # noqa: S311
    centre = usual * Decimal(str(round(base.uniform(0.7, 1.3), 2)))
    value = centre + spread * Decimal(str(round(rng.uniform(-0.5, 0.5), 2)))
    return round(max(value, usual / 3), kind.decimals)


OF_TOWNSHIP = (
    ("first", "党委书记"),
    ("direct", "分管负责人"),
    ("team", "专班组长"),
    ("team", "专班成员"),
    ("staff", "专人"),
)
OF_VILLAGE = (
    ("secretary", ""),
    ("law", ""),
    ("law", ""),
    ("mediator", ""),
    ("council", "主任"),
    ("council", "成员"),
    ("board", "理事长"),
    ("supervisors", "监事长"),
    ("oversight", "主任"),
)


def _name_people(seed: str, casts: Sequence[tuple[Village, Cast]], opening: dt.date) -> None:
    """Who is responsible in the townships with a history, and who serves in their villages; bodies for three years."""
    rng = random.Random(f"{seed}/posts")  # noqa: S311 - invention, not secrecy
    now = calendar.moment(opening, 9)
    townships = {village.township: None for village, _ in casts}
    for township in townships:
        for kind, title in OF_TOWNSHIP:
            who = names.person(rng)
            bodies.name_post(kind=kind, township=township, name=who, title=title, begins_on=opening, by=None, now=now)
    for at, (village, _) in enumerate(casts):
        begins_on = opening - dt.timedelta(days=400 + 60 * at)
        for kind, title in OF_VILLAGE:
            bodies.name_post(
                kind=kind,
                village=village,
                name=names.person(rng),
                title=title,
                begins_on=begins_on,
                ends_on=begins_on + dt.timedelta(days=3 * 365),
                by=None,
                now=now,
            )


ARTICLES = (
    "一、门前屋后干净整洁，垃圾分类投放，不占道堆放。",
    "二、红白事简办，提前报理事会，不攀比、不铺张。",
    "三、邻里有事先商量，说不开的找调解员，不上门吵闹。",
    "四、赡养老人，爱护儿童，评选好媳妇、好儿女、好公婆。",
    "五、积极参加院坝会、公益劳动和志愿服务，按积分细则记分。",
)


def _agree(casts: Sequence[tuple[Village, Cast]], opening: dt.date, until: dt.date) -> None:
    """The charters of the villages with a history; one in five is not filed yet, the last has none."""
    for at, (village, cast) in enumerate(casts[:-1]):
        passed_on = min(opening + dt.timedelta(days=10 + 4 * at), until - dt.timedelta(days=5))
        expected = 40 + at
        passed = charters.Passed("delegates", passed_on, expected, expected - 4, expected - 6, f"代表会 {at + 1} 号")
        text, moment = "\n".join(ARTICLES), calendar.moment(passed_on, 16)
        with calendar.at(moment):
            made = charters.adopt(
                village=village, passed=passed, effective_on=passed_on, text=text, by=cast.maker, now=moment
            )
        later = calendar.moment(min(passed_on + dt.timedelta(days=12), until - dt.timedelta(days=1)), 10)
        if at % 5 != 4:
            with calendar.at(later):
                number = f"{village.code[6:9]}-{later:%Y}-{at + 1:02}"
                charters.file_with_township(charter=made, on=later.date(), number=number, by=cast.leader, now=later)


GUIDES = (
    ("城乡居民医保参保", "身份证、户口簿", 3),
    ("高龄津贴申请", "身份证、社保卡", 5),
    ("农村宅基地申请", "申请书、户口簿", 15),
)


def _serve(seed: str, casts: Sequence[tuple[Village, Cast]], opening: dt.date, until: dt.date) -> None:
    """Guides in every village with a history, and errands of which the newest are still open."""
    rng = random.Random(f"{seed}/services")  # noqa: S311 - invention, not secrecy
    for village, cast in casts:
        now = calendar.moment(opening, 9)
        said = {"place": "村便民服务中心", "phone": village.phone, "by": cast.maker, "now": now}
        guides = [
            services.put_guide(village=village, name=name, papers=papers, days=days, **said)
            for name, papers, days in GUIDES
        ]
        for back in sorted((rng.randint(1, (until - opening).days) for _ in range(4)), reverse=True):
            day = until - dt.timedelta(days=back)
            came = calendar.moment(day, 10)
            who = names.person(rng)
            errand = services.receive(guide=rng.choice(guides), asked_by=who, on=day, by=cast.maker, now=came)
            if back > 12:
                later = came + dt.timedelta(days=2)
                services.move(errand=errand, state="done", result="已办好", by=cast.maker, now=later)
