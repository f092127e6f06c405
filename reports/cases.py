"""典型案例: write one, hand it in, send it back with a reason, adopt it."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, numbering
from qianjiang_portal.foundation.refusals import Conflict, Refused
from qianjiang_portal.foundation.texts import clean
from reports import permissions
from reports.models import CaseStudy, Sender
from reports.models.cases import LONGEST, SECTIONS
from villages.models import Village

State = CaseStudy.State


class CannotFile(Refused):
    """The case may not be changed like this, now, or by this person."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case says; sections may be empty while it is a draft."""

    title: str
    theme: str
    situation: str = ""
    practice: str = ""
    effect: str = ""
    lesson: str = ""
    village: Village | None = None


@transaction.atomic
def write(
    *, sender: Sender, facts: Facts, by: Any, now: dt.datetime, case: CaseStudy | None = None, version: int = 0
) -> CaseStudy:
    """Begin a case, or change one that is open; `version` is the one its writer had before them.

    Raises CannotFile, and Conflict where somebody wrote something else meanwhile.
    """
    if not permissions.can_receive_circular(by, sender):
        raise CannotFile("只能写本单位的案例")
    _refuse_facts(sender, facts)
    said = _cleaned(facts)
    if case is None:
        found = CaseStudy(township=sender.township, unit=sender.unit, made_by=by, made_at=now)
    else:
        found = _own(case, by)
        _refuse_closed(found)
        if version != found.version and said != {name: getattr(found, name) for name in said}:
            raise Conflict("这篇案例刚被改过，和现在保存的对照以后再保存")
    for name, value in said.items():
        setattr(found, name, value)
    found.save()
    found.refresh_from_db(fields=["version"])
    _record(found, "write", by, now)
    return found


@transaction.atomic
def submit(*, case: CaseStudy, by: Any, now: dt.datetime) -> CaseStudy:
    """Hand a whole case in. Raises CannotFile."""
    case = _own(case, by)
    _refuse_closed(case)
    if lacking := [label for label, text in case.parts if not text]:
        raise CannotFile(f"还差：{'、'.join(lacking)}")
    case.state, case.submitted_by, case.submitted_at, case.reason = State.SUBMITTED, by, now, ""
    case.save()
    _record(case, "submit", by, now)
    return case


@transaction.atomic
def send_back(*, case: CaseStudy, reason: str, by: Any, now: dt.datetime) -> CaseStudy:
    """Open a case again with the reason. Raises CannotFile."""
    case = _handed_in(case, by)
    if not (reason := clean(reason)):
        raise CannotFile("写明退回的原因，报送单位才知道怎么改")
    case.state, case.reason, case.decided_by, case.decided_at = State.RETURNED, reason[:200], by, now
    case.save()
    _record(case, "return", by, now)
    return case


@transaction.atomic
def adopt(*, case: CaseStudy, by: Any, now: dt.datetime) -> CaseStudy:
    """Take a case into the library, where everybody reads it. Raises CannotFile."""
    case = _handed_in(case, by)
    if case.submitted_by_id == by.pk:
        raise CannotFile("这篇案例由本人报送，请由其他人采用")
    case.number = f"DXAL-{now.year}-{numbering.take(f'case:{now.year}'):02}"
    case.state, case.decided_by, case.decided_at = State.ADOPTED, by, now
    case.save()
    _record(case, "adopt", by, now)
    return case


@transaction.atomic
def discard(*, case: CaseStudy, by: Any, now: dt.datetime) -> None:
    """Throw away a draft that was never handed in. Raises CannotFile."""
    case = _own(case, by)
    if case.state != State.DRAFT:
        raise CannotFile("报送过的案例不能删")
    _record(case, "discard", by, now)
    case.delete()


def _cleaned(facts: Facts) -> dict[str, Any]:
    given = {one.name: getattr(facts, one.name) for one in fields(Facts)}
    return {name: clean(value) if isinstance(value, str) else value for name, value in given.items()}


def _refuse_facts(sender: Sender, facts: Facts) -> None:
    if not clean(facts.title):
        raise CannotFile("标题没有填写")
    if facts.theme not in CaseStudy.Theme.values:
        raise CannotFile("主题从列表里选")
    for name, label in SECTIONS.items():
        if len(clean(getattr(facts, name))) > LONGEST:
            raise CannotFile(f"{label}最多 {LONGEST} 个字")
    if facts.village and (not sender.township or facts.village.township_id != sender.township.pk):
        raise CannotFile("村要在本乡镇街道")


def _refuse_closed(case: CaseStudy) -> None:
    if not case.is_open:
        raise CannotFile(f"案例{case.get_state_display()}，不能再改")


def _own(case: CaseStudy, by: Any) -> CaseStudy:
    found = _locked(case)
    if not permissions.can_receive_circular(by, found.sender):
        raise CannotFile("只能写本单位的案例")
    return found


def _handed_in(case: CaseStudy, by: Any) -> CaseStudy:
    if not permissions.can_circulate(by):
        raise CannotFile("案例由区级退回和采用")
    found = _locked(case)
    if found.state != State.SUBMITTED:
        raise CannotFile(f"案例{found.get_state_display()}，没有等着处理")
    return found


def _locked(case: CaseStudy) -> CaseStudy:
    rows = CaseStudy.objects.select_for_update(of=("self",)).select_related("township", "village__township", "unit")
    found = rows.filter(pk=case.pk).first()
    if found is None:
        raise CannotFile("这篇草稿已经删掉")
    return found


def _record(case: CaseStudy, verb: str, by: Any, now: dt.datetime) -> None:
    place = case.sender.slug[:12]
    audit.record(actor=by, action=f"case.{verb}", target=case.number or case.title, place=place, at=now)
