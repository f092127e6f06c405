"""Places on their way to a recognition: put forward, moved on or sent back, checked again, given up."""

import datetime as dt
import itertools

from django.db import transaction

from demos import criteria, gates, permissions
from demos.models import Candidate, Milestone, Move, Programme, Stage
from qianjiang_portal.foundation import audit, calendar
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Township, User, Village

Kind, Standing = Move.Kind, Candidate.Standing


class CannotNominate(Refused):
    """The place cannot become a candidate."""


class BeyondTarget(CannotNominate):
    """There are as many candidates as are hoped for; with a reason one more may be added."""


class CannotMove(Refused):
    """The candidate stays where it is."""


class CannotPlan(Refused):
    """The milestone or its owner cannot be kept like this."""


@transaction.atomic
def nominate(
    *,
    programme: Programme,
    place: Village | Township,
    on: dt.date,
    by: User,
    now: dt.datetime,
    owner: str = "",
    beyond: str = "",
) -> Candidate:
    """Put a place forward; its stages become milestones. Raises CannotNominate, BeyondTarget."""
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if not permissions.can_nominate(by, place):
        raise CannotNominate("由本乡镇街道或区级选点")
    if isinstance(place, Village) != (programme.kind == Programme.Kind.VILLAGE):
        raise CannotNominate(f"{programme.title}要选{programme.get_kind_display()}")
    if on > calendar.local_date(now):
        raise CannotNominate("选点日期还没有到")
    _refuse_twice_or_beyond(programme, place, beyond)
    stages = list(programme.stages.order_by("position"))
    candidate = Candidate.objects.create(
        programme=programme,
        village=place if isinstance(place, Village) else None,
        township=place if isinstance(place, Township) else None,
        stage=stages[0],
        standard=criteria.current(programme),
        since=on,
        owner=owner.strip(),
        beyond=beyond.strip(),
    )
    _plan_stages(candidate, stages)
    _note(candidate, Kind.NOMINATE, None, on, beyond.strip(), by, now)
    return candidate


@transaction.atomic
def advance(*, candidate: Candidate, on: dt.date, by: User, now: dt.datetime, note: str = "") -> Candidate:
    """Move a candidate to the next stage of its programme. Raises CannotMove with all that is missing."""
    candidate = _locked(candidate)
    before, to = candidate.stage, next_stage(candidate)
    if to is None:
        raise CannotMove("已经是最后一个阶段")
    if not permissions.can_advance(by, candidate):
        raise CannotMove(f"{before.name}由{WHO[before.key]}办")
    _check_day(candidate, on, now)
    if before.key == Stage.Key.TOWN and _who_brought_here(candidate) == by.pk:
        raise CannotMove("送审的人不能自己审，请另一位领导办理")
    if lacking := gates.missing(candidate, to, on):
        raise CannotMove(f"移到“{to.name}”前还差 {len(lacking)} 件：{'；'.join(lacking)}", "P-10")
    if to.key == Stage.Key.RECOGNISED:
        _refuse_beyond_hoped(candidate)
    candidate.stage, candidate.since = to, on
    if to.key == Stage.Key.RECOGNISED:
        candidate.standing = Standing.GOOD
    candidate.save()
    candidate.milestones.filter(stage=to, done_on=None).update(done_on=on)
    _note(candidate, Kind.ADVANCE, before, on, note.strip(), by, now)
    return candidate


@transaction.atomic
def send_back(*, candidate: Candidate, to: Stage, on: dt.date, reason: str, by: User, now: dt.datetime) -> Candidate:
    """Send a candidate back to an earlier stage and say why. Raises CannotMove."""
    candidate = _locked(candidate)
    before = candidate.stage
    if not permissions.can_send_back(by, candidate):
        raise CannotMove(f"{before.name}不由您退回")
    if to.programme_id != candidate.programme_id or to.position >= before.position:
        raise CannotMove("只能退回前面的阶段")
    if not reason.strip():
        raise CannotMove("写明退回的原因")
    _check_day(candidate, on, now)
    candidate.stage, candidate.since = to, on
    candidate.save()
    candidate.milestones.filter(stage__position__gt=to.position).update(done_on=None)
    _note(candidate, Kind.BACK, before, on, reason.strip(), by, now)
    return candidate


@transaction.atomic
def recheck(
    *,
    candidate: Candidate,
    standing: str,
    on: dt.date,
    note: str,
    by: User,
    now: dt.datetime,
    mend_by: dt.date | None = None,
) -> Candidate:
    """Say whether a recognised place is still what it was named for. Raises CannotMove."""
    candidate = _locked(candidate)
    if not permissions.can_recheck(by):
        raise CannotMove("复核由区级登记")
    if candidate.stage.key != Stage.Key.CARE:
        raise CannotMove("认定后进入动态管理才复核")
    _check_day(candidate, on, now)
    if standing != Standing.GOOD and not note.strip():
        raise CannotMove("整改和撤销要写明原因")
    if standing == Standing.MEND and (mend_by is None or mend_by <= on):
        raise CannotMove("整改期限要晚于复核日期")
    candidate.standing = standing
    candidate.mend_by = mend_by if standing == Standing.MEND else None
    candidate.closed_on = on if standing == Standing.REVOKED else None
    candidate.save()
    _note(candidate, Kind.RECHECK, candidate.stage, on, note.strip(), by, now, standing)
    return candidate


@transaction.atomic
def close(*, candidate: Candidate, on: dt.date, reason: str, by: User, now: dt.datetime) -> Candidate:
    """Take a place off the way before it is recognised, and say why. Raises CannotMove."""
    candidate = _locked(candidate)
    if not permissions.can_set_targets(by):
        raise CannotMove("退出创建由区级登记")
    if candidate.stage.is_done:
        raise CannotMove("已经认定的用复核撤销")
    if not reason.strip():
        raise CannotMove("写明退出的原因")
    _check_day(candidate, on, now)
    candidate.closed_on = on
    candidate.save()
    _note(candidate, Kind.CLOSE, candidate.stage, on, reason.strip(), by, now)
    return candidate


@transaction.atomic
def put_owner(*, candidate: Candidate, owner: str, by: User, now: dt.datetime) -> Candidate:
    """Name who answers for a candidate. Raises CannotPlan."""
    candidate = _locked(candidate)
    _check_planner(candidate, by)
    if not owner.strip():
        raise CannotPlan("写明责任人")
    candidate.owner = owner.strip()
    candidate.save()
    audit.record(actor=by, action="candidate.owner", target=str(candidate), place=candidate.place.code, at=now)
    return candidate


@transaction.atomic
def add_milestone(
    *, candidate: Candidate, name: str, planned_on: dt.date, by: User, now: dt.datetime, owner: str = ""
) -> Milestone:
    """Put a step of the candidate's own plan on its line. Raises CannotPlan."""
    candidate = _locked(candidate)
    _check_planner(candidate, by)
    if not name.strip():
        raise CannotPlan("写明节点")
    if candidate.milestones.filter(name=name.strip()).exists():
        raise CannotPlan(f"已经有“{name.strip()}”")
    made = Milestone.objects.create(
        candidate=candidate, name=name.strip(), planned_on=planned_on, owner=owner.strip() or candidate.owner
    )
    audit.record(actor=by, action="candidate.milestone", target=str(candidate), place=candidate.place.code, at=now)
    return made


@transaction.atomic
def reach(*, milestone: Milestone, on: dt.date, by: User, now: dt.datetime) -> Milestone:
    """Say on which day a step was taken; stages say it themselves when the candidate moves. Raises CannotPlan."""
    candidate = _locked(milestone.candidate)
    milestone = Milestone.objects.select_for_update().get(pk=milestone.pk)
    _check_planner(candidate, by)
    if milestone.stage_id:
        raise CannotPlan("阶段节点在移到下一阶段时自动完成")
    if milestone.done_on:
        raise CannotPlan("这个节点已经完成")
    if on > calendar.local_date(now):
        raise CannotPlan("完成日期还没有到")
    milestone.done_on = on
    milestone.save(update_fields=["done_on"])
    audit.record(actor=by, action="candidate.reach", target=milestone.name, place=candidate.place.code, at=now)
    return milestone


def next_stage(candidate: Candidate) -> Stage | None:
    later = candidate.programme.stages.filter(position__gt=candidate.stage.position)
    return later.order_by("position").first()


WHO: dict[str, str] = {
    Stage.Key.NURTURE: "本乡镇街道的经办或分管领导",
    Stage.Key.APPLY: "本乡镇街道的经办或分管领导",
    Stage.Key.TOWN: "本乡镇街道的分管领导",
    Stage.Key.DISTRICT: "区级",
    Stage.Key.CITY: "区级",
    Stage.Key.NOTICE: "区级",
    Stage.Key.RECOGNISED: "区级",
    Stage.Key.CARE: "区级",
}


def _refuse_twice_or_beyond(programme: Programme, place: Village | Township, beyond: str) -> None:
    rows = programme.candidates.filter(closed_on=None)
    there = rows.filter(village=place) if isinstance(place, Village) else rows.filter(township=place)
    if there.exists():
        raise CannotNominate(f"{place}已经在{programme.title}里")
    if (count := rows.count()) >= programme.hoped and not beyond.strip():
        gap = "" if programme.target_words.startswith("力争") else " "
        told = f"目标{gap}{programme.target_words} 个，已选 {count} 个；还要增加就写明理由"
        raise BeyondTarget(told, field="beyond")


def _refuse_beyond_hoped(candidate: Candidate) -> None:
    programme = Programme.objects.select_for_update().get(pk=candidate.programme_id)
    done = programme.candidates.filter(closed_on=None, stage__key__in=Stage.DONE).count()
    if done >= programme.hoped:
        raise CannotMove(f"{programme.title}已经认定 {done} 个，到了目标；要再认定先改目标")


def _plan_stages(candidate: Candidate, stages: list[Stage]) -> None:
    """Each stage is due when those before it have taken their days."""
    day, planned = candidate.since, []
    for before, stage in itertools.pairwise(stages):
        day += dt.timedelta(days=before.days)
        planned.append(
            Milestone(candidate=candidate, stage=stage, name=stage.name, owner=candidate.owner, planned_on=day)
        )
    Milestone.objects.bulk_create(planned)


def _check_day(candidate: Candidate, on: dt.date, now: dt.datetime) -> None:
    last = candidate.moves.order_by("-pk").values_list("on", flat=True).first()
    if on > calendar.local_date(now):
        raise CannotMove("日期还没有到", field="on")
    if last and on < last:
        raise CannotMove(f"日期早于上一步，填 {last} 或以后", field="on")


def _check_planner(candidate: Candidate, by: User) -> None:
    if not permissions.can_prepare(by, candidate):
        raise CannotPlan("由本乡镇街道或区级安排")


def _who_brought_here(candidate: Candidate) -> int | None:
    arrived = candidate.moves.filter(to_stage=candidate.stage).order_by("-pk")
    return arrived.values_list("made_by", flat=True).first()


def _note(
    candidate: Candidate,
    kind: str,
    before: Stage | None,
    on: dt.date,
    note: str,
    by: User,
    now: dt.datetime,
    standing: str = "",
) -> None:
    Move.objects.create(
        candidate=candidate,
        kind=kind,
        from_stage=before,
        to_stage=candidate.stage,
        on=on,
        standing=standing,
        note=note,
        made_by=by,
        made_at=now,
    )
    facts = {"on": on.isoformat(), "stage": candidate.stage.key}
    audit.record(
        actor=by, action=f"candidate.{kind}", target=str(candidate), place=candidate.place.code, at=now, facts=facts
    )


def _locked(candidate: Candidate) -> Candidate:
    """The candidate, held. Raises CannotMove where it has left the way."""
    found = Candidate.objects.held(candidate.pk)
    if found.closed_on:
        raise CannotMove(f"{found.closed_on} 已经退出")
    return found
