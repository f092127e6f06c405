"""整改: report how a problem of a circular was mended, with what shows it; take it as done or send it back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.files.base import File as Sent
from django.db import transaction

from qianjiang_portal.foundation import audit, uploads
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.texts import clean
from reports import permissions
from reports.models import Finding, Rectification, RectificationFile

MOST_FILES = 6


class CannotRectify(Refused):
    """The rectification may not be reported or decided like this, or by this person."""


@transaction.atomic
def report(
    *, finding: Finding, text: str, by: Any, now: dt.datetime, sent: "Sequence[Sent[bytes]]" = ()
) -> Rectification:
    """Say how a problem was mended, with photographs or PDFs. Raises CannotRectify, BadUpload."""
    finding = _locked(finding)
    if not permissions.can_receive_circular(by, finding.sender):
        raise CannotRectify("整改情况由被通报的单位报送")
    if finding.circular.is_draft:
        raise CannotRectify("通报还没有印发")
    if not (text := clean(text)):
        raise CannotRectify("写明怎么整改的")
    if len(sent) > MOST_FILES:
        raise CannotRectify(f"佐证最多 {MOST_FILES} 个文件")
    _refuse_twice(finding)
    with uploads.storing_all(sent=sent, place=finding.sender.slug[:12], by=by, now=now) as stored:
        made = Rectification.objects.create(finding=finding, text=text, made_by=by, made_at=now)
        RectificationFile.objects.bulk_create(RectificationFile(rectification=made, file=file) for file in stored)
        _record(made, "report", by, now, files=len(sent))
    return made


@transaction.atomic
def accept(*, rectification: Rectification, by: Any, now: dt.datetime) -> Rectification:
    """Take a problem as mended, for good. Raises CannotRectify."""
    return _decide(rectification, True, "", by, now)


@transaction.atomic
def send_back(*, rectification: Rectification, reason: str, by: Any, now: dt.datetime) -> Rectification:
    """Ask for more, with the reason. Raises CannotRectify."""
    if not (reason := clean(reason)):
        raise CannotRectify("写明退回的原因，整改单位才知道还差什么")
    return _decide(rectification, False, reason[:200], by, now)


def _decide(rectification: Rectification, is_accepted: bool, reason: str, by: Any, now: dt.datetime) -> Rectification:
    if not permissions.can_circulate(by):
        raise CannotRectify("整改由区级核对")
    _locked(rectification.finding)
    found = Rectification.objects.select_for_update(of=("self",)).get(pk=rectification.pk)
    if found.decided_at:
        raise CannotRectify("这次整改已经核对过")
    if found.made_by_id == by.pk:
        raise CannotRectify("这次整改由本人报送，请由其他人核对")
    found.is_accepted, found.reason, found.decided_by, found.decided_at = is_accepted, reason, by, now
    found.save(update_fields=["is_accepted", "reason", "decided_by", "decided_at"])
    _record(found, "accept" if is_accepted else "return", by, now)
    return found


def _refuse_twice(finding: Finding) -> None:
    earlier = finding.rectifications.all()
    if earlier.waiting().exists():
        raise CannotRectify("整改情况已经报送，等区里核对")
    if earlier.filter(is_accepted=True).exists():
        raise CannotRectify("这个问题已经销号")


def _locked(finding: Finding) -> Finding:
    found = Finding.objects.select_for_update(of=("self",))
    return found.select_related("circular", "township", "village__township", "unit").get(pk=finding.pk)


def _record(made: Rectification, verb: str, by: Any, now: dt.datetime, **facts: Any) -> None:
    finding = made.finding
    target, place = f"{finding.circular} {finding.place_name}", finding.sender.slug[:12]
    audit.record(actor=by, action=f"rectification.{verb}", target=target, place=place, at=now, facts=facts)
