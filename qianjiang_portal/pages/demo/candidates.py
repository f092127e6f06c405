"""Demonstration villages on their way: one of each township for the district, a few for the city and the nation."""

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.files.base import ContentFile

from demos import candidates, criteria, evidence, programmes
from demos.models import Candidate, Criterion, Programme, Stage
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.pages.demo import pictures, places
from qianjiang_portal.pages.demo.people import NEXT_TOWN, TOWN, Staff
from villages.models import Township, User, Village

Key = Stage.Key
VILLAGE, TOWNS = Programme.Kind.VILLAGE, Programme.Kind.TOWN
DISTRICT, CITY, NATION = Programme.Level.DISTRICT, Programme.Level.CITY, Programme.Level.NATIONAL

# How far the 30 villages of the district's own programme have come, in the order of their townships; the number says
# how many days are left until the next step is due, below 0 how late it is.
WAY = (
    (Key.CARE, 0), (Key.TOWN, 6), (Key.RECOGNISED, 9), (Key.NURTURE, 34), (Key.DISTRICT, 11), (Key.TOWN, -4),
    (Key.CARE, 0), (Key.CARE, 0), (Key.APPLY, 5), (Key.TOWN, 12), (Key.NURTURE, -9), (Key.CARE, 0),
    (Key.DISTRICT, 3), (Key.TOWN, 8), (Key.RECOGNISED, 20), (Key.NOTICE, 3), (Key.APPLY, 10), (Key.CARE, 0),
    (Key.NURTURE, 58), (Key.TOWN, -11), (Key.DISTRICT, 16), (Key.CARE, 0), (Key.APPLY, -2), (Key.TOWN, 3),
    (Key.NURTURE, 21), (Key.RECOGNISED, 14), (Key.APPLY, 7), (Key.DISTRICT, 18), (Key.NURTURE, 71), (Key.TOWN, 15),
)  # fmt: skip
# level, kind, place, stage, days left
FURTHER = (
    (CITY, VILLAGE, "500114106200", Key.CITY, 12),
    (CITY, VILLAGE, "500114110206", Key.DISTRICT, 9),
    (NATION, VILLAGE, "500114106200", Key.NURTURE, 40),
    (CITY, TOWNS, NEXT_TOWN, Key.DISTRICT, 14),
    (CITY, TOWNS, TOWN, Key.APPLY, 6),
    (NATION, TOWNS, NEXT_TOWN, Key.NURTURE, 52),
)
CHOSEN = {TOWN: places.HOME, NEXT_TOWN: "500114106200"}
# Townships whose village had something happen to it.
SENT_BACK, GIVEN_UP, FOUND, MENDING = "500114006", "500114004", "500114121", "500114119"
CLEARED = NEXT_TOWN

PROOFS = {
    "党组织领导有力": (("班子分工公示照片", "村务公开栏"), ("三会一课记录", "村支部档案盒 3")),
    "村民自治依法规范": (("村规民约备案表", "镇民政办备案"), ("监督委员会会议记录", "村委会档案柜")),
    "法治理念深入人心": (("法治讲座签到表", "村委会档案柜"), ("法治带头人聘书", "镇司法所")),
    "文化道德形成新风": (("红白理事会章程", "村委会档案柜"), ("评选结果公示", "村务公开栏")),
    "乡村发展充满活力": (("集体经济收支公开表", "村务公开栏"), ("盘活合同", "镇经发办")),
    "农村社会安定有序": (("调解案卷", "村调解室"), ("巡防记录本", "村综治中心")),
}
PROOF_OF_TOWN = (("会议纪要", "党政办归档"), ("公示照片", "便民服务中心"))
STEPS = (("印发创建方案", 0.2), ("镇级现场督导", 0.7))
SEEN = ("公示栏内容齐，积分表能对上账本", "入户问了五户，四户知道积分怎么来", "档案按条目装盒，缺一份会议签到表已补")


@dataclass(frozen=True)
class Course:
    """What a programme asks of each of its candidates, the same for all of them."""

    programme: Programme
    stages: list[Stage]
    scored: list[Criterion]
    vetoes: list[Criterion]

    @classmethod
    def of(cls, programme: Programme) -> "Course":
        standard = criteria.current(programme)
        asked = list(standard.criteria.order_by("position")) if standard else []
        return cls(
            programme,
            stages=list(programme.stages.order_by("position")),
            scored=[one for one in asked if not one.is_veto],
            vetoes=[one for one in asked if one.is_veto],
        )


@dataclass
class Way:
    """One candidate's course: where it stops, when it began, and who works on it."""

    course: Course
    place: Village | Township
    stop: str
    left: int
    clerk: User
    leader: User
    officer: User
    rng: random.Random
    day: dt.date = dt.date.min
    seen: Candidate = field(init=False)

    @property
    def town(self) -> str:
        return self.place.code[:9]


def show(seed: str, staff: Staff, until: dt.date) -> None:
    """The year's targets, and every candidate as far as it has come by `until`."""
    officer = staff.users["district"]
    start = calendar.moment(until - dt.timedelta(days=330), 10)
    with calendar.at(start):
        made = programmes.set_by_plan(year=until.year, by=officer, now=start)
    by_kind = {(one.level, one.kind): Course.of(one) for one in made}
    _give_up(by_kind[DISTRICT, VILLAGE].programme, staff, until)
    for (level, kind), place, stop, left in _chosen():
        town = place.code[:9]
        rng = random.Random(f"{seed}/candidates/{level}/{place.code}")  # noqa: S311 - invention, not secrecy
        people = staff.at_desk("clerk", town), staff.at_desk("leader", town), officer
        _walk(Way(by_kind[level, kind], place, stop, left, *people, rng), until)


def _give_up(programme: Programme, staff: Staff, until: dt.date) -> None:
    """A first choice that came to nothing, before the township put another village forward."""
    place = Village.objects.filter(code__startswith=GIVEN_UP).in_code_order().last()
    assert place
    chosen, closed = (office(until - dt.timedelta(days=days)) for days in (170, 95))
    clerk, officer = staff.at_desk("clerk", GIVEN_UP), staff.users["district"]
    with calendar.at(calendar.moment(chosen, 9)):
        now = calendar.now()
        made = candidates.nominate(programme=programme, place=place, on=chosen, by=clerk, now=now)
    with calendar.at(calendar.moment(closed, 9)):
        reason = "社区范围要调整，今年不再创建，由本街道另选"
        candidates.close(candidate=made, on=closed, reason=reason, by=officer, now=calendar.now())


def _chosen() -> list[tuple[tuple[str, str], Village | Township, str, int]]:
    """Every candidate in the order in which it is made: whose, which place, how far, and days left."""
    townships = {one.code: one for one in Township.objects.in_code_order()}
    villages = {one.code: one for one in Village.objects.select_related("township").in_code_order()}
    first: dict[str, Village] = {}
    for village in sorted(villages.values(), key=lambda one: (one.kind != "village", one.code)):
        first.setdefault(village.code[:9], village)
    chosen = [villages[CHOSEN[code]] if code in CHOSEN else first[code] for code in townships]
    ways = zip(chosen, WAY, strict=True)
    found: list[tuple[tuple[str, str], Village | Township, str, int]] = [
        ((DISTRICT, VILLAGE), village, stop, left) for village, (stop, left) in ways
    ]
    for level, kind, code, stop, left in FURTHER:
        place = villages[code] if kind == VILLAGE else townships[code]
        found.append(((level, kind), place, stop, left))
    return found


def _walk(way: Way, until: dt.date) -> None:
    """From its nomination to the stage where it is now, each step by whoever takes it."""
    stages = way.course.stages
    at = next(number for number, stage in enumerate(stages) if stage.key == way.stop)
    meant = sum(stage.days for stage in stages[: at + 1])
    is_over = way.stop == Key.CARE
    begun = until - dt.timedelta(days=sum(stage.days for stage in stages[:at]) + way.rng.randint(15, 60))
    way.day = office(begun if is_over else until + dt.timedelta(days=way.left - meant))
    with _at(way, 9) as now:
        owner = way.leader.name
        way.seen = candidates.nominate(
            programme=way.course.programme, place=way.place, on=way.day, owner=owner, by=way.clerk, now=now
        )
    _plan(way, until)
    for stage in stages[:at]:
        _prepare(way, stage)
        _step(way, stage, until)
    if way.stop == Key.APPLY:
        _prove(way, most=4)
    _happen(way, until)


def _plan(way: Way, until: dt.date) -> None:
    """Two steps of its own plan; those whose day has come were taken about then."""
    for name, share in STEPS:
        planned = way.day + dt.timedelta(days=round(120 * share))
        with _at(way, 10) as now:
            made = candidates.add_milestone(candidate=way.seen, name=name, planned_on=planned, by=way.clerk, now=now)
        done = office(planned + dt.timedelta(days=way.rng.randint(-3, 4)))
        if way.day < done < until:
            with calendar.at(calendar.moment(done, 16)):
                candidates.reach(milestone=made, on=done, by=way.clerk, now=calendar.moment(done, 16))


def _prepare(way: Way, stage: Stage) -> None:
    """What the gate behind a stage asks for."""
    if stage.key == Key.APPLY:
        _prove(way)
        _score(way, "self", way.clerk)
    elif stage.key == Key.TOWN:
        _score(way, "town", way.leader)
    elif stage.key == Key.DISTRICT:
        _score(way, "district", way.officer)
        _inspect(way)


def _inspect(way: Way) -> None:
    """What the district saw on the spot; one village had something on the negative list, and mended it."""
    is_shown = way.town == CLEARED and _kind(way) == (DISTRICT, VILLAGE)
    photo = ContentFile(pictures.courtyard(way.rng), "现场.jpg") if is_shown else None
    with _at(way, 15) as now:
        about = {"candidate": way.seen, "on": way.day, "by": way.officer, "now": now}
        evidence.inspect(**about, inspectors="区农业农村委检查组", text=way.rng.choice(SEEN), photo=photo)  # type: ignore[arg-type]
        if is_shown:
            text = "群众反映一张院坝会照片是去年的"
            found = evidence.find(**about, criterion=way.course.vetoes[3], text=text)  # type: ignore[arg-type]
            how = "查明是归档时放错，换成当次照片，村里作了说明"
            evidence.clear(finding=found, on=way.day, how=how, by=way.officer, now=now)


def _kind(way: Way) -> tuple[str, str]:
    return way.course.programme.level, way.course.programme.kind


def _prove(way: Way, most: int = 99) -> None:
    asked = [one for one in way.course.scored if one.needs_evidence]
    with _at(way, 14) as now:
        for item in asked[:most]:
            caption, kept_at = way.rng.choice(PROOFS.get(item.aspect, PROOF_OF_TOWN))
            of = way.day - dt.timedelta(days=way.rng.randint(5, 80))
            facts = {"criterion": item, "caption": caption, "of": of, "kept_at": kept_at}
            evidence.add(candidate=way.seen, **facts, by=way.clerk, now=now)


def _score(way: Way, column: str, by: User) -> None:
    off = {"self": (0, 0, 1), "town": (0, 1, 1), "district": (0, 1, 2)}[column]
    points = {item.pk: item.weight - way.rng.choice(off) for item in way.course.scored}
    with _at(way, 14) as now:
        evidence.score(candidate=way.seen, column=column, points=points, by=by, now=now)


def _step(way: Way, stage: Stage, until: dt.date) -> None:
    """Take the step out of a stage after about the days it is meant to take."""
    least = options.get("notice_days") if stage.key == Key.NOTICE else 1
    days = max(least, round(stage.days * way.rng.uniform(0.93, 1.01)))
    on = min(way.day + dt.timedelta(days=days), until - dt.timedelta(days=1))
    way.day = office(on, after=way.day + dt.timedelta(days=least - 1))
    by = {Key.NURTURE: way.clerk, Key.APPLY: way.clerk, Key.TOWN: way.leader}.get(Key(stage.key), way.officer)
    with _at(way, 16) as now:
        way.seen = candidates.advance(candidate=way.seen, on=way.day, by=by, now=now)


def _happen(way: Way, until: dt.date) -> None:
    """A village sent back, one with an open finding, one that has to mend, and good words for the others in care."""
    if way.course.programme.level != DISTRICT:
        return
    way.day = office(until - dt.timedelta(days=2), after=way.day - dt.timedelta(days=1))
    with _at(way, 11) as now:
        about = {"candidate": way.seen, "on": way.day, "now": now}
        if way.town == SENT_BACK and way.stop == Key.TOWN:
            to = next(stage for stage in way.course.stages if stage.key == Key.APPLY)
            reason = "三会一课记录缺 3 月和 5 月，补齐后再报"
            candidates.send_back(**about, to=to, reason=reason, by=way.leader)  # type: ignore[arg-type]
        elif way.town == FOUND:
            veto = way.course.vetoes[3]
            text = "一份会议记录的签名与签到表对不上，正在核实"
            evidence.find(**about, criterion=veto, text=text, by=way.officer)  # type: ignore[arg-type]
        elif way.stop == Key.CARE:
            _recheck(way, now)


def _recheck(way: Way, now: dt.datetime) -> None:
    about = {"candidate": way.seen, "on": way.day, "by": way.officer, "now": now}
    if way.town == MENDING:
        due = way.day + dt.timedelta(days=30)
        note = "公开栏两个月没有更新，评议小组会议少开一次"
        candidates.recheck(**about, standing="mend", note=note, mend_by=due)  # type: ignore[arg-type]
    else:
        candidates.recheck(**about, standing="good", note="抽查三项，台账齐全")  # type: ignore[arg-type]


@contextmanager
def _at(way: Way, hour: int) -> Iterator[dt.datetime]:
    """The portal's clock on the way's day."""
    now = calendar.moment(way.day, hour)
    with calendar.at(now):
        yield now


def office(day: dt.date, after: dt.date = dt.date.min) -> dt.date:
    """The last working day up to `day`, or the first one past `after` where that would not be later."""
    while not calendar.is_working_day(day) and day > after:
        day -= dt.timedelta(days=1)
    return day if day > after else calendar.add_working_days(after, 1)
