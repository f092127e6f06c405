"""村规民约: a version is entered as the meeting passed it, and filed with the township once."""

import datetime as dt
from dataclasses import dataclass

from django.core.files.base import File as Sent
from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, uploads
from qianjiang_portal.foundation.refusals import Refused
from villages import permissions
from villages.models import Charter, User, Village


class CannotAdopt(Refused):
    """The charter cannot be entered as it was given."""


class CannotFile(Refused):
    """The charter cannot be filed."""


@dataclass(frozen=True)
class Passed:
    """The meeting that passed a charter: its kind, day, heads counted and the number of its record."""

    meeting: str
    on: dt.date
    expected: int
    attended: int
    agreed: int
    record: str = ""

    def shortfall(self) -> str:
        """Why the meeting does not carry it, or nothing: more than half of all villagers, or two thirds of the
        delegates, are there, and more than half of those agree."""
        if not self.agreed <= self.attended <= self.expected:
            return "同意人数不多于到会人数，到会人数不多于应到人数"
        if self.meeting == Charter.Meeting.ALL:
            enough = self.attended * 2 > self.expected
        else:
            enough = self.attended * 3 >= self.expected * 2
        if not enough:
            return f"到会 {self.attended} / 应到 {self.expected}，没有达到法定人数"
        return "" if self.agreed * 2 > self.attended else f"同意 {self.agreed} / 到会 {self.attended}，没有过半数"


@transaction.atomic
def adopt(
    *,
    village: Village,
    passed: Passed,
    effective_on: dt.date,
    by: User,
    now: dt.datetime,
    text: str = "",
    file: "Sent[bytes] | None" = None,
) -> Charter:
    """Enter the next version of a village's charter. Raises CannotAdopt, BadUpload."""
    village = Village.objects.select_for_update(of=("self",)).select_related("township").get(pk=village.pk)
    if not permissions.can_name(by, village):
        raise CannotAdopt(f"{village.full_name}不归本岗位登记")
    last = village.charters.order_by("-version").first()
    _check(passed, effective_on, last, now)
    if not text.strip() and not file:
        raise CannotAdopt("写条文，或上传文件")
    with uploads.storing(sent=file, place=village.code, by=by, now=now) as stored:
        made = Charter.objects.create(
            village=village,
            version=last.version + 1 if last else 1,
            text=text.strip(),
            file=stored,
            meeting=passed.meeting,
            adopted_on=passed.on,
            expected=passed.expected,
            attended=passed.attended,
            agreed=passed.agreed,
            record=passed.record.strip(),
            effective_on=effective_on,
            made_by=by,
            made_at=now,
        )
        audit.record(actor=by, action="charter.adopt", target=str(made), place=village.code, at=now)
    return made


@transaction.atomic
def file_with_township(*, charter: Charter, on: dt.date, number: str, by: User, now: dt.datetime) -> Charter:
    """Say when and under which number the township filed it. Raises CannotFile."""
    charter = Charter.objects.select_for_update(of=("self",)).select_related("village__township").get(pk=charter.pk)
    if not permissions.can_file(by, charter.village):
        raise CannotFile("备案由本乡镇街道的分管领导或区级登记")
    if charter.filed_on:
        raise CannotFile(f"已经在 {charter.filed_on} 备案")
    if not number.strip():
        raise CannotFile("写明备案编号")
    if not charter.adopted_on <= on <= calendar.local_date(now):
        raise CannotFile("备案日期在通过日期和今天之间")
    charter.filed_on, charter.filed_number, charter.filed_by = on, number.strip(), by
    charter.save(update_fields=["filed_on", "filed_number", "filed_by"])
    audit.record(actor=by, action="charter.file", target=str(charter), place=charter.village.code, at=now)
    return charter


def _check(passed: Passed, effective_on: dt.date, last: Charter | None, now: dt.datetime) -> None:
    if passed.on > calendar.local_date(now):
        raise CannotAdopt("通过日期还没有到")
    if last and passed.on <= last.adopted_on:
        raise CannotAdopt(f"第 {last.version} 版在 {last.adopted_on} 通过，这一版要晚于它")
    if effective_on < passed.on:
        raise CannotAdopt("施行日期不早于通过日期")
    if short := passed.shortfall():
        raise CannotAdopt(short)
