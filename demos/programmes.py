"""What the district wants to reach in a year, and the stages on the way there."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Count, Q

from demos import criteria, permissions
from demos.models import Candidate, Programme, Stage
from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User

Level, Kind, Key = Programme.Level, Programme.Kind, Stage.Key

# The work plan's own targets: level, kind, at least, hoped for.
WORK_PLAN = (
    (Level.DISTRICT, Kind.VILLAGE, 30, 30),
    (Level.CITY, Kind.VILLAGE, 2, 2),
    (Level.NATIONAL, Kind.VILLAGE, 0, 1),
    (Level.CITY, Kind.TOWN, 1, 2),
    (Level.NATIONAL, Kind.TOWN, 1, 1),
)
# How many days a stage takes unless the district says otherwise.
USUAL_DAYS = {
    Key.NURTURE: 120,
    Key.APPLY: 15,
    Key.TOWN: 20,
    Key.DISTRICT: 25,
    Key.CITY: 30,
    Key.NOTICE: 7,
    Key.RECOGNISED: 30,
    Key.CARE: 365,
}


class CannotTarget(Refused):
    """The target or its stages cannot be set like this."""


@transaction.atomic
def set_target(
    *, year: int, level: str, kind: str, minimum: int, hoped: int, by: User | None, now: dt.datetime
) -> Programme:
    """Set how many are wanted; a new programme gets its usual stages. Raises CannotTarget."""
    if by and not permissions.can_set_targets(by):
        raise CannotTarget("创建目标由区级定")
    if hoped < max(minimum, 1):
        raise CannotTarget("力争数不能少于至少数，最少 1")
    order = [(one, other) for one, other, _, _ in WORK_PLAN]
    position = order.index((Level(level), Kind(kind))) if (level, kind) in order else len(order)
    programme, is_new = Programme.objects.select_for_update().get_or_create(
        year=year, level=level, kind=kind, defaults={"minimum": minimum, "hoped": hoped, "position": position}
    )
    if not is_new:
        _refuse_fewer_than_done(programme, hoped)
        programme.minimum, programme.hoped = minimum, hoped
        programme.save(update_fields=["minimum", "hoped"])
    else:
        _usual_stages(programme)
    audit.record(actor=by, action="programme.target", target=str(programme), at=now, facts={"hoped": hoped})
    return programme


@transaction.atomic
def set_by_plan(*, year: int, by: User | None, now: dt.datetime) -> list[Programme]:
    """The targets of the work plan, with the usual criteria, for a year that has none yet. Raises CannotTarget."""
    if Programme.objects.filter(year=year).exists():
        raise CannotTarget(f"{year}年已经有目标，在表里改")
    made = [
        set_target(year=year, level=level, kind=kind, minimum=minimum, hoped=hoped, by=by, now=now)
        for level, kind, minimum, hoped in WORK_PLAN
    ]
    for programme in made:
        criteria.publish(programme=programme, items=criteria.preset(programme.kind), by=by, now=now)
    return made


@transaction.atomic
def set_stages(
    *, programme: Programme, names: Mapping[str, tuple[str, int]], by: User, now: dt.datetime
) -> list[Stage]:
    """Name the stages and their days by key; a key left out is skipped, where it may be. Raises CannotTarget."""
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if not permissions.can_set_targets(by):
        raise CannotTarget("创建阶段由区级定")
    if missing := [key.label for key in Stage.FIXED if key not in names]:
        raise CannotTarget(f"{'、'.join(missing)}不能去掉")
    if wrong := [Key(key).label for key, (name, days) in names.items() if not name.strip() or not 1 <= days <= 999]:
        raise CannotTarget(f"{'、'.join(wrong)}的名称要写，天数填 1 到 999")
    gone = programme.stages.exclude(key__in=names)
    if Candidate.objects.filter(Q(stage__in=gone) | Q(moves__to_stage__in=gone)).exists():
        raise CannotTarget("有创建对象走过这个阶段，不能去掉")
    gone.delete()
    for key, (name, days) in names.items():
        Stage.objects.update_or_create(
            programme=programme, key=key, defaults={"name": name.strip(), "days": days, "position": _position(key)}
        )
    audit.record(actor=by, action="programme.stages", target=str(programme), at=now)
    return list(programme.stages.order_by("position"))


def _usual_stages(programme: Programme) -> None:
    keys = [key for key in Key if key != Key.CITY or programme.level != Level.DISTRICT]
    Stage.objects.bulk_create(
        Stage(programme=programme, key=key, position=_position(key), name=key.label, days=USUAL_DAYS[key])
        for key in keys
    )


def _position(key: str) -> int:
    return list(Key).index(Key(key))


def _refuse_fewer_than_done(programme: Programme, hoped: int) -> None:
    done = Candidate.objects.open().filter(programme=programme, stage__key__in=Stage.DONE)
    count = done.aggregate(n=Count("pk"))["n"]
    if hoped < count:
        raise CannotTarget(f"已经认定 {count} 个，力争数不能更少")
