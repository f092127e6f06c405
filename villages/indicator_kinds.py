"""What villages report once a quarter: the district's list of indicators. Once reported, one keeps its meaning."""

import datetime as dt
import re
from dataclasses import asdict, dataclass, replace

from django.db import transaction

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.refusals import Refused, unless_taken
from villages import permissions
from villages.models import Indicator, User

CODE = re.compile(r"[a-z][a-z0-9_]{1,29}")
LONGEST = {"name": 30, "unit": 8, "meaning": 120, "source": 60}
# What reported figures were counted in; another measure is another indicator.
BOUND = {"unit": "单位", "kind": "类别"}
LABELS = {
    "name": "名称",
    "unit": "单位",
    "decimals": "小数位",
    "kind": "类别",
    "meaning": "口径",
    "source": "数据来源",
    "position": "排序",
    "is_active": "在用",
}


class CannotDefine(Refused):
    """The indicator cannot be like this."""


@dataclass(frozen=True)
class Facts:
    """What is said of an indicator, besides its code."""

    name: str
    unit: str
    source: str
    decimals: int = 0
    kind: str = Indicator.Kind.FLOW
    meaning: str = ""
    position: int = 0
    is_active: bool = True

    def trimmed(self) -> "Facts":
        words: dict[str, str] = {name: getattr(self, name).strip() for name in LONGEST}
        return replace(self, **words)  # type: ignore[arg-type]


@transaction.atomic
def define(*, code: str, facts: Facts, by: User, now: dt.datetime) -> Indicator:
    """Put an indicator on the list. Raises CannotDefine."""
    _check_maker(by)
    facts = facts.trimmed()
    if not CODE.fullmatch(code):
        raise CannotDefine("代码用 2 到 30 个小写字母、数字和下划线，字母开头", field="code")
    there = CannotDefine(f"代码 {code} 已经用了，换一个", field="code")
    if Indicator.objects.filter(code=code).exists():
        raise there
    _check(facts, None)
    with unless_taken(there):
        made = Indicator.objects.create(code=code, **asdict(facts))
    audit.record(actor=by, action="indicator.define", target=made.name, at=now, facts={"code": code})
    return made


@transaction.atomic
def amend(*, indicator: Indicator, facts: Facts, by: User, now: dt.datetime) -> Indicator:
    """Change what is said of an indicator; unit and kind only while nobody has reported it. Raises CannotDefine."""
    _check_maker(by)
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    facts = facts.trimmed()
    _check(facts, indicator)
    changed = [name for name, value in asdict(facts).items() if getattr(indicator, name) != value]
    if changed:
        _check_bound(indicator, facts, changed)
        for name in changed:
            setattr(indicator, name, getattr(facts, name))
        indicator.save(update_fields=changed)
        told = {"code": indicator.code, "changed": "、".join(LABELS[name] for name in changed)}
        audit.record(actor=by, action="indicator.amend", target=indicator.name, at=now, facts=told)
    return indicator


def is_reported(indicator: Indicator) -> bool:
    return indicator.values.exists()


def _check_maker(by: User) -> None:
    if not permissions.can_define(by):
        raise CannotDefine("指标由区级设定")


def _check(facts: Facts, indicator: Indicator | None) -> None:
    for name, longest in LONGEST.items():
        text = getattr(facts, name)
        if len(text) > longest:
            raise CannotDefine(f"{LABELS[name]}最多 {longest} 个字", field=name)
        if not text and name != "meaning":
            raise CannotDefine(f"{LABELS[name]}没有填写", field=name)
    if facts.decimals not in (0, 1, 2):
        raise CannotDefine("小数位是 0、1 或 2", field="decimals")
    if facts.kind not in Indicator.Kind.values:
        raise CannotDefine("类别选本季发生数或季末数", field="kind")
    others = Indicator.objects.in_use().filter(name=facts.name)
    others = others.exclude(pk=indicator.pk) if indicator else others
    if facts.is_active and (other := others.first()):
        raise CannotDefine(f"在用的指标里已有“{facts.name}”（{other.unit}），先停用它或换个名称", field="name")


def _check_bound(indicator: Indicator, facts: Facts, changed: list[str]) -> None:
    if not is_reported(indicator):
        return
    for name, label in BOUND.items():
        if name in changed:
            raise CannotDefine(f"已有村报过数，{label}不能改；停用这个指标，另建一个", field=name)
    if facts.decimals < indicator.decimals and _finer(indicator, facts.decimals):
        raise CannotDefine("已报的数小数位更多，不能减少", field="decimals")


def _finer(indicator: Indicator, decimals: int) -> bool:
    values = indicator.values.values_list("value", flat=True).distinct()
    return any(value != round(value, decimals) for value in values.iterator())
