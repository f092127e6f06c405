"""Public notices: a frozen, masked list goes up, stays for its days, and what stands then becomes points."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from points import batches, ledger, masking, permissions, scanning
from points.models import Balance, Batch, ChainHead, Claim, Notice, NoticeLine
from points.models.batches import State
from qianjiang_portal.foundation import audit, calendar, options, periods
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import Household, User, Village


class CannotPublish(Refused):
    """The notice cannot go up."""


@dataclass(frozen=True)
class Term:
    """The days a notice is up, both included, and the moment its points may be posted."""

    starts_on: dt.date
    ends_on: dt.date
    due_at: dt.datetime


def term(starts_on: dt.date, days: int) -> Term:
    """`days` counting the first; the last moves off days on which offices are closed."""
    ends_on = calendar.next_working_day(starts_on + dt.timedelta(days=days - 1))
    due_on = calendar.next_working_day(ends_on + dt.timedelta(days=1))
    return Term(starts_on, ends_on, calendar.moment(due_on, options.get("notice_post_hour")))


def waiting(village: Village, period: periods.Period) -> list[Claim]:
    """Approved claims of a village up to the end of a month that are not on a notice yet, in number order."""
    return waiting_in([village], period).get(village.pk, [])


def waiting_in(villages: Sequence[Village], period: periods.Period) -> dict[int, list[Claim]]:
    """The same for many villages in one query, by the village's key; one with nothing waiting is left out."""
    claims = Claim.objects.filter(
        batch__village__in=villages, state=State.APPROVED, notice__isnull=True, occurred_on__lte=period.ends_on
    ).select_related("household__grid", "rule__rule_set", "batch")
    found: dict[int, list[Claim]] = {}
    for claim in claims.order_by("household__number", "occurred_on", "pk"):
        found.setdefault(claim.batch.village_id, []).append(claim)
    return found


def month_waiting(villages: Iterable[Village], today: dt.date) -> periods.Period:
    """The month a notice of these villages is about as a rule: that of the last row that waits, else this one."""
    rows = Claim.objects.filter(batch__village__in=villages, state=State.APPROVED, notice__isnull=True)
    return periods.of(rows.aggregate(last=Max("occurred_on"))["last"] or today)


def mark_of(claims: list[Claim]) -> str:
    """A short mark of the rows a preview shows: their number, their sum, the newest."""
    return f"{len(claims)}-{sum(claim.points for claim in claims)}-{max((claim.pk for claim in claims), default=0)}"


def lines_of(claims: Iterable[Claim], earned: Mapping[int, int] | None = None) -> list[NoticeLine]:
    """What the notice will show, one line a household, unsaved: the same for a preview and for publishing.

    `earned` is what households had before; it is asked for where it is not given.
    """
    by_household: dict[Household, list[Claim]] = {}
    for claim in claims:
        by_household.setdefault(claim.household, []).append(claim)
    if earned is None:
        earned = dict(Balance.objects.filter(household__in=by_household).values_list("household_id", "earned"))
    return [
        _line(position, household, own, earned.get(household.pk, 0))
        for position, (household, own) in enumerate(by_household.items(), 1)
    ]


def draft(
    *, village: Village, period: periods.Period, claims: list[Claim], now: dt.datetime, days: int | None = None
) -> Notice:
    """The notice as it would go up now, unsaved: what a preview shows and `publish` keeps. `claims` not empty."""
    span = term(calendar.local_date(now), days or options.get("notice_days"))
    number = (village.notices.filter(period=period.slug).aggregate(top=Max("number"))["top"] or 0) + 1
    head = ChainHead.objects.filter(village=village).first()
    return Notice(
        code=f"GS-{village.code}-{period.slug.replace('-', '')}-{number:02}",
        village=village,
        period=period.slug,
        number=number,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        due_at=span.due_at,
        previous_seal=head.digest if head else "",
        **facts_of(claims),
    )


@transaction.atomic
def publish(
    *,
    village: Village,
    period: periods.Period,
    publisher: User,
    now: dt.datetime,
    days: int | None = None,
    seen: str | None = None,
) -> Notice:
    """Put up everything of the village that has been approved up to the end of the month.

    `seen` is the mark of the rows the publisher looked at. Raises CannotPublish, Conflict where there are others now.
    """
    ledger.lock_village(village)
    _refuse_publishing(village, period, publisher, now, days)
    claims = waiting(village, period)
    if seen is not None and seen != mark_of(claims):
        raise Conflict("待公示的行刚变过，看过预览后再发布")
    if not claims:
        raise CannotPublish("没有待公示的积分")
    notice = draft(village=village, period=period, claims=claims, now=now, days=days)
    lines = lines_of(claims)
    if numbers := scanning.of_texts(notice, lines) + scanning.of_claims(claims):
        raise CannotPublish("；".join(numbers[:3]), "N-01")
    notice.published_by, notice.published_at = publisher, now
    notice.save()
    for line in lines:
        line.notice = notice
    NoticeLine.objects.bulk_create(lines)
    _put_up(claims, notice)
    facts = {"households": len(lines), "claims": len(claims)}
    audit.record(actor=publisher, action="notice.publish", target=notice.code, place=village.code, facts=facts, at=now)
    return notice


@transaction.atomic
def clear_remarks(*, village: Village, period: periods.Period, by: User, now: dt.datetime) -> int:
    """Take the remarks that hold somebody's number off the rows that wait to go up; answers how many rows those were.

    The points of the rows stay as they were approved. Raises CannotPublish.
    """
    ledger.lock_village(village)
    if not permissions.can_publish(by, village):
        raise CannotPublish("没有给这个村做公示的任职")
    held = scanning.held_by(waiting(village, period))
    empty = {"note": "", "return_note": "", "contest_reason": ""}
    cleared = Claim.objects.filter(pk__in=[claim.pk for claim in held]).update(**empty, version=F("version") + 1)
    facts = {"rows": cleared}
    audit.record(actor=by, action="notice.clear", target=period.slug, place=village.code, facts=facts, at=now)
    return cleared


def _refuse_publishing(
    village: Village, period: periods.Period, publisher: User, now: dt.datetime, days: int | None
) -> None:
    if not permissions.can_publish(publisher, village):
        raise CannotPublish("没有给这个村做公示的任职")
    if period.begins_on > calendar.local_date(now):
        raise CannotPublish("这个月还没有开始")
    low, high = options.SETTINGS["notice_days"].low or 1, options.SETTINGS["notice_days"].high or 30
    if days is not None and not low <= days <= high:
        raise CannotPublish(f"公示 {low} 到 {high} 天")


def facts_of(claims: list[Claim]) -> dict[str, Any]:
    """What a notice says about its claims as a whole; there is at least one."""
    reviewed = max(claim.decided_at for claim in claims if claim.decided_at)
    latest = max(claims, key=lambda claim: claim.occurred_on)
    return {
        "rules_title": latest.rule.rule_set.title,
        "reviewed_on": calendar.local_date(reviewed),
        "households": len({claim.household_id for claim in claims}),
        "awards": sum(claim.points for claim in claims if claim.points > 0),
        "deductions": -sum(claim.points for claim in claims if claim.points < 0),
    }


def _line(position: int, household: Household, claims: list[Claim], earned: int) -> NoticeLine:
    by_dimension = {"self": 0, "law": 0, "virtue": 0}
    for claim in claims:
        by_dimension[claim.rule.dimension] += claim.points
    gained = sum(claim.points for claim in claims if claim.rule.kind == "award")
    return NoticeLine(
        position=position,
        household=household,
        masked_name=masking.mask(household.head_name),
        grid_number=household.grid.number,
        grid_name=household.grid.name,
        tail=household.tail,
        points_self=by_dimension["self"],
        points_law=by_dimension["law"],
        points_virtue=by_dimension["virtue"],
        total=sum(by_dimension.values()),
        cumulative=earned + gained,
    )


def _put_up(claims: list[Claim], notice: Notice) -> None:
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(
        state=State.PUBLISHED, notice=notice, announced_points=F("points"), version=F("version") + 1
    )
    batches.settle_all(Batch.objects.filter(claims__notice=notice))
