"""宣传报道: note what a medium brought, take a wrong note back."""

import datetime as dt
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused, unless_taken
from qianjiang_portal.foundation.texts import clean
from reports import permissions
from reports.models import CaseStudy, Publicity, Sender
from villages.models import Village

ADDRESS = re.compile(r"^https?://\S+$")


class CannotNote(Refused):
    """The publicity may not be noted like this, or by this person."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where something appeared, when, and about which place."""

    title: str
    media: str
    kind: str
    level: str
    link: str
    on: dt.date


@transaction.atomic
def note(
    *,
    sender: Sender,
    facts: Facts,
    by: Any,
    now: dt.datetime,
    village: Village | None = None,
    case: CaseStudy | None = None,
) -> Publicity:
    """Note one piece. Raises CannotNote."""
    if not permissions.can_note_publicity(by, sender):
        raise CannotNote("只能登记本单位的宣传报道")
    facts = replace(facts, title=clean(facts.title), media=clean(facts.media), link=facts.link.strip())
    _refuse_facts(facts, now)
    if village and (not sender.township or village.township_id != sender.township.pk):
        raise CannotNote("村要在本乡镇街道")
    mine = {"township": sender.township, "unit": sender.unit}
    same = Publicity.objects.standing().filter(media=facts.media, link=facts.link, on=facts.on, **mine)
    there = CannotNote(f"{facts.media} {facts.on} 的这条已经登记过")
    if same.exists():
        raise there
    with unless_taken(there):
        made = Publicity.objects.create(**mine, village=village, case=case, **asdict(facts), made_by=by, made_at=now)
    _record(made, "note", by, now)
    return made


@transaction.atomic
def withdraw(*, publicity: Publicity, by: Any, now: dt.datetime) -> Publicity:
    """Take a wrong note back; that it was there stays known. Raises CannotNote."""
    rows = Publicity.objects.select_for_update(of=("self",)).select_related("township", "unit")
    found = rows.get(pk=publicity.pk)
    if not permissions.can_note_publicity(by, found.sender):
        raise CannotNote("只能撤下本单位的宣传报道")
    if found.withdrawn_at:
        raise CannotNote("这条已经撤下")
    found.withdrawn_at = now
    found.save(update_fields=["withdrawn_at"])
    _record(found, "withdraw", by, now)
    return found


def _refuse_facts(facts: Facts, now: dt.datetime) -> None:
    for text, word in ((facts.title, "标题"), (facts.media, "媒体"), (facts.link, "链接或版面")):
        if not text:
            raise CannotNote(f"{word}没有填写")
    if facts.on > calendar.local_date(now):
        raise CannotNote("日期还没有到")
    if facts.kind == Publicity.Kind.NEW and not ADDRESS.match(facts.link):
        raise CannotNote("新媒体要填链接，以 http:// 或 https:// 开头")


def _record(made: Publicity, verb: str, by: Any, now: dt.datetime) -> None:
    place = made.sender.slug[:12]
    audit.record(actor=by, action=f"publicity.{verb}", target=f"{made.media} {made.title}", place=place, at=now)
