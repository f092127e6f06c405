"""Put what was handed in under the district's own headings, and what comes in later under it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.periods import Period
from reports import permissions, summaries
from reports.documents import inserts
from reports.models import Sender, Summary, SummarySection
from reports.models.summaries import HANDED_IN, LONGEST
from reports.summaries import CannotWrite

Texts = dict[str, str]  # section → text


@dataclass(frozen=True, slots=True)
class Collected:
    """What one press did: whose texts went in, whose were in and have changed since, whose no longer fit."""

    summary: Summary
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@transaction.atomic
def collect(*, period: Period, by: Any, now: dt.datetime) -> Collected:
    """Add each paper's sections under its name, every paper once; what the district wrote itself stays. CannotWrite."""
    district = Sender()
    summaries.refuse_stranger(permissions.can_write_summary(by, district))
    summaries.refuse_early(period, now)
    sources = _handed_in(period)
    if not sources:
        raise CannotWrite("还没有单位报送，没有可汇总的内容")
    summary = summaries.locked(district, period)
    if not summary.is_open:
        raise CannotWrite(f"全区总结{summary.get_state_display()}，正文不能再改")
    kept = {section.key: section for section in summary.sections.select_related("saved_by")}
    _refuse_held(kept, by, now)
    done = _take(summary, sources, {key: section.text for key, section in kept.items()})
    if done.added:
        _save(summary, kept, done.texts, by, now)
        audit.record(
            actor=by, action="summary.collect", target=f"{district.name} {summary.period}", place=district.slug,
            at=now, facts={"sources": len(done.added)},
        )  # fmt: skip
    return Collected(summary, tuple(done.added), tuple(done.changed), tuple(done.left_out))


@dataclass(slots=True)
class _Taken:
    texts: Texts
    added: list[str]
    changed: list[str]
    left_out: list[str]


def _take(summary: Summary, sources: list[Summary], texts: Texts) -> _Taken:
    """Go through the papers; one goes in with all its sections or not at all."""
    taken = _Taken(texts, [], [], [])
    for source in sources:
        slug, stamp = source.sender.slug, source.signed_at.isoformat()  # type: ignore[union-attr]
        if slug in summary.collected:
            if summary.collected[slug] != stamp:
                taken.changed.append(source.sender.name)
            continue
        grown = taken.texts | _with(source, taken.texts)
        if max(map(len, grown.values()), default=0) > LONGEST:
            taken.left_out.append(source.sender.name)
            continue
        taken.texts, summary.collected[slug] = grown, stamp
        taken.added.append(source.sender.name)
    return taken


def _with(source: Summary, texts: Texts) -> Texts:
    """The sections a paper has something for, with its words at their end."""
    own = {section.key: inserts.without(section.text) for section in source.sections.all()}
    written = {key: text for key, text in own.items() if text}
    name = source.sender.name
    return {key: "\n".join(filter(None, [texts.get(key, ""), f"{name}：{text}"])) for key, text in written.items()}


def _save(summary: Summary, kept: dict[str, SummarySection], texts: Texts, by: Any, now: dt.datetime) -> None:
    summary.save(update_fields=["collected"])
    for key, text in texts.items():
        section = kept.get(key) or SummarySection(summary=summary, key=key, version=0)
        if section.text != text:
            section.text, section.version, section.saved_by, section.saved_at = text, section.version + 1, by, now
            section.save()


def _refuse_held(kept: dict[str, SummarySection], by: Any, now: dt.datetime) -> None:
    """Whoever is writing a section would be refused at the next save: they finish first."""
    for section in kept.values():
        if section.saved_by_id != by.pk and section.saved_at > now - summaries.hold():
            raise CannotWrite(
                f"{section.saved_by.name}正在写全区总结，{summaries.hold().seconds // 60} 分钟没有保存后再汇总"
            )


def _handed_in(period: Period) -> list[Summary]:
    """Papers with a text, in the order of the list: townships by code, then units."""
    found = Summary.objects.filter(period=period.slug, state__in=HANDED_IN, is_paper=False)
    found = found.exclude(township=None, unit=None).select_related("township", "unit").prefetch_related("sections")
    return list(found.order_by("township__code", "unit__position", "unit__code"))
