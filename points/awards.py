"""荣誉 from the panel on: put up with masked names, awarded when the days are over, and turned into ordinary claims."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from points import batches, honours, masking, notices, permissions, rules, sheets, suspensions
from points.honours import CannotHonour, State
from points.models import Batch, Claim, Doubt, Honour, HonourNotice, Rule
from qianjiang_portal.foundation import audit, calendar, jobs, options
from qianjiang_portal.foundation.personal import personal_data
from villages import roster
from villages.models import User, Village

GONE = "公示期内不再符合条件"


@transaction.atomic
def publish(*, village: Village, by: User, now: dt.datetime, days: int | None = None) -> HonourNotice:
    """Put up everything the panel passed in a village. Raises CannotHonour."""
    village = Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)
    if not permissions.can_publish(by, village):
        raise CannotHonour("没有给这个村做公示的任职")
    waiting = Honour.objects.select_for_update(of=("self",)).filter(village=village, state=State.PASSED)
    passed = list(waiting.select_related("kind", "village").order_by("pk"))
    if not passed:
        raise CannotHonour("没有待公示的荣誉")
    low, high = options.SETTINGS["honour_notice_days"].low or 1, options.SETTINGS["honour_notice_days"].high or 30
    if days is not None and not low <= days <= high:
        raise CannotHonour(f"公示 {low} 到 {high} 天")
    notice = _notice(village, by, now, days or options.get("honour_notice_days"))
    for honour in passed:
        honour.state, honour.notice = State.PUBLISHED, notice
        honour.shown = masking.mask(honour.name) if honour.name else village.short_name
        honour.save(update_fields=["state", "notice", "shown"])
    _record(by, "honour.publish", notice, now, rows=len(passed))
    return notice


@transaction.atomic
def decline(*, honour: Honour, reason: str, by: User, now: dt.datetime) -> Honour:
    """Take a name off a notice, or a passed one off its way, with the reason. Raises CannotHonour."""
    honour = honours.lock(honour)
    _refuse_ending(honour, reason, by)
    if honour.state not in (State.PASSED, State.PUBLISHED):
        raise CannotHonour(f"{honour.get_state_display()}的不能这样处理")
    honour.state, honour.ended_reason, honour.ended_by = State.DECLINED, reason.strip()[:120], by
    honour.save(update_fields=["state", "ended_reason", "ended_by"])
    honours.record(by, "honour.decline", honour, now)
    return honour


@transaction.atomic
def revoke(*, honour: Honour, reason: str, by: User, now: dt.datetime) -> Honour:
    """Cancel an award. Points it gave are taken back by an ordinary reversal. Raises CannotHonour."""
    honour = honours.lock(honour)
    _refuse_ending(honour, reason, by)
    if honour.state != State.AWARDED:
        raise CannotHonour("还没有授予，不用取消")
    honour.state, honour.ended_reason, honour.ended_by = State.REVOKED, reason.strip()[:120], by
    honour.save(update_fields=["state", "ended_reason", "ended_by"])
    honours.record(by, "honour.revoke", honour, now)
    return honour


@transaction.atomic
def award(*, notice: HonourNotice, now: dt.datetime, by: User | None = None) -> list[Honour]:
    """Award what stands when the days are over; who may not hold an honour any more is left out. Awarded twice, once.

    `by` is None for the scheduled job. Raises CannotHonour.
    """
    notice = HonourNotice.objects.select_for_update(of=("self",)).select_related("village").get(pk=notice.pk)
    if notice.closed_at:
        return []
    if by is not None and not permissions.can_award(by, notice.village):
        raise CannotHonour("没有授予这个村荣誉的任职")
    if now < notice.due_at:
        raise CannotHonour(f"公示到 {notice.ends_on:%Y-%m-%d}，期满后授予")
    if waiting := Doubt.objects.open().filter(honour__notice=notice, honour__state=State.PUBLISHED).count():
        raise CannotHonour(f"还有 {waiting} 件异议没有答复，答复后再授予")
    standing = notice.honours.filter(state=State.PUBLISHED)
    roster.lock(pk for pk in standing.values_list("household_id", flat=True) if pk)
    found = standing.select_for_update(of=("self",)).select_related("kind", "village", "household").order_by("pk")
    awarded = [honour for honour in found if _settle(honour, notice.village, calendar.local_date(now))]
    notice.closed_at, notice.closed_by = now, by
    notice.save(update_fields=["closed_at", "closed_by"])
    _record(by, "honour.award", notice, now, rows=len(awarded))
    return awarded


@transaction.atomic
def award_job(held: jobs.Held, notice: HonourNotice) -> None:
    award(notice=notice, now=calendar.now())
    held.finish()


def due(now: dt.datetime) -> list[HonourNotice]:
    """Notices whose days are over and on which nothing is doubted."""
    doubted = Doubt.objects.open().filter(honour__state=State.PUBLISHED).values("honour__notice")
    found = HonourNotice.objects.open().filter(due_at__lte=now).exclude(pk__in=doubted)
    return list(found.order_by("due_at", "pk"))


def without_points(village: Village) -> list[Honour]:
    """Awarded honours with a rule of their own that stand in no batch yet."""
    rows = Claim.objects.live().filter(batch=OuterRef("batch"), household=OuterRef("household"))
    found = Honour.objects.awarded().filter(village=village).exclude(kind__rule_code="").exclude(Exists(rows))
    return list(found.select_related("kind", "household", "resident").order_by("household__number", "pk"))


@transaction.atomic
def to_points(*, village: Village, by: User, now: dt.datetime) -> list[sheets.Made]:
    """Make drafts of points from the awards that have none, a batch for each rule: an ordinary way through panel and
    notice lies before them. Raises CannotHonour, CannotOpen, CannotSave.
    """
    if not permissions.can_enter(by, village):
        raise CannotHonour("没有在这个村录入的任职")
    Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)
    by_rule: dict[Rule, list[Honour]] = {}
    for honour in without_points(village):
        if rule := rule_of(honour):
            by_rule.setdefault(rule, []).append(honour)
    if not by_rule:
        raise CannotHonour("没有可以加分的荣誉")
    return [_batch(village, rule, own, by, now) for rule, own in by_rule.items()]


def points_of(honour: Honour) -> Claim | None:
    """The line of points that was made from an award, wherever it is on its way."""
    if honour.batch_id is None:
        return None
    lines = Claim.objects.live().filter(batch=honour.batch_id, household=honour.household_id)
    return lines.select_related("batch").order_by("pk").first()


def rule_of(honour: Honour) -> Rule | None:
    """The rule that gives points for an award, in the version that counted on its day."""
    if not honour.awarded_on or not (version := rules.in_force(honour.village, honour.awarded_on)):
        return None
    return version.rules.filter(code=honour.kind.rule_code, kind=Rule.Kind.AWARD).first()


def _batch(village: Village, rule: Rule, own: Sequence[Honour], by: User, now: dt.datetime) -> sheets.Made:
    latest = max(honour.awarded_on for honour in own if honour.awarded_on)
    batch = batches.open_draft(
        maker=by,
        village=village,
        rule=rule,
        occurred_on=latest,
        key=f"honour:{uuid.uuid4()}",
        source=Batch.Source.HONOUR,
        reason="荣誉加分",
        now=now,
    )
    rows = [_row(honour, rule) for honour in own]
    outcomes = sheets.put(batch=batch, editor=by, rows=rows, now=now)
    made = sheets.Made.of(batch, outcomes)
    if made.nothing:
        raise CannotHonour(made.nothing)
    for honour, one in zip(own, outcomes, strict=True):
        if one.claim:
            honour.batch = batch
            honour.save(update_fields=["batch"])
    facts = {"batch": batch.number, "rows": made.rows}
    audit.record(actor=by, action="honour.points", target=village.short_name, place=village.code, facts=facts, at=now)
    return made


def _row(honour: Honour, rule: Rule) -> sheets.Row:
    assert honour.household is not None and honour.awarded_on is not None  # noqa: PT018  (kinds with a rule are of households)
    by_person = rule.unit == Rule.Unit.PERSON
    return sheets.Row(
        uuid.uuid4(),
        honour.household,
        rule,
        rule.default,
        honour.awarded_on,
        f"{honour.year}年{honour.kind.name}"[:60],
        resident=honour.resident if by_person else None,
    )


def _notice(village: Village, by: User, now: dt.datetime, days: int) -> HonourNotice:
    today = calendar.local_date(now)
    span = notices.term(today, days)
    number = (village.honour_notices.filter(year=today.year).aggregate(top=Max("number"))["top"] or 0) + 1
    return HonourNotice.objects.create(
        code=f"RY-{village.code}-{today.year}-{number:02}",
        village=village,
        year=today.year,
        number=number,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        due_at=span.due_at,
        published_by=by,
        published_at=now,
    )


def _settle(honour: Honour, village: Village, today: dt.date) -> bool:
    home = honour.household
    fits = home is None or (
        home.state == home.State.ACTIVE and home.village_id == village.pk and not suspensions.holds(home, today)
    )
    if fits:
        honour.state, honour.awarded_on = State.AWARDED, today
    else:
        honour.state, honour.ended_reason = State.DECLINED, GONE
    honour.save(update_fields=["state", "awarded_on", "ended_reason"])
    return fits


def _refuse_ending(honour: Honour, reason: str, by: User) -> None:
    if not permissions.can_suspend(by, honour.village):
        raise CannotHonour("由评议审核或分管领导处理")
    if honour.nominated_by_id == by.pk:
        raise CannotHonour("自己提名的由其他人处理")
    if not reason.strip():
        raise CannotHonour("写明原因")
    if kind := personal_data(reason):
        raise CannotHonour(f"原因里像是有{kind}，去掉再保存", "N-01")


def _record(by: User | None, action: str, notice: HonourNotice, now: dt.datetime, **facts: int) -> None:
    audit.record(actor=by, action=action, target=notice.code, place=notice.village.code, facts=facts, at=now)
