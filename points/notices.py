"""Public notices: a frozen, masked list goes up, stays for its days, and what stands then becomes points."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from points import batches, ledger, masking, permissions, scanning, seals
from points.models import Balance, Batch, ChainHead, Claim, Notice, NoticeLine, Seal
from points.models.batches import State
from points.models.ledger import Kind
from qianjiang_portal.foundation import audit, calendar, jobs, options, periods
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import roster
from villages.models import Household, User, Village

# What a line takes over as it stands in the claim, its household and its rule.
PLAIN_FIELDS = (
    "points",
    "occurred_on",
    "household_id",
    "household",
    "village_id",
    "grid_id",
    "grid",
    "rule_id",
    "dimension",
    "joy",
)
LINE_FIELDS = (
    "pk",
    "rule__kind",
    "rule__rule_set_id",
    "rule__code",
    "reverses_id",
    "reverses__source",
    "points",
    "occurred_on",
    "household_id",
    "household__number",
    "household__village_id",
    "household__grid_id",
    "household__grid__number",
    "rule_id",
    "rule__dimension",
    "rule__joy",
)


class CannotPublish(Refused):
    """The notice cannot go up."""


class CannotPost(Refused):
    """The notice's points cannot be posted now."""


class CannotSettle(Refused):
    """The contested row cannot be settled like that."""


@dataclass(frozen=True)
class Posting:
    """What a posting did: how many claims took effect, how many were set aside for a check, and the seal, if any."""

    notice: Notice
    effective: int
    contested: int
    seal: Seal | None


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
    _record(publisher, "notice.publish", notice, now, households=len(lines), claims=len(claims))
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


@transaction.atomic
def post(*, notice: Notice, now: dt.datetime, by: User | None = None) -> Posting:
    """Post what stands when the period is over, under one seal; what no longer fits is set aside for a check.

    Posted twice, it is posted once. `by` is None for the scheduled job. Raises CannotPost.
    """
    ledger.lock_village(notice.village)
    notice = Notice.objects.select_for_update(of=("self",)).select_related("village").get(pk=notice.pk)
    if notice.state == Notice.State.POSTED:
        return Posting(notice, 0, 0, None)
    if by is not None and not permissions.can_post(by, notice):
        raise CannotPost("没有给这个村入账的任职")
    if now < notice.due_at:
        raise CannotPost(f"公示到 {notice.ends_on:%Y-%m-%d}，{_minute(notice.due_at)} 后入账")
    claims = notice.claims.filter(state=State.PUBLISHED)
    roster.lock(claims.values_list("household_id", flat=True))
    contested = _set_aside(claims, notice.village)
    seal = ledger.post(village=notice.village, lines=lines_to_post(claims), now=now)
    effective = claims.update(state=State.EFFECTIVE)
    notice.state, notice.posted_at, notice.posted_by = Notice.State.POSTED, now, by
    notice.save(update_fields=["state", "posted_at", "posted_by"])
    _settle_batches(notice)
    _record(by, "notice.post", notice, now, effective=effective, contested=contested)
    return Posting(notice, effective, contested, seal)


@transaction.atomic
def settle_contested(*, claim: Claim, by: User, uphold: bool, reason: str, now: dt.datetime) -> Claim:
    """End the check of a row: upheld it is posted now, otherwise withdrawn. Raises CannotSettle."""
    village = Village.objects.get(batches__claims=claim)
    ledger.lock_village(village)
    Batch.objects.select_for_update(of=("self",)).get(claims=claim)
    claim = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("household__grid", "rule", "batch")
        .get(pk=claim.pk)
    )
    _refuse_settling(claim, village, by, reason)
    if uphold:
        ledger.post(village=village, lines=lines_to_post(Claim.objects.filter(pk=claim.pk)), now=now)
    claim.state = State.EFFECTIVE if uphold else State.WITHDRAWN
    claim.contest_reason = reason.strip()[:120]
    claim.version += 1
    claim.save()
    batches.settle(claim.batch)
    audit.record(
        actor=by,
        action="claim.uphold" if uphold else "claim.withdraw",
        target=str(claim),
        place=village.code,
        facts={"points": claim.points},
        at=now,
    )
    return claim


@transaction.atomic
def post_job(held: jobs.Held, notice: Notice) -> Posting:
    """Post a notice as a background job: the posting and the job's end are kept together or not at all."""
    posting = post(notice=notice, now=calendar.now())
    held.finish()
    return posting


def due(now: dt.datetime) -> list[Notice]:
    """Open notices whose points may be posted."""
    return list(Notice.objects.open().filter(due_at__lte=now).select_related("village").order_by("due_at", "pk"))


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


def _refuse_settling(claim: Claim, village: Village, by: User, reason: str) -> None:
    if claim.state != State.CONTESTED:
        raise CannotSettle("这一行不在核实中")
    if not permissions.can_settle(by, village) or permissions.is_editor(by, claim.batch):
        raise CannotSettle("请由没有录入这一批的评议审核或分管领导处理")
    if claim.doubts.exclude(objection__state="settled").exists():
        raise CannotSettle("这一行有村民提了异议，到异议页处理")
    if not reason.strip():
        raise CannotSettle("写明核实结果")
    if kind := personal_data(reason):
        raise CannotSettle(f"核实结果里像是有{kind}，去掉再保存", "N-01")


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
    _settle_batches(notice)


def _set_aside(claims: QuerySet[Claim], village: Village) -> int:
    """Claims whose household has gone in between are put under check instead of posted; answers how many."""
    # A reversal of a household that moved away is no gain of theirs: the mistake is put right all the same.
    moved, merged = Household.State.MOVED, Household.State.MERGED
    reasons = [
        (Q(household__state=moved, reverses__isnull=True), moved.label),
        (Q(household__state=merged), merged.label),
        (~Q(household__village=village.pk), "换了村"),
    ]
    return sum(
        claims.filter(unfit).update(state=State.CONTESTED, contest_reason=f"公示期内{reason}", version=F("version") + 1)
        for unfit, reason in reasons
    )


def lines_to_post(claims: QuerySet[Claim]) -> list[ledger.Line]:
    """What claims become in the ledger, households in the order in which they are locked."""
    rows = claims.order_by("household_id", "pk").values_list(*LINE_FIELDS)
    return [
        ledger.Line(
            source=f"claim:{pk}",
            kind=Kind.REVERSAL if reverses_id else kind,
            rule=seals.rule_name(rule_set, code),
            **dict(zip(PLAIN_FIELDS, plain, strict=True)),
            reverses_id=reverses_id,
            reverses=reverses or "",
        )
        for pk, kind, rule_set, code, reverses_id, reverses, *plain in rows
    ]


def _settle_batches(notice: Notice) -> None:
    touched = Batch.objects.filter(claims__notice=notice).distinct().values("pk")
    for batch in Batch.objects.select_for_update(of=("self",)).filter(pk__in=touched).order_by("pk"):
        batches.settle(batch)


def _record(actor: User | None, action: str, notice: Notice, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=actor, action=action, target=notice.code, place=notice.village.code, facts=facts, at=now)


def _minute(moment: dt.datetime) -> str:
    return f"{moment.astimezone(calendar.SHANGHAI):%Y-%m-%d %H:%M}"
