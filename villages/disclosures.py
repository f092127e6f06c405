"""三公开: what a village puts up for everybody to read, corrects and takes down."""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from django.core.files.base import File as Sent
from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, periods, uploads
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import dues, permissions
from villages.models import Disclosure, DisclosureFile, DisclosureItem, User, Village

DATA = Path(__file__).parent / "data" / "disclosures.csv"
MOST_FILES = 5
ANY = DisclosureItem.Every.ANY


class CannotDisclose(Refused):
    """It cannot be put up or taken down as asked."""


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
        raise CannotDisclose(f"{period.title}的“{item.name}”已经公开，要改就打开它更正")
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
    if not permissions.can_disclose(by, found):
        raise CannotDisclose(f"{found.full_name}不归本岗位公开")
    if found.closed_on:
        raise CannotDisclose(f"{found.full_name}已经撤并")
    return found


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
