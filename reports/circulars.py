"""督查通报: draft a circular, name what was found, issue it, and sign for it where it arrives."""

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from qianjiang_portal.foundation import audit, calendar, numbering, options
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.texts import clean
from reports import permissions
from reports.models import Circular, CircularReceiver, Finding, Sender
from villages.models import Township, Unit, Village

State = Circular.State


class CannotCirculate(Refused):
    """The circular may not be changed like this, now, or by this person."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of the inspection itself."""

    subject: str
    inspected_from: dt.date
    inspected_to: dt.date
    inspectors: str
    text: str
    audience: str = Circular.Audience.NAMED


@dataclass(frozen=True, slots=True)
class Where:
    """A township, a village of it, or a unit."""

    township: Township | None = None
    village: Village | None = None
    unit: Unit | None = None

    @classmethod
    def of(cls, place: Township | Village | Unit) -> "Where":
        if isinstance(place, Village):
            return cls(township=place.township, village=place)
        return cls(township=place) if isinstance(place, Township) else cls(unit=place)


@transaction.atomic
def draft(*, facts: Facts, by: Any, now: dt.datetime) -> Circular:
    """Begin a circular. Raises CannotCirculate."""
    _refuse_unless_district(by)
    facts = _cleaned(facts)
    _refuse_facts(facts, now)
    made = Circular.objects.create(**asdict(facts), made_by=by, made_at=now)
    audit.record(actor=by, action="circular.draft", target=made.subject, at=now)
    return made


@transaction.atomic
def edit(*, circular: Circular, facts: Facts, version: int, by: Any, now: dt.datetime) -> Circular:
    """Change what a draft says of the inspection; `version` is the one its writer had before them.

    Raises CannotCirculate, and Conflict where somebody wrote something else meanwhile.
    """
    circular = _draft(circular, by)
    said = asdict(_cleaned(facts))
    _refuse_facts(Facts(**said), now)
    if version != circular.version and said != {name: getattr(circular, name) for name in said}:
        raise Conflict("这份通报刚被改过，和现在保存的对照以后再保存")
    for name, value in said.items():
        setattr(circular, name, value)
    circular.save(update_fields=list(said))
    circular.refresh_from_db(fields=["version"])
    audit.record(actor=by, action="circular.edit", target=circular.subject, at=now)
    return circular


@transaction.atomic
def discard(*, circular: Circular, by: Any, now: dt.datetime) -> None:
    """Throw a draft away. Raises CannotCirculate."""
    circular = _draft(circular, by)
    circular.findings.all().delete()
    circular.delete()
    audit.record(actor=by, action="circular.discard", target=circular.subject, at=now)


@transaction.atomic
def name(*, circular: Circular, where: Where, text: str, due_on: dt.date, by: Any, now: dt.datetime) -> Finding:
    """Add one problem to a draft: where, what, until when. Raises CannotCirculate."""
    circular = _draft(circular, by)
    if not (text := clean(text)):
        raise CannotCirculate("写明问题是什么")
    if due_on < calendar.local_date(now):
        raise CannotCirculate("整改期限已经过了，填今天以后的日期")
    last = circular.findings.aggregate(last=Max("position"))["last"] or 0
    made = Finding.objects.create(
        circular=circular,
        position=last + 1,
        township=where.township,
        village=where.village,
        unit=where.unit,
        text=text,
        due_on=due_on,
    )
    audit.record(actor=by, action="circular.name", target=f"{circular.subject} {made.place_name}", at=now)
    return made


@transaction.atomic
def unname(*, finding: Finding, by: Any, now: dt.datetime) -> None:
    """Take a problem out of a draft; those after it move up. Raises CannotCirculate."""
    circular = _draft(finding.circular, by)
    circular.findings.filter(pk=finding.pk).delete()
    for position, left in enumerate(circular.findings.order_by("position"), 1):
        if left.position != position:
            circular.findings.filter(pk=left.pk).update(position=position)
    audit.record(actor=by, action="circular.unname", target=f"{circular.subject} {finding.place_name}", at=now)


@transaction.atomic
def issue(*, circular: Circular, by: Any, now: dt.datetime) -> Circular:
    """Give it its number and send it; nothing of it changes any more. Raises CannotCirculate."""
    circular = _draft(circular, by)
    findings = list(circular.findings.select_related("township", "village__township", "unit").order_by("position"))
    if not findings:
        raise CannotCirculate("还没有写问题，先写至少一条")
    if past := [one for one in findings if one.due_on < calendar.local_date(now)]:
        raise CannotCirculate(f"{past[0].place_name}的整改期限已经过了，改好再印发")
    senders = _audience(circular, findings)
    CircularReceiver.objects.bulk_create(
        [CircularReceiver(circular=circular, township=one.township, unit=one.unit) for one in senders]
    )
    circular.number = f"{options.get('circular_mark')}〔{now.year}〕{numbering.take(f'circular:{now.year}')}号"
    circular.state, circular.issued_by, circular.issued_at = State.ISSUED, by, now
    circular.save(update_fields=["number", "state", "issued_by", "issued_at"])
    facts = {"items": len(findings), "senders": len(senders)}
    audit.record(actor=by, action="circular.issue", target=circular.number, at=now, facts=facts)
    return circular


@transaction.atomic
def sign_for(*, circular: Circular, by: Any, now: dt.datetime) -> int:
    """Note that the person's townships and units have read it; the first of them counts. Raises CannotCirculate."""
    waiting = CircularReceiver.objects.select_for_update(of=("self",)).visible_to(by).filter(circular=circular)
    own = [one for one in waiting.select_related("township", "unit") if _receives(by, one)]
    if not own:
        raise CannotCirculate("这份通报没有发给您的单位")
    unread = [one.pk for one in own if one.read_at is None]
    CircularReceiver.objects.filter(pk__in=unread).update(read_by=by, read_at=now)
    for one in own:
        if one.pk in unread:
            place = one.sender.slug[:12]
            audit.record(actor=by, action="circular.read", target=str(circular), place=place, at=now)
    return len(unread)


def _audience(circular: Circular, findings: list[Finding]) -> list[Sender]:
    """Those named, in the order of the text; with the wider audience everybody, townships first."""
    if circular.audience == Circular.Audience.NAMED:
        return list(dict.fromkeys(one.sender for one in findings))
    units = Unit.objects.order_by("position", "code")
    return [Sender(township=one) for one in Township.objects.in_code_order()] + [Sender(unit=one) for one in units]


def _receives(by: Any, receiver: CircularReceiver) -> bool:
    return permissions.can_receive_circular(by, receiver.sender)


def _cleaned(facts: Facts) -> Facts:
    return replace(facts, subject=clean(facts.subject), inspectors=clean(facts.inspectors), text=clean(facts.text))


def _refuse_facts(facts: Facts, now: dt.datetime) -> None:
    for text, word in ((facts.subject, "事由"), (facts.inspectors, "督查人员"), (facts.text, "总体情况")):
        if not text.strip():
            raise CannotCirculate(f"{word}没有填写")
    if facts.inspected_to < facts.inspected_from:
        raise CannotCirculate("督查结束日期早于开始日期")
    if facts.inspected_to > calendar.local_date(now):
        raise CannotCirculate("督查结束日期还没有到")


def _draft(circular: Circular, by: Any) -> Circular:
    _refuse_unless_district(by)
    found = Circular.objects.select_for_update().filter(pk=circular.pk).first()
    if found is None:
        raise CannotCirculate("这份草稿已经删掉")
    if not found.is_draft:
        raise CannotCirculate(f"{found.number}已经印发，不能再改")
    return found


def _refuse_unless_district(by: Any) -> None:
    if not permissions.can_circulate(by):
        raise CannotCirculate("督查通报由区级起草和印发")
