"""A circular three weeks old, mended, sent back, waiting and overdue; and the assessment of the last summaries."""

import datetime as dt
import io
import random
from dataclasses import dataclass
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.pages.demo import papers, places
from qianjiang_portal.pages.demo.people import NEXT_TOWN, TOWN, Staff
from reports import assessment, circulars, rectifications, summary_numbers
from reports.assessment import Item
from reports.models import Assessed, Assessment, Circular, Finding, Rectification, Summary
from villages.models import Township, User, Village

AGO = 24  # days since the circular was issued
UNIT = "unit"  # the liaison's own
CLOSED, SENT_BACK, WAITS, OPEN = "closed", "sent back", "waits", "open"


@dataclass(frozen=True)
class Found:
    """One problem: where, what, how many days it had, and what became of it after how many."""

    place: str
    text: str
    days: int
    end: str
    after: int = 0
    answer: str = ""
    reason: str = ""


# {month} is the month before the circular's.
FOUND = (
    Found(
        places.HOME, "{month}月积分公示晚张贴 2 天，公示栏没有写监督电话", 14, CLOSED, 6,
        "已补张贴，公示栏写上监督电话和村委会电话，网格员每月 4 日提醒一次。",
    ),
    Found(
        "500114106200", "评议记录没有写到会人，两次评议只有一个人签字", 30, SENT_BACK, 9,
        "已补写到会人，以后评议当场签到。", "没有附签到表，补一张照片再报",
    ),
    Found(
        "500114108", "两个村的积分集中在月底补录，补录占当月四成", 28, WAITS, 20,
        "已和两个村的网格员谈过，改为每周登记一次，补录降到一成。",
    ),
    Found("500114113", "总结没有报送，也没有说明原因", 20, OPEN),
    Found(TOWN, "三个村的便民代办没有写承诺日期", 29, OPEN),
    Found(
        UNIT, "上季度专题会没有按时召开", 12, CLOSED, 14,
        "已补开专题会，会议纪要和决定事项登记在平台。",
    ),
)  # fmt: skip
SIGNED = (TOWN, NEXT_TOWN, "500114108", UNIT)
TEXT = (
    "多数乡镇街道按月登记、按月评议、按月公示，账本与公示栏能对上。积分兑换有小票、有签字，随机问到的农户大多说得清积分怎么来。",
    "少数村公示张贴晚、评议记录不全，个别单位总结没有按时报送，需要马上整改。",
)
BY_DAY = "总结按期报送"
ITEMS = {
    Assessment.Kind.TOWNSHIP: [
        Item(BY_DAY, Decimal(20)),
        Item("农户参与积分", Decimal(30), "participation_rate", Decimal(60)),
        Item("积分公示", Decimal(20), "notices", Decimal(4)),
        Item("工作调度", Decimal(15)),
        Item("入户走访评价", Decimal(15)),
    ],
    Assessment.Kind.UNIT: [
        Item("专题会", Decimal(40), "special_meetings", Decimal(2)),
        Item("结对帮扶成效", Decimal(60)),
    ],
}
NOTES = ("每月调度记录", "走访 20 户，问卷汇总", "年中实地查看", "台账抽查")


def circulate(staff: Staff, opening: dt.date, until: dt.date) -> Circular | None:
    """Issue the circular and let its places answer; None where the district is too young for one."""
    day = until - dt.timedelta(days=AGO)
    if day < opening:
        return None
    officer, now = staff.users["district"], calendar.moment(day, 15)
    facts = circulars.Facts(
        subject=f"{day.month}月乡村治理积分制督查情况",
        inspected_from=day - dt.timedelta(days=9),
        inspected_to=day - dt.timedelta(days=2),
        inspectors="区乡村治理工作领导小组办公室",
        text="\n".join(TEXT),
    )
    made = circulars.draft(facts=facts, by=officer, now=now)
    named = [_name(made, one, staff, now) for one in FOUND]
    circulars.issue(circular=made, by=officer, now=now + dt.timedelta(hours=1))
    for position, code in enumerate(SIGNED, 1):
        circulars.sign_for(
            circular=made, by=_answers(staff, code), now=now + dt.timedelta(hours=2, minutes=9 * position)
        )
    for one, finding in zip(FOUND, named, strict=True):
        if one.end != OPEN:
            _mend(one, finding, staff, day)
    return made


def assess(seed: str, staff: Staff, period: Period) -> None:
    """The townships' assessment final with ranks published, the units' put to them."""
    rng = random.Random(f"{seed}/assessment")  # noqa: S311 - invention, not secrecy
    officer = staff.users["district"]
    now = calendar.moment(summary_numbers.due_on(period) + dt.timedelta(days=4), 10)
    with calendar.at(now):
        townships = _scored(rng, Assessment.Kind.TOWNSHIP, period, officer, now)
        units = _scored(rng, Assessment.Kind.UNIT, period, officer, now)
        for scheme in (townships, units):
            assessment.show(assessment=scheme, by=officer, now=now)
        own = townships.places.select_related("assessment", "township", "unit").get(township__code=TOWN)
        assessment.answer(place=own, text="无意见", by=staff.at_desk("leader", TOWN), now=now + dt.timedelta(hours=3))
        later = now + dt.timedelta(hours=6)
        assessment.finish(assessment=townships, by=officer, now=later)
        assessment.publish_ranks(assessment=townships, by=officer, now=later)


def _scored(rng: random.Random, kind: str, period: Period, by: User, now: dt.datetime) -> Assessment:
    asked = periods.parse(f"{period.year}H1") if period.kind == "half-year" else period
    made = assessment.open_scheme(period=asked, kind=kind, items=ITEMS[Assessment.Kind(kind)], by=by, now=now)
    assessment.count(assessment=made, by=by, now=now)
    for place in made.places.select_related("assessment", "township", "unit").order_by("pk"):
        _by_hand(rng, made, place, by, now)
    return made


def _by_hand(rng: random.Random, made: Assessment, place: Assessed, by: User, now: dt.datetime) -> None:
    """Items without a figure, and those whose figure this place does not have."""
    for item in made.items.exclude(scores__place=place).order_by("position"):
        points = (item.weight * Decimal(rng.randrange(70, 99)) / 100).quantize(Decimal("0.5"))
        note = rng.choice(NOTES)
        if item.name == BY_DAY:
            points, note = _by_day(made, place, item.weight)
        assessment.score(place=place, item=item, points=points, note=note, by=by, now=now)
    if place.township and place.township.code == papers.NOT_BEGUN:
        assessment.adjust(place=place, points=Decimal("-1.5"), note="总结没有报送，也没有说明", by=by, now=now)


def _by_day(made: Assessment, place: Assessed, weight: Decimal) -> tuple[Decimal, str]:
    """All in time, half of it late, nothing where nothing came."""
    summary = Summary.objects.of(place.sender, made.period).handed_in().first()
    if summary is None or summary.signed_at is None:
        return Decimal(0), "没有报送"
    day = calendar.local_date(summary.signed_at)
    is_late = day > summary_numbers.due_on(periods.parse(made.period))
    return weight / 2 if is_late else weight, f"{day} 报送{'，逾期' if is_late else ''}"


def _name(made: Circular, one: Found, staff: Staff, now: dt.datetime) -> Finding:
    due_on = now.date() + dt.timedelta(days=one.days)
    text = one.text.format(month=periods.of(now.date()).previous().index)
    where, by = _where(staff, one.place), staff.users["district"]
    return circulars.name(circular=made, where=where, text=text, due_on=due_on, by=by, now=now)


def _mend(one: Found, finding: Finding, staff: Staff, day: dt.date) -> Rectification:
    at, by = calendar.moment(day + dt.timedelta(days=one.after), 11), _answers(staff, one.place)
    sent = [SimpleUploadedFile("公示栏整改后.jpg", _photo())] if one.place == places.HOME else []
    made = rectifications.report(finding=finding, text=one.answer, by=by, now=at, sent=sent)
    if one.end == WAITS:
        return made
    said = {"rectification": made, "by": staff.users["district"], "now": at + dt.timedelta(hours=5)}
    return rectifications.accept(**said) if one.end == CLOSED else rectifications.send_back(reason=one.reason, **said)


def _where(staff: Staff, code: str) -> circulars.Where:
    if code == UNIT:
        return circulars.Where(unit=next(post.unit for post in staff.users["liaison"].appointments_now if post.unit))
    if len(code) == len(TOWN):
        return circulars.Where(township=Township.objects.get(code=code))
    return circulars.Where.of(Village.objects.select_related("township").get(code=code))


def _answers(staff: Staff, code: str) -> User:
    return staff.users["liaison"] if code == UNIT else staff.at_desk("clerk", code[: len(TOWN)])


def _photo() -> bytes:
    """A board with sheets on it, drawn."""
    picture = Image.new("RGB", (960, 640), "#7c8f9c")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 70, 900, 560), fill="#8a2f2a")
    draw.rectangle((90, 130, 870, 540), fill="#e9e4d8")
    for column in range(4):
        left = 120 + column * 185
        draw.rectangle((left, 160, left + 150, 400), fill="#fdfdfb", outline="#9aa3a8")
        for line in range(9):
            draw.line(
                (left + 14, 190 + line * 22, left + 136 - 18 * (line % 3), 190 + line * 22), fill="#5a6470", width=4
            )
    draw.rectangle((120, 440, 825, 515), fill="#f6efc9", outline="#9aa3a8")
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=82)
    return target.getvalue()
