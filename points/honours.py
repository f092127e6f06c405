"""荣誉 up to the panel: kinds the district keeps, nominations, and what the panel held of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max

from points import masking, permissions, review, suspensions
from points.models import Honour, HonourKind, HonourSitting, PanelMember
from points.models.reviews import recused_homes
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages import roster
from villages.models import Household, Resident, User, Village

Holder = HonourKind.Holder
State = Honour.State
OF_A_HOUSEHOLD = (Holder.HOUSEHOLD, Holder.RESIDENT)


class CannotHonour(Refused):
    """The nomination cannot be made, decided or taken back like this."""


@dataclass(frozen=True)
class Nominee:
    """Who is put forward: a household, a member of one (its head where none is named), a named person, or the village
    itself where all three are empty."""

    household: Household | None = None
    resident: Resident | None = None
    name: str = ""


@dataclass(frozen=True)
class Nomination:
    """One of a list: what for, whom, and the deed the public reads."""

    kind: HonourKind
    nominee: Nominee
    deed: str


@dataclass(frozen=True)
class Sitting:
    """The panel's part: who was there, when, what they held."""

    present: Collection[PanelMember]
    held_at: dt.datetime
    opinion: str = field(default="")


@transaction.atomic
def keep_kind(
    *, name: str, holder: str, rule_code: str, is_open: bool, by: User, now: dt.datetime, kind: HonourKind | None = None
) -> HonourKind:
    """Enter a kind of honour or change one. Whom it is given to stands once somebody was nominated.

    Raises CannotHonour.
    """
    if not permissions.can_keep_honour_kinds(by):
        raise CannotHonour("荣誉种类由区级登记")
    name, rule_code = name.strip(), rule_code.strip().upper()
    if not name:
        raise CannotHonour("写明荣誉名称")
    if rule_code and holder not in OF_A_HOUSEHOLD:
        raise CannotHonour("只有农户和家庭成员的荣誉可以加分")
    if HonourKind.objects.filter(name=name).exclude(pk=kind.pk if kind else 0).exists():
        raise CannotHonour(f"已经有“{name}”")
    if kind and kind.holder != holder and kind.honours.exists():
        raise CannotHonour(f"{kind.name}已经有人提名，授予对象不能再改")
    if kind is None:
        top = HonourKind.objects.aggregate(top=Max("position"))["top"] or 0
        kind = HonourKind(position=top + 1)
    kind.name, kind.holder, kind.rule_code, kind.is_open = name, holder, rule_code, is_open
    kind.save()
    audit.record(actor=by, action="honour.kind", target=name, at=now)
    return kind


@transaction.atomic
def nominate(
    *, kind: HonourKind, village: Village, year: int, nominee: Nominee, deed: str, by: User, now: dt.datetime
) -> Honour:
    """Put somebody forward. `deed` is what for, and is read by the public. Raises CannotHonour."""
    if not permissions.can_nominate(by, village):
        raise CannotHonour("没有在这个村提名的任职")
    if nominee.household:
        roster.lock([nominee.household.pk])
    today = calendar.local_date(now)
    name = _name(kind, village, nominee, today)
    _refuse_deed(deed, village, name)
    if not kind.is_open:
        raise CannotHonour(f"{kind.name}现在不提名")
    if not today.year - 1 <= year <= today.year:
        raise CannotHonour("年度是今年或去年")
    honour = Honour(
        kind=kind,
        holder=kind.holder,
        village=village,
        year=year,
        household=nominee.household,
        resident=nominee.resident,
        name=name,
        deed=deed.strip(),
        nominated_by=by,
        nominated_on=today,
    )
    same = Honour.objects.filter(kind=kind, village=village, year=year, state__in=Honour.LIVE, name=name)
    if same.filter(household=nominee.household, resident=nominee.resident).exists():
        raise CannotHonour(f"{honour.whose}{year}年的{kind.name}已经提名")
    honour.save()
    record(by, "honour.nominate", honour, now)
    return honour


@transaction.atomic
def nominate_all(
    *, village: Village, year: int, nominations: Sequence[Nomination], by: User, now: dt.datetime
) -> list[Honour]:
    """Put a whole list forward, all or none. Raises CannotHonour, which names the first that cannot be."""
    if not nominations:
        raise CannotHonour("名单是空的")
    made = []
    for at, one in enumerate(nominations, 1):
        try:
            made.append(
                nominate(kind=one.kind, village=village, year=year, nominee=one.nominee, deed=one.deed, by=by, now=now)
            )
        except CannotHonour as refusal:
            raise CannotHonour(f"第 {at} 个：{refusal}", refusal.code) from refusal
    return made


@transaction.atomic
def rehearse(
    *, village: Village, year: int, nominations: Sequence[Nomination], by: User, now: dt.datetime
) -> list[str]:
    """What each of a list would be refused for, empty where it would not. Nothing of it stays."""
    told = []
    for one in nominations:
        try:
            nominate(kind=one.kind, village=village, year=year, nominee=one.nominee, deed=one.deed, by=by, now=now)
            told.append("")
        except CannotHonour as refusal:
            told.append(str(refusal))
    transaction.set_rollback(True)
    return told


@transaction.atomic
def withdraw(*, honour: Honour, by: User, now: dt.datetime) -> Honour:
    """Take a nomination back before it goes on notice. Raises CannotHonour."""
    honour = lock(honour)
    if not permissions.can_nominate(by, honour.village):
        raise CannotHonour("没有在这个村提名的任职")
    if honour.state not in (State.NOMINATED, State.PASSED):
        raise CannotHonour(f"{honour.get_state_display()}的提名不能撤回")
    honour.state, honour.ended_by = State.WITHDRAWN, by
    honour.save(update_fields=["state", "ended_by"])
    record(by, "honour.withdraw", honour, now)
    return honour


@transaction.atomic
def decide(
    *,
    village: Village,
    passed: Iterable[int],
    declined: Mapping[int, str],
    sitting: Sitting,
    by: User,
    now: dt.datetime,
) -> HonourSitting:
    """Write down what the panel held: ids that passed, and id → reason for those that did not. Raises CannotHonour."""
    wanted = set(passed) | set(declined)
    found = Honour.objects.select_for_update(of=("self",)).filter(village=village, pk__in=wanted).order_by("pk")
    honours = list(found.select_related("kind", "village"))
    _refuse_decision(village, wanted, honours, by)
    if any(not reason.strip() for reason in declined.values()):
        raise CannotHonour("没有通过的要写明原因")
    if kind := next((kind for reason in declined.values() if (kind := personal_data(reason))), ""):
        raise CannotHonour(f"原因里像是有{kind}，去掉再保存", "N-01")
    _refuse_sitting(village, sitting, now)
    held = HonourSitting.objects.create(
        village=village, decided_by=by, decided_at=now, held_at=sitting.held_at, opinion=sitting.opinion.strip()[:200]
    )
    held.present.set(sitting.present)
    for honour in honours:
        honour.sitting = held
        honour.state = State.DECLINED if honour.pk in declined else State.PASSED
        if honour.pk in declined:
            honour.ended_reason, honour.ended_by = declined[honour.pk].strip()[:120], by
        honour.save(update_fields=["sitting", "state", "ended_reason", "ended_by"])
    facts = {"approved": len(honours) - len(declined), "returned": len(declined), "present": len(sitting.present)}
    audit.record(actor=by, action="honour.decide", target=village.short_name, place=village.code, facts=facts, at=now)
    return held


def full_name_in(deed: str, village: Village, name: str) -> str:
    """A full name that a deed holds: whose honour it is, or somebody of the village's register. Empty where none is."""
    return name if len(name) > 1 and name in deed else masking.named(deed, village)


def lock(honour: Honour) -> Honour:
    locked = Honour.objects.select_for_update(of=("self",))
    return locked.select_related("kind", "village", "notice", "household").get(pk=honour.pk)


def record(by: User | None, action: str, honour: Honour, now: dt.datetime) -> None:
    # The number of the household, not a name: the log is read by people who do not look at passbooks.
    whose = honour.household.number if honour.household else honour.village.short_name
    audit.record(actor=by, action=action, target=f"{honour} {whose}"[:60], place=honour.village.code, at=now)


def _name(kind: HonourKind, village: Village, nominee: Nominee, today: dt.date) -> str:
    """Whose honour it would be, as it is kept. Refuses a nominee the kind is not for."""
    household, resident, name = nominee.household, nominee.resident, nominee.name.strip()
    if kind.holder in OF_A_HOUSEHOLD:
        if household is None:
            raise CannotHonour("选一户")
        _refuse_household(household, village, today)
        if resident and (kind.holder == Holder.HOUSEHOLD or resident.household_id != household.pk):
            raise CannotHonour("成员不在这一户")
        return resident.name if resident else household.head_name
    if household or resident:
        raise CannotHonour(f"{kind.name}不授予农户")
    if kind.holder == Holder.PERSON and not name:
        raise CannotHonour("写明姓名")
    if kind_of_number := personal_data(name):
        raise CannotHonour(f"姓名里像是有{kind_of_number}", "N-01")
    return name if kind.holder == Holder.PERSON else ""


def _refuse_household(household: Household, village: Village, today: dt.date) -> None:
    if household.village_id != village.pk:
        raise CannotHonour(f"{household.head_name}不在{village.short_name}的名册上")
    if household.state != Household.State.ACTIVE:
        raise CannotHonour(f"{household.head_name}户{household.get_state_display()}，不能提名")
    if suspensions.holds(household, today):
        raise CannotHonour(f"{household.head_name}户现在不能提名，请问评议小组")


def _refuse_deed(deed: str, village: Village, name: str) -> None:
    if not deed.strip():
        raise CannotHonour("写明事迹")
    if kind := personal_data(deed):
        raise CannotHonour(f"事迹里像是有{kind}，去掉再保存", "N-01")
    if full := full_name_in(deed, village, name):
        raise CannotHonour(f"事迹会公示，不写全名：{full}")


def _refuse_decision(village: Village, wanted: set[int], honours: list[Honour], by: User) -> None:
    if not permissions.can_decide_honours(by, village):
        raise CannotHonour("没有在这个村评议的任职")
    if not wanted:
        raise CannotHonour("先选通过或不通过的提名")
    if len(honours) < len(wanted) or any(honour.state != State.NOMINATED for honour in honours):
        raise CannotHonour("有的提名已经评议过，请重新打开")
    if any(honour.nominated_by_id == by.pk for honour in honours):
        raise CannotHonour("自己提名的由其他人登记评议结果")
    homes = set(recused_homes(by).values_list("pk", flat=True))
    if any(honour.household_id in homes for honour in honours):
        raise CannotHonour("自己家和亲属家的提名由其他成员评议")


def _refuse_sitting(village: Village, sitting: Sitting, now: dt.datetime) -> None:
    seated = set(PanelMember.objects.filter(village=village).current(calendar.local_date(sitting.held_at)))
    if not set(sitting.present) <= seated:
        raise CannotHonour("参评人里有不在任的成员")
    if len(set(sitting.present)) < review.quorum():
        raise CannotHonour(f"参评 {len(set(sitting.present))} 人，至少 {review.quorum()} 人", "R-04")
    if sitting.held_at > now:
        raise CannotHonour("会议时间晚于现在")
    if kind := personal_data(sitting.opinion):
        raise CannotHonour(f"意见里像是有{kind}，去掉再保存", "N-01")
