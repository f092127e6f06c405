"""Write a summary section by section, submit it with its numbers frozen, sign it, send it back, take it in."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.files.base import File as Sent
from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, numbering, options, uploads
from qianjiang_portal.foundation.periods import Period, parse
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.texts import clean
from reports import composing, permissions, summary_numbers
from reports.documents import inserts
from reports.models import Sender, Summary, SummaryReminder, SummarySection, SummaryVersion
from reports.models.summaries import LONGEST
from reports.summary_numbers import opens_on

State = Summary.State


class CannotWrite(Refused):
    """The summary may not be changed so: by this person, now, or with this text."""


class NumbersMoved(Refused):
    """Numbers changed since the summary was submitted; whoever signs must have seen them."""

    def __init__(self, moved: list[tuple[str, str, str]]) -> None:
        super().__init__(f"提交后有 {len(moved)} 个数字变了，核对后再签发")
        self.moved = moved


@transaction.atomic
def save_section(
    *, sender: Sender, period: Period, key: str, text: str, version: int, by: Any, now: dt.datetime
) -> SummarySection:
    """Keep one section; the first one makes the summary. Raises CannotWrite, and Conflict where another came first."""
    refuse_stranger(permissions.can_write_summary(by, sender))
    refuse_early(period, now)
    text = clean(text)
    if len(text) > LONGEST:
        raise CannotWrite(f"这一节 {len(text)} 字，最多 {LONGEST} 字")
    if unknown := inserts.unknown(text):
        raise CannotWrite(f"没有“{unknown[0]}”这张图表，可以插入：{'、'.join(inserts.INSERTS)}")
    summary = locked(sender, period)
    if not summary.is_open:
        raise CannotWrite(f"总结{summary.get_state_display()}，正文不能再改")
    section = summary.sections.select_related("saved_by").filter(key=key).first()
    if section is None:
        return SummarySection.objects.create(summary=summary, key=key, text=text, saved_by=by, saved_at=now)
    _refuse_conflict(section, version, by, now)
    section.text, section.version, section.saved_by, section.saved_at = text, section.version + 1, by, now
    section.save()
    return section


@transaction.atomic
def save_note(*, summary: Summary, note: str, by: Any, now: dt.datetime) -> Summary:
    """Keep the words on why numbers differ from the sender's own. Raises CannotWrite."""
    summary = _again(summary)
    refuse_stranger(permissions.can_write_summary(by, summary.sender))
    if not summary.is_open:
        raise CannotWrite(f"总结{summary.get_state_display()}，说明不能再改")
    summary.note = clean(note)[:300]
    summary.save(update_fields=["note"])
    _record(summary, "note", by, now)
    return summary


@transaction.atomic
def submit(*, summary: Summary, by: Any, now: dt.datetime, signed_on_paper: str = "") -> Summary:
    """Freeze the numbers and hand the summary to whoever signs; a unit's is signed on paper and so handed in at once.

    Raises CannotWrite.
    """
    summary = _again(summary)
    refuse_stranger(permissions.can_write_summary(by, summary.sender))
    if not summary.is_open:
        raise CannotWrite(f"总结{summary.get_state_display()}，不用再提交")
    if lacking := missing(summary):
        raise CannotWrite(f"还差：{'、'.join(lacking)}")
    if summary.unit and not signed_on_paper.strip():
        raise CannotWrite("还差：签发的单位负责人姓名")
    summary.figures = counted(summary.sender, summary, _period(summary), now)
    summary.submitted_by, summary.submitted_at, summary.state = by, now, State.SUBMITTED
    summary.return_reason = ""
    if summary.unit:
        summary.signed_on_paper = signed_on_paper.strip()[:40]
        _hand_in(summary, now)
    summary.save()
    _record(summary, "submit", by, now)
    return summary


@transaction.atomic
def sign(*, summary: Summary, by: Any, now: dt.datetime, seen: list[tuple[str, str, str]] | None = None) -> Summary:
    """Sign and hand in. `seen` are the changed numbers the signer was shown. Raises CannotWrite, NumbersMoved."""
    summary = _again(summary)
    refuse_stranger(permissions.can_sign_summary(by, summary.sender))
    if summary.state != State.SUBMITTED:
        raise CannotWrite(f"总结{summary.get_state_display()}，不用签发")
    if summary.submitted_by_id == by.pk:
        raise CannotWrite("这份总结由本人提交，请由其他人签发")
    fresh = counted(summary.sender, summary, _period(summary), now)
    moved = summary_numbers.changed(summary.figures or fresh, fresh)
    if moved and moved != seen:
        raise NumbersMoved(moved)
    summary.figures, summary.signed_by = fresh if moved else summary.figures, by
    _hand_in(summary, now)
    summary.save()
    _record(summary, "sign", by, now, numbers_changed=len(moved))
    return summary


@transaction.atomic
def send_back(*, summary: Summary, reason: str, by: Any, now: dt.datetime) -> Summary:
    """Open a summary again with a reason: the signer before it is handed in, the district after. CannotWrite."""
    summary = _again(summary)
    if summary.state == State.SUBMITTED:
        refuse_stranger(permissions.can_sign_summary(by, summary.sender))
    elif summary.state == State.SIGNED:
        refuse_stranger(permissions.can_handle_summaries(by))
    else:
        raise CannotWrite(f"总结{summary.get_state_display()}，不能退回")
    if not (reason := clean(reason)):
        raise CannotWrite("写明退回的原因，报送单位才知道怎么改")
    summary.state, summary.return_reason = State.RETURNED, reason[:200]
    summary.handled_by, summary.handled_at = by, now
    summary.signed_by, summary.signed_on_paper, summary.signed_at, summary.is_paper = None, "", None, False
    summary.scan = None
    summary.figures = None
    summary.save()
    _record(summary, "return", by, now, reason=reason[:200])
    return summary


@transaction.atomic
def accept(*, summary: Summary, by: Any, now: dt.datetime) -> Summary:
    """Take a summary in for good. Raises CannotWrite."""
    summary = _again(summary)
    refuse_stranger(permissions.can_handle_summaries(by))
    if summary.state != State.SIGNED:
        raise CannotWrite(f"总结{summary.get_state_display()}，不能收件")
    summary.state, summary.handled_by, summary.handled_at = State.ACCEPTED, by, now
    summary.save()
    _record(summary, "accept", by, now)
    return summary


@transaction.atomic
def take_paper(*, sender: Sender, period: Period, by: Any, now: dt.datetime) -> Summary:
    """Note that a sender brought its summary on paper: it counts as handed in now. Raises CannotWrite."""
    refuse_stranger(permissions.can_handle_summaries(by))
    refuse_early(period, now)
    summary = locked(sender, period)
    if not summary.is_open:
        raise CannotWrite(f"{sender.name}的总结{summary.get_state_display()}，不用代收")
    summary.is_paper, summary.handled_by, summary.handled_at = True, by, now
    summary.return_reason = ""
    _hand_in(summary, now)
    summary.save()
    _record(summary, "paper", by, now)
    return summary


@transaction.atomic
def keep_scan(*, summary: Summary, sent: "Sent[bytes]", by: Any, now: dt.datetime) -> Summary:
    """Keep a photograph or a PDF of what came on paper; a newer one takes its place. Raises CannotWrite, BadUpload."""
    summary = _again(summary)
    refuse_stranger(permissions.can_handle_summaries(by))
    if not summary.is_paper:
        raise CannotWrite("这份总结不是纸质，不用存扫描件")
    with uploads.storing(sent=sent, place=summary.sender.slug[:12], by=by, now=now) as stored:
        summary.scan = stored
        summary.save(update_fields=["scan"])
        _record(summary, "scan", by, now)
    return summary


@transaction.atomic
def remind(*, senders: Iterable[Sender], period: Period, by: Any, now: dt.datetime) -> int:
    """Remind those that have not handed in, each at most once a working day; answers how many. Raises CannotWrite."""
    refuse_stranger(permissions.can_handle_summaries(by))
    refuse_early(period, now)
    if not calendar.is_working_day(now.date()):
        following = calendar.next_working_day(now.date())
        raise CannotWrite(f"今天不是工作日，{following.month}月{following.day}日起再催报")
    wanted = [sender for sender in senders if not Summary.objects.of(sender, period.slug).handed_in().exists()]
    made = 0
    for sender in wanted:
        _, fresh = SummaryReminder.objects.get_or_create(
            township=sender.township, unit=sender.unit, period=period.slug, on=now.date(), defaults={"by": by}
        )
        made += fresh
    if made:
        audit.record(actor=by, action="summary.remind", target=period.slug, at=now, facts={"senders": made})
    return made


def counted(sender: Sender, summary: Summary | None, period: Period, now: dt.datetime) -> dict[str, Any]:
    """The figures of this moment, with those of the tables that its texts ask for."""
    found = summary_numbers.count(sender, period, now)
    texts = [section.text for section in summary.sections.all()] if summary else []
    if any(map(inserts.asked, texts)):
        chosen = summary_numbers.villages_of(sender, now)
        found["tables"] = composing.insertable(chosen, period, now, whole=sender.is_district)
    return found


def rows(summary: Summary) -> list[tuple[str, str, str]]:
    """Heading, the sentence with the frozen numbers, and the words of each section, as the paper prints them."""
    texts = {section.key: section.text for section in summary.sections.all()}
    figures = summary.figures or {"values": {}}
    bound = {
        key: "".join(piece.text for piece in summary_numbers.opening(key, summary.sender, figures))
        for key in SummarySection.Key
    }
    return [(key.label, bound[key], texts.get(key, "")) for key in SummarySection.Key]


def missing(summary: Summary) -> list[str]:
    """The sections without a word, as the check page and the refusal name them."""
    written = set(summary.sections.exclude(text="").values_list("key", flat=True))
    return [key.label for key in SummarySection.Key if key not in written]


def locked(sender: Sender, period: Period) -> Summary:
    """The summary's row, made when it is not there, held until the transaction ends."""
    summary, _ = Summary.objects.get_or_create(township=sender.township, unit=sender.unit, period=period.slug)
    return _again(summary)


def _again(summary: Summary) -> Summary:
    locked = Summary.objects.select_for_update(of=("self",)).select_related("township", "unit")
    return locked.get(pk=summary.pk)


def _hand_in(summary: Summary, now: dt.datetime) -> None:
    """The receipt keeps its number when a summary comes back; each time it is handed in is a version of its own."""
    summary.state, summary.signed_at = State.SIGNED, now
    summary.receipt = summary.receipt or f"{summary.period}-{numbering.take(f'summary:{summary.period}'):02}"
    if not summary.is_paper:
        SummaryVersion.objects.create(
            summary=summary,
            number=summary.versions.count() + 1,
            texts=rows(summary),
            figures=summary.figures,
            note=summary.note,
            handed_in_at=now,
        )


def refuse_stranger(may: bool) -> None:
    if not may:
        raise CannotWrite("只能办理本单位的总结")


def refuse_early(period: Period, now: dt.datetime) -> None:
    opens = opens_on(period)
    if now.date() < opens:
        raise CannotWrite(f"{summary_numbers.title(period)}总结 {opens.month}月{opens.day}日开放填写")


def _refuse_conflict(section: SummarySection, version: int, by: Any, now: dt.datetime) -> None:
    if section.saved_by_id != by.pk and section.saved_at > now - hold():
        raise Conflict(f"{section.saved_by.name}正在写这一节，{hold().seconds // 60} 分钟没有保存后可以接着写")
    if section.version != version and section.saved_by_id != by.pk:
        raise Conflict(f"{section.saved_by.name}刚改过这一节，请对照后再保存")


def hold() -> dt.timedelta:
    """How long a section stays with whoever saved it last."""
    return dt.timedelta(minutes=options.get("section_hold_minutes"))


def _period(summary: Summary) -> Period:
    return parse(summary.period)


def _record(summary: Summary, verb: str, by: Any, now: dt.datetime, **facts: Any) -> None:
    target = f"{summary.sender.name} {summary.period}"
    audit.record(actor=by, action=f"summary.{verb}", target=target, place=summary.sender.slug[:12], at=now, facts=facts)
