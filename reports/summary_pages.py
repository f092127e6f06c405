"""What the pages of 工作总结 show: the list of senders, one summary to write or read, and what to check."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period, of
from reports import permissions, report_pages, summaries, summary_numbers
from reports.documents import inserts
from reports.documents import summary as paper
from reports.documents.model import han_number
from reports.models import Sender, Summary, SummaryReminder, SummarySection, SummaryVersion
from reports.models.summaries import HANDED_IN, READERS
from reports.summary_numbers import Piece
from villages import scope
from villages.models import Appointment, Township, Unit, User

State = Summary.State
COLLECTED_IN = ("", State.DRAFT, State.RETURNED)
KEYS = tuple(SummarySection.Key)
HINTS = {
    "work": "怎么组织、做了哪些事：积分制、清单制、三治、示范创建",
    "results": "有什么变化，用具体的村和事来说",
    "problems": "写 2 到 4 个具体问题，说清在哪个村、怎么发现的",
    "plans": "对应上面的问题，写做什么、谁负责、什么时候完成",
}
# state → the kind of its mark and its word
WORDS = {
    "": ("warn", "未开始"),
    State.DRAFT: ("plain", "草稿"),
    State.SUBMITTED: ("info", "待签发"),
    State.RETURNED: ("warn", "已退回"),
    State.SIGNED: ("ok", "已报"),
    State.ACCEPTED: ("ok", "已收件"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sender in the list."""

    sender: Sender
    summary: Summary | None
    written: int
    saved_at: dt.datetime | None
    contact: User | None
    is_reminded: bool
    due_on: dt.date
    today: dt.date

    @property
    def state(self) -> str:
        return self.summary.state if self.summary else ""

    @property
    def is_handed_in(self) -> bool:
        return self.state in HANDED_IN

    @property
    def percent(self) -> int:
        return 100 if self.is_handed_in else self.written * 100 // len(KEYS)

    @property
    def mark(self) -> str:
        return "warn" if self.is_handed_in and self.days_late else WORDS[self.state][0]

    @property
    def days_late(self) -> int:
        """Of what was handed in, by its hour; of what was not, by today."""
        if self.summary and self.summary.signed_at and self.is_handed_in:
            return days_late(self.summary.signed_at, self.due_on)
        return max((self.today - self.due_on).days, 0)

    @property
    def word(self) -> str:
        """The state with its punctuality: 已报，按时; 已报，逾期 2 天; 草稿，已逾期 1 天."""
        word = WORDS[self.state][1]
        word += "（纸质）" if self.summary and self.summary.is_paper else ""
        if self.sender.is_district:
            return word
        if self.is_handed_in:
            return f"{word}，逾期 {self.days_late} 天" if self.days_late else f"{word}，按时"
        return f"{word}，已逾期 {self.days_late} 天" if self.days_late else word


@dataclass(frozen=True, slots=True)
class SummaryList:
    period: Period
    title: str
    due_on: dt.date
    opens_on: dt.date
    today: dt.date
    missing: list[Line]
    handed_in: list[Line]
    can_handle: bool
    writes: bool
    district: Line | None
    # Nobody is reminded on other days.
    is_working_day: bool

    @property
    def is_open(self) -> bool:
        return self.today >= self.opens_on

    @property
    def can_write(self) -> bool:
        """Whether the links lead to something to fill in."""
        return self.is_open and self.writes

    @property
    def can_collect(self) -> bool:
        """Until the district's own is on its way, from the first paper on."""
        return bool(self.handed_in and self.district and self.district.state in COLLECTED_IN)

    @property
    def remindable(self) -> int:
        return sum(not line.is_reminded for line in self.missing)

    @property
    def count(self) -> int:
        return len(self.missing) + len(self.handed_in)


@dataclass(frozen=True, slots=True)
class Section:
    """A section as it stands: its bound sentence, the text, and who holds it where that is somebody else."""

    key: str
    heading: str
    number: str  # 一, 二
    hint: str
    pieces: list[Piece]
    text: str
    version: int
    saved_at: dt.datetime | None
    holder: str
    shown: list[report_pages.Part]  # as it is read: paragraphs, with the tables they ask for

    @property
    def has_tables(self) -> bool:
        return bool(inserts.asked(self.text))

    @property
    def length(self) -> int:
        return len(self.text.replace("\n", ""))


def summary_list(user: Any, period: Period, today: dt.date) -> SummaryList:
    """Every sender of the period that the person may read, in code order; those lacking first."""
    due, opens = summary_numbers.due_on(period), summary_numbers.opens_on(period)
    places = scope.places(user, READERS)
    lines = _lines(_senders(places), period, due, today)
    district = _lines([Sender()], period, due, today)[0] if places.everywhere else None
    return SummaryList(
        period,
        summary_numbers.title(period),
        due,
        opens,
        today,
        [line for line in lines if not line.is_handed_in],
        [line for line in lines if line.is_handed_in],
        permissions.can_handle_summaries(user),
        scope.holds(user, "clerk", "leader", "liaison"),
        district,
        calendar.is_working_day(today),
    )


def sections(
    sender: Sender, summary: Summary | None, counted: dict[str, Any], user: Any, now: dt.datetime
) -> list[Section]:
    kept = {part.key: part for part in summary.sections.select_related("saved_by")} if summary else {}
    numbers = inserts.Numbers()
    return [_section(key, sender, kept.get(key), counted, user, now, numbers) for key in KEYS]


def counted(sender: Sender, summary: Summary | None, period: Period, now: dt.datetime) -> dict[str, Any]:
    """The frozen numbers of a summary that has them, else those of this moment."""
    frozen = summary.figures if summary else None
    return frozen or summaries.counted(sender, summary, period, now)


def last_year(sender: Sender, period: Period) -> Summary | None:
    """The same paper a year ago, whose text may be taken up again."""
    return Summary.objects.of(sender, period.same_last_year().slug).handed_in().prefetch_related("sections").first()


def printed(
    suffix: str,
    sender: Sender,
    period: Period,
    found: Sequence[Section],
    note: str,
    at: dt.datetime,
    tables: dict[str, Any] | None = None,
) -> bytes:
    """The paper as DOCX or PDF, from what is kept and the moment it was handed in."""
    rows = [(part.heading, "".join(piece.text for piece in part.pieces), part.text) for part in found]
    render = {"docx": paper.docx, "pdf": paper.pdf}[suffix]
    return render(sender, period.slug, rows, note, at, tables)


def version_paper(suffix: str, sender: Sender, version: SummaryVersion) -> bytes:
    """What was handed in that time, from the version's row alone."""
    period, at, figures = version.summary.period, version.handed_in_at, version.figures
    if suffix == "xlsx":
        return paper.xlsx(sender, period, figures, at)
    rows = [(heading, bound, text) for heading, bound, text in version.texts]
    render = {"docx": paper.docx, "pdf": paper.pdf}[suffix]
    return render(sender, period, rows, version.note, at, figures.get("tables"))


def periods_to_choose(chosen: Period, today: dt.date) -> list[Period]:
    """The newest that is open and the two before it, with the one shown."""
    offered = {summary_numbers.usual_period(today), chosen}
    while len(offered) < 3:
        offered.add(before(min(offered, key=lambda period: period.ends_on)))
    return sorted(offered, key=lambda period: period.ends_on)


def before(period: Period) -> Period:
    """The paper asked for before this one: half-years and years take turns."""
    half = Period(period.year, 1, "half-year")
    return half if period.kind == "year" else of(half.begins_on, "year").previous()


def days_late(at: dt.datetime, due_on: dt.date) -> int:
    return max((calendar.local_date(at) - due_on).days, 0)


def _senders(places: scope.Places) -> list[Sender]:
    townships = Township.objects.in_code_order()
    units = Unit.objects.order_by("position", "code")
    if not places.everywhere:
        townships, units = townships.filter(pk__in=places.townships), units.filter(pk__in=places.units)
    return [Sender(township=township) for township in townships] + [Sender(unit=unit) for unit in units]


def _lines(senders: list[Sender], period: Period, due: dt.date, today: dt.date) -> list[Line]:
    filled = Count("sections", filter=~Q(sections__text=""))
    found = Summary.objects.filter(period=period.slug).annotate(written=filled, saved_at=Max("sections__saved_at"))
    kept = {(row.township_id, row.unit_id): row for row in found}
    reminded = set(SummaryReminder.objects.filter(period=period.slug, on=today).values_list("township", "unit"))
    contacts = _contacts(today)
    lines = []
    for sender in senders:
        key = (sender.township.pk if sender.township else None, sender.unit.pk if sender.unit else None)
        row: Any = kept.get(key)
        written, saved_at = (row.written, row.saved_at) if row else (0, None)
        lines.append(Line(sender, row, written, saved_at, contacts.get(key), key in reminded, due, today))
    return lines


def _contacts(today: dt.date) -> dict[tuple[int | None, int | None], User]:
    """The first clerk of each township and liaison of each unit."""
    posts = Appointment.objects.current(today).filter(role__in=("clerk", "liaison")).select_related("user")
    found: dict[tuple[int | None, int | None], User] = {}
    for post in posts.order_by("-pk"):
        if post.township_id or post.unit_id:
            found[post.township_id, post.unit_id] = post.user
    return found


def _section(
    key: SummarySection.Key,
    sender: Sender,
    kept: SummarySection | None,
    counted: dict[str, Any],
    user: Any,
    now: dt.datetime,
    numbers: inserts.Numbers,
) -> Section:
    text = kept.text if kept else ""
    holder = ""
    if kept and kept.saved_by_id != user.pk and kept.saved_at > now - summaries.hold():
        holder = kept.saved_by.name
    return Section(
        key.value,
        key.label,
        han_number(KEYS.index(key) + 1),
        HINTS[key],
        summary_numbers.opening(key, sender, counted),
        text,
        kept.version if kept else 0,
        kept.saved_at if kept else None,
        holder,
        [report_pages.part(block) for block in inserts.blocks(text, counted.get("tables"), numbers)],
    )
