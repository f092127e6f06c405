"""三公开: what a village puts up for everybody to read, corrects and takes down."""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import File as Sent
from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, periods, uploads
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import dues, permissions
from villages.models import Disclosure, DisclosureFile, DisclosureItem, Township, User, Village

DATA = Path(__file__).parent / "data" / "disclosures.csv"
MOST_FILES = 5
ANY = DisclosureItem.Every.ANY


class CannotDisclose(Refused):
    """It cannot be put up or taken down as asked."""


@dataclass(frozen=True)
class Sheet:
    """What a village puts up of an item for a period, without papers."""

    village: Village
    item: DisclosureItem
    period: Period
    text: str

    @property
    def title(self) -> str:
        return f"{self.period.title}{self.item.name}"


@transaction.atomic
def load_defaults(*, since: dt.date) -> int:
    """Put in the items shipped with the project where there are none of that code; answers how many are new.

    `since` is the first day whose periods villages are asked about.
    """
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = set(DisclosureItem.objects.values_list("code", flat=True))
    fresh = [
        DisclosureItem(**row, position=at, since=since) for at, row in enumerate(rows, 1) if row["code"] not in known
    ]
    return len(DisclosureItem.objects.bulk_create(fresh))


@transaction.atomic
def publish(
    *,
    village: Village,
    item: DisclosureItem,
    period: Period,
    text: str,
    by: User,
    now: dt.datetime,
    title: str = "",
    papers: "Sequence[Sent[bytes]]" = (),
) -> Disclosure:
    """Put up an item of a village for a period; it is public at once. Raises CannotDisclose, BadUpload."""
    village = _locked(village, by)
    title = title.strip() or f"{period.title}{item.name}"
    _check_item(item, period, now)
    _check_words(title, text, papers)
    there = Disclosure.objects.standing().filter(village=village, item=item, period=period.slug)
    if item.every != ANY and there.exists():
        raise _already(item, period)
    if there.filter(title=title).exists():
        raise CannotDisclose(f"“{title}”已经公开")
    today = calendar.local_date(now)
    return _put_up(
        Disclosure(village=village, item=item, period=period.slug, title=title, text=text.strip(), first_on=today),
        papers,
        by,
        now,
    )


@transaction.atomic
def publish_all(*, township: Township, sheets: Sequence[Sheet], by: User, now: dt.datetime) -> list[Disclosure]:
    """Put up what several villages of a township owe on one day, all or none. Raises CannotDisclose."""
    _lock_all(township, sheets, by)
    wanted = {(sheet.village.pk, sheet.item.pk, sheet.period.slug): sheet for sheet in sheets}
    if len(wanted) < len(sheets):
        raise CannotDisclose("同一个村的同一项写了两次")
    there = Disclosure.objects.standing().filter(village__township=township, period__in={key[2] for key in wanted})
    for key in there.values_list("village", "item", "period"):
        if known := wanted.get(key):
            raise _already(known.item, known.period)
    made = Disclosure.objects.bulk_create(_sheet(sheet, by, now) for sheet in wanted.values())
    villages = len({sheet.village.pk for sheet in sheets})
    facts = {"villages": villages, "items": len(made)}
    audit.record(actor=by, action="disclosure.publish", target=township.name, place=township.code, at=now, facts=facts)
    return made


def _lock_all(township: Township, sheets: Sequence[Sheet], by: User) -> None:
    """The villages of the sheets, all of them the township's and open. Raises CannotDisclose."""
    keys = {sheet.village.pk for sheet in sheets}
    locked = Village.objects.select_for_update(no_key=True, of=("self",)).select_related("township")
    found = {one.pk: one for one in locked.filter(pk__in=keys, township=township).order_by("pk")}
    for pk in keys - set(found):
        name = next(sheet.village.name for sheet in sheets if sheet.village.pk == pk)
        raise CannotDisclose(f"{name}不在{township.name}")
    for village in found.values():
        _check_village(village, by)


def _sheet(sheet: Sheet, by: User, now: dt.datetime) -> Disclosure:
    item, period, today = sheet.item, sheet.period, calendar.local_date(now)
    _check_item(item, period, now)
    _check_words(sheet.title, sheet.text, ())
    if item.every == ANY:
        raise CannotDisclose(f"“{item.name}”有了就公开，一份一份登记")
    made = Disclosure(village=sheet.village, item=item, period=period.slug, title=sheet.title, text=sheet.text.strip())
    made.every, made.made_by, made.made_at = item.every, by, now
    made.first_on = made.published_on = today
    made.due_on = dues.due_on(item, period)
    return made


def _already(item: DisclosureItem, period: Period) -> CannotDisclose:
    return CannotDisclose(f"{period.title}的“{item.name}”已经公开，要改就打开它更正")


@transaction.atomic
def correct(
    *,
    disclosure: Disclosure,
    text: str,
    why: str,
    by: User,
    now: dt.datetime,
    title: str = "",
    papers: "Sequence[Sent[bytes]]" = (),
    keep_papers: bool = False,
) -> Disclosure:
    """Put up another version in its place; the earlier one stays in the register. Raises CannotDisclose, BadUpload."""
    village = _locked(disclosure.village, by)
    old = Disclosure.objects.select_for_update(of=("self",)).select_related("item").get(pk=disclosure.pk)
    title = title.strip() or old.title
    _check_words(title, text, papers)
    kept = list(old.papers.order_by("position")) if keep_papers else []
    if len(kept) + len(papers) > MOST_FILES:
        raise CannotDisclose(f"文件最多 {MOST_FILES} 个")
    _take_down(old, why, by, now)
    new = Disclosure(village=village, item=old.item, period=old.period, title=title, text=text.strip())
    new.first_on, new.replaces = old.first_on, old
    return _put_up(new, papers, by, now, kept=[paper.file for paper in kept])


@transaction.atomic
def withdraw(*, disclosure: Disclosure, why: str, by: User, now: dt.datetime) -> Disclosure:
    """Take it down; it stays in the register, and the item is owed again. Raises CannotDisclose."""
    _locked(disclosure.village, by)
    old = Disclosure.objects.select_for_update(of=("self",)).select_related("village").get(pk=disclosure.pk)
    _take_down(old, why, by, now)
    _record("disclosure.withdraw", old, by, now)
    return old


def _locked(village: Village, by: User) -> Village:
    found = Village.objects.select_for_update(no_key=True, of=("self",)).select_related("township").get(pk=village.pk)
    _check_village(found, by)
    return found


def _check_village(village: Village, by: User) -> None:
    if not permissions.can_disclose(by, village):
        raise CannotDisclose(f"{village.full_name}不归本岗位公开")
    if village.closed_on:
        raise CannotDisclose(f"{village.full_name}已经撤并")


def _check_item(item: DisclosureItem, period: Period, now: dt.datetime) -> None:
    if not item.is_active:
        raise CannotDisclose(f"“{item.name}”已经不用了")
    if period.kind != item.period_kind:
        raise CannotDisclose(f"“{item.name}”是{DisclosureItem.Every(item.every).label}的，时期不对")
    if period.begins_on > calendar.local_date(now):
        raise CannotDisclose(f"{period.title}还没有开始")


def _check_words(title: str, text: str, papers: "Sequence[Sent[bytes]]") -> None:
    if not text.strip():
        raise CannotDisclose("内容要写，文件看不了的人靠它")
    for place, words in (("标题", title), ("内容", text)):
        if kind := personal_data(words):
            raise CannotDisclose(f"{place}里像是有{kind}，去掉再公开")
    if len(papers) > MOST_FILES:
        raise CannotDisclose(f"文件最多 {MOST_FILES} 个")


def _put_up(
    new: Disclosure, papers: "Sequence[Sent[bytes]]", by: User, now: dt.datetime, kept: Sequence[File] = ()
) -> Disclosure:
    period = periods.parse(new.period)
    new.every, new.made_by, new.made_at = new.item.every, by, now
    new.published_on = calendar.local_date(now)
    new.due_on = None if new.every == ANY else dues.due_on(new.item, period)
    with uploads.storing_all(sent=papers, place=new.village.code, by=by, now=now) as stored:
        every = [*kept, *stored]
        new.file_count = len(every)
        new.save(force_insert=True)
        DisclosureFile.objects.bulk_create(
            DisclosureFile(disclosure=new, position=at, file=one) for at, one in enumerate(every, 1)
        )
        _record("disclosure.correct" if new.replaces_id else "disclosure.publish", new, by, now)
    return new


def _take_down(old: Disclosure, why: str, by: User, now: dt.datetime) -> None:
    if old.withdrawn_at:
        raise CannotDisclose("这一份已经撤下")
    if not why.strip():
        raise CannotDisclose("写明原因")
    if kind := personal_data(why):
        raise CannotDisclose(f"原因里像是有{kind}，去掉再保存")
    old.withdrawn_at, old.withdrawn_by, old.withdrawn_why = now, by, why.strip()
    old.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])


def _record(action: str, disclosure: Disclosure, by: User, now: dt.datetime) -> None:
    facts = {"period": disclosure.period, "papers": disclosure.file_count, "why": disclosure.withdrawn_why}
    audit.record(actor=by, action=action, target=disclosure.title, place=disclosure.village.code, at=now, facts=facts)
