"""What may stand on a row of a batch: the function's own wall, behind the form's and before the database's."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Q, Subquery, Value, When

from points import caps
from points.models import Batch, Claim, Evidence, Rule
from points.models.batches import State
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Household, Resident


class CannotSave(Refused):
    """A row cannot be kept as it is. `claim` is the row it clashes with, where there is one."""

    def __init__(self, message: str, code: str = "", claim: Claim | None = None) -> None:
        super().__init__(message, code)
        self.claim = claim


@dataclass(frozen=True)
class Around:
    """What stands around a row: the claim of its key, its twin on the batch, the last line, what its cap has used."""

    claim: Claim | None
    twin: Claim | None
    last_line: int
    use: caps.Used


def around(
    batch: Batch, key: uuid.UUID, household: Household, rule: Rule, on: dt.date, resident: Resident | None
) -> Around:
    """All of it in one statement. Ask with the batch locked: only then nobody adds a line meanwhile."""
    wanted = Claim(household=household, resident=resident, rule=rule, occurred_on=on)
    own, counted = Q(batch=batch.pk), caps.counting([wanted], batch.pk)
    last = Claim.objects.filter(batch=batch.pk).order_by("-line").values("line")[:1]
    same = Q(household=household, rule=rule, occurred_on=on, resident=resident)
    asked = own & (Q(client_key=key) | Q(line=Subquery(last)) | same) | counted
    counts = Case(When(counted, then=Value(True)), default=Value(False), output_field=BooleanField())
    found = list(Claim.objects.filter(asked).annotate(counts=counts).select_related("resident").order_by("line", "pk"))
    mine = [one for one in found if one.batch_id == batch.pk]
    for one in mine:
        one.batch = batch
    claim = next((one for one in mine if one.client_key == key), None)
    wanted.pk = claim.pk if claim else None
    return Around(
        claim,
        next((one for one in mine if _is_twin(one, wanted)), None),
        max((one.line for one in mine), default=0),
        caps.of(wanted, [one for one in found if getattr(one, "counts", False)]),
    )


def _is_twin(claim: Claim, wanted: Claim) -> bool:
    names = ("household_id", "rule_id", "resident_id", "occurred_on")
    return claim.state != State.WITHDRAWN and all(getattr(claim, one) == getattr(wanted, one) for one in names)


def check_row(
    batch: Batch, seen: Around, household: Household, rule: Rule, points: int, occurred_on: dt.date, now: dt.datetime
) -> list[str]:
    """Refuse a row that cannot stand; answer the warnings of one that can."""
    check_fit(batch, household, rule, points, occurred_on, now)
    if seen.twin and (seen.claim is None or seen.twin.pk != seen.claim.pk):
        raise repeated(household, seen.twin)
    use = seen.use
    if refusal := use.refusal(points):
        raise CannotSave(refusal, "G-07")
    return [warning] if (warning := use.warning()) else []


def check_fit(
    batch: Batch, household: Household, rule: Rule, points: int, occurred_on: dt.date, now: dt.datetime
) -> None:
    """What can be said of a row alone, whatever else has been entered."""
    if household.village_id != batch.village_id:
        raise CannotSave(f"{household.head_name}不在{batch.village.short_name}的名册上")
    check_household(household)
    check_day(occurred_on, now)
    check_rule(rule, batch.rule_set_id, occurred_on)
    check_points(rule, points)


def who(household: Household, rule: Rule, resident: Resident | None) -> Resident | None:
    """Whom a row is for where persons count: another member than the head, or None for the head. Raises CannotSave."""
    if resident is None:
        return None
    if resident.household_id != household.pk:
        raise CannotSave(f"{resident.name}不是{household.head_name}户的成员")
    if rule.unit != Rule.Unit.PERSON:
        raise CannotSave(f"{rule.item}按户计分，不用选成员")
    return None if resident.is_head else resident


def check_note(note: str) -> None:
    """A remark is read in the passbook and stands with a row on notice: nobody's number belongs there."""
    if kind := personal_data(note):
        raise CannotSave(f"备注里像是有{kind}，去掉再保存", "N-01")


def check_household(household: Household) -> None:
    if household.state != Household.State.ACTIVE:
        raise CannotSave(f"{household.head_name}户{household.get_state_display()}，不能再录入")


def check_day(day: dt.date, now: dt.datetime) -> None:
    today = calendar.local_date(now)
    if day > today:
        raise CannotSave(f"日期晚于今天，改为 {today:%Y-%m-%d} 或更早", "G-09")
    # The month that runs is open whatever the setting says: no need to read it for most rows.
    if today > periods.of(day).ends_on and today > month_closes_on(day):
        raise CannotSave(f"{day.year}年{day.month}月已公示结束。需要更正请在存折里做冲正", "G-10")


def check_rule(rule: Rule, rule_set_id: int, on: dt.date) -> None:
    if rule.rule_set_id != rule_set_id:
        raise CannotSave(f"{on:%Y-%m-%d} 不适用 {rule.rule_set.title}，请换成当日的细则", "G-18")
    version = rule.rule_set
    if (
        version.effective_from is None
        or on < version.effective_from
        or (version.effective_to and on > version.effective_to)
    ):
        raise CannotSave(f"{on:%Y-%m-%d} 不在 {version.title} 的有效期内", "G-18")


def check_points(rule: Rule, points: int) -> None:
    size = points * rule.sign
    if points == 0:
        raise CannotSave("分值不能是 0", "G-05")
    if not rule.min_points <= size <= rule.max_points:
        raise CannotSave(f"每次 {span(rule)} 分，这里是 {signed(points)} 分", "G-05")


def span(rule: Rule) -> str:
    """What a row of the rule may have, with its sign."""
    low, high = sorted((rule.sign * rule.min_points, rule.sign * rule.max_points))
    return signed(low) if low == high else f"{signed(low)} 到 {signed(high)}"


def repeated(household: Household, twin: Claim) -> CannotSave:
    name = f"{household.head_name}户 {twin.resident.name}" if twin.resident else household.head_name
    return CannotSave(f"{name} 已在第 {twin.line} 行", "G-04", claim=twin)


def check_again(claim: Claim, use: caps.Used, now: dt.datetime) -> None:
    """A row once more when it is submitted, with what its cap has left under the household's lock.

    A reversal is free of all that: a mistake is put right even where the household has gone since.
    """
    if claim.reverses_id:
        return
    check_household(claim.household)
    check_day(claim.occurred_on, now)
    check_points(claim.rule, claim.points)
    if refusal := use.refusal(claim.points):
        raise CannotSave(refusal, "G-07")


def unproved(claims: Iterable[Claim]) -> dict[int, str]:
    """The rows whose rule asks for evidence and that have none, with what to do about it; all of one batch."""
    wanting = [claim for claim in claims if needs_evidence(claim)]
    if not wanting:
        return {}
    there = set(Evidence.objects.standing().filter(batch=wanting[0].batch_id).values_list("claim_id", flat=True))
    return without_evidence(wanting, there)


def without_evidence(claims: Iterable[Claim], there: Collection[int | None]) -> dict[int, str]:
    """The same where it is known for which rows there is some; None stands for the whole batch."""
    wanting = [] if None in there else [claim for claim in claims if needs_evidence(claim) and claim.pk not in there]
    return {claim.pk: _asks(claim.rule) for claim in wanting}


def needs_evidence(claim: Claim) -> bool:
    return claim.rule.evidence == Rule.Evidence.REQUIRED and not claim.reverses_id


def _asks(rule: Rule) -> str:
    what = f"（{rule.evidence_note}）" if rule.evidence_note else ""
    return f"{rule.item}必传证明{what}，拍照或选文件传上再提交"


def month_closes_on(day: dt.date) -> dt.date:
    """The last day on which something that happened on `day` may still be entered."""
    return periods.of(day).ends_on + dt.timedelta(days=options.get("month_closes_after_days"))


def signed(points: int) -> str:
    """+5, −2 (with the minus sign U+2212)."""
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
