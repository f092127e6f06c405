"""The criteria of a programme, version by version, and the usual ones to begin with."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from demos import permissions
from demos.models import Criterion, Evidence, Programme, Score, Stage, Standard
from qianjiang_portal.foundation import audit, metrics
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import User

NEGATIVE = "负面清单"


class CannotSetCriteria(Refused):
    """The criteria cannot be published as they were given."""


@dataclass(frozen=True)
class Item:
    """A criterion as somebody typed it. `metric` names a figure of the portal; a veto weighs 0."""

    aspect: str
    text: str
    weight: int
    needs_evidence: bool = False
    metric: str = ""

    @property
    def is_veto(self) -> bool:
        return self.weight == 0


@transaction.atomic
def publish(
    *, programme: Programme, items: Sequence[Item], by: User | None, now: dt.datetime, seen: int | None = None
) -> Standard:
    """Make the next version; candidates still at the first stage go over to it.

    `seen` is the version somebody began from, 0 where there was none: what was published since would be lost with them
    unseen. Raises CannotSetCriteria, Conflict.
    """
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if by and not permissions.can_set_targets(by):
        raise CannotSetCriteria("创建标准由区级定")
    _check(items)
    last = programme.standards.order_by("-version").first()
    _refuse_unseen(last, seen)
    made = Standard.objects.create(
        programme=programme, version=last.version + 1 if last else 1, made_by=by, made_at=now
    )
    Criterion.objects.bulk_create(
        Criterion(
            standard=made,
            position=position,
            aspect=item.aspect.strip(),
            text=item.text.strip(),
            weight=item.weight,
            needs_evidence=item.needs_evidence,
            metric=item.metric,
            is_veto=item.is_veto,
        )
        for position, item in enumerate(items, 1)
    )
    _carry_over(programme, made)
    audit.record(actor=by, action="criteria.publish", target=str(made), at=now, facts={"items": len(items)})
    return made


def preset(kind: str) -> list[Item]:
    """The usual items for villages (six aspects) or towns (four), each with the negative list."""
    known = {metric.name for metric in metrics.known()}
    usual = [*(VILLAGE_ITEMS if kind == Programme.Kind.VILLAGE else TOWN_ITEMS), *VETOES]
    return [item if item.metric in known else replace(item, metric="") for item in usual]


def current(programme: Programme) -> Standard | None:
    found: Standard | None = programme.standards.order_by("-version").first()
    return found


def _refuse_unseen(last: Standard | None, seen: int | None) -> None:
    if last and seen is not None and seen != last.version:
        raise Conflict(f"第 {last.version} 版刚刚发布，和它对照以后再发布")


def _check(items: Sequence[Item]) -> None:
    scored = [item for item in items if not item.is_veto]
    if not scored:
        raise CannotSetCriteria("至少要有一条计分的标准")
    for number, item in enumerate(items, 1):
        if not item.aspect.strip() or not item.text.strip():
            raise CannotSetCriteria(f"第 {number} 条要写方面和要求")
        if not 0 <= item.weight <= 100:
            raise CannotSetCriteria(f"第 {number} 条的分值填 0 到 100，0 是一票否决")
        if item.metric:
            _check_metric(number, item.metric)
    if (total := sum(item.weight for item in scored)) != 100:
        raise CannotSetCriteria(f"分值合计要 100，现在是 {total}")
    texts = [item.text.strip() for item in items]
    if twice := next((text for text in texts if texts.count(text) > 1), ""):
        raise CannotSetCriteria(f"“{twice}”写了两遍")


def _check_metric(number: int, name: str) -> None:
    try:
        metrics.find(name)
    except metrics.UnknownMetric:
        raise CannotSetCriteria(f"第 {number} 条的系统数“{name}”没有，从列表里选") from None


def _carry_over(programme: Programme, made: Standard) -> None:
    """Who has not applied yet is judged by the new version; what was given to the same words goes along."""
    by_text = {criterion.text: criterion for criterion in made.criteria.all()}
    waiting = programme.candidates.filter(closed_on=None, stage__key=Stage.Key.NURTURE).select_for_update()
    for candidate in waiting:
        candidate.standard = made
        candidate.save(update_fields=["standard"])
        old = Evidence.objects.filter(candidate=candidate, withdrawn_at=None).select_related("criterion")
        for one in old:
            if one.criterion.text in by_text:
                one.criterion = by_text[one.criterion.text]
                one.save(update_fields=["criterion"])
        for score in Score.objects.filter(candidate=candidate).select_related("criterion"):
            target = by_text.get(score.criterion.text)
            if target is None or score.points > target.weight:
                score.delete()
            else:
                score.criterion = target
                score.save(update_fields=["criterion"])


VILLAGE_ITEMS = [
    Item("党组织领导有力", "村党组织书记和村主任职责清楚，班子按期换届，分工上墙", 6, True),
    Item("党组织领导有力", "主题党日和三会一课按月开展，有记录", 5, True, "activities_party"),
    Item("党组织领导有力", "网格员和党员联户全覆盖，联系卡发到户", 5),
    Item("村民自治依法规范", "村规民约经村民会议通过并报镇备案", 7, True, "charters_filed"),
    Item("村民自治依法规范", "村民会议或村民代表会议按季召开", 6, metric="indicator_village_meetings"),
    Item("村民自治依法规范", "村务监督委员会按期开会，三务公开按时", 6, True, "disclosures_on_time"),
    Item("村民自治依法规范", "积分制参与户率不低于六成", 8, metric="participation_rate"),
    Item("法治理念深入人心", "每村有法治带头人，能说清职责", 5, metric="posts_law"),
    Item("法治理念深入人心", "法律进乡村讲座每季不少于一次", 5, metric="indicator_law_lectures"),
    Item("文化道德形成新风", "红白事简办，红白理事会有章程有记录", 7, True),
    Item("文化道德形成新风", "好媳妇、好儿女、好公婆等评选公开进行", 6, True),
    Item("文化道德形成新风", "德治类积分占比合理，有带动作用", 6, metric="points_virtue"),
    Item("乡村发展充满活力", "村集体经济收入逐年增加，账目公开", 8, metric="indicator_collective_income"),
    Item("乡村发展充满活力", "撂荒地和闲置房屋有盘活办法和成效", 6, metric="indicator_idle_land_used"),
    Item("农村社会安定有序", "矛盾纠纷就地化解，调解有案卷", 7, True, "indicator_disputes_mediated"),
    Item("农村社会安定有序", "平安巡防常态开展，重点人员有人管", 7, True),
]
TOWN_ITEMS = [
    Item("乡村治理工作机制健全", "党委每半年研究一次乡村治理，总结按期报送", 12, True, "summaries_in_time"),
    Item("乡村治理工作机制健全", "第一责任人、直接责任人和专班到位", 13, metric="posts_team"),
    Item("基层管理服务便捷高效", "便民服务事项公开，代办按承诺办结", 13, True, "errands_in_time"),
    Item("基层管理服务便捷高效", "积分制在全镇推开，参与户率不低于六成", 12, metric="participation_rate"),
    Item("农村公共事务监督有效", "党务、村务、财务公开按时，抽查无缺项", 13, True, "disclosures_on_time"),
    Item("农村公共事务监督有效", "小微权力清单上墙，监督电话有人接", 12, True),
    Item("乡村社会治理成效明显", "示范村创建有计划有进度", 12, True),
    Item("乡村社会治理成效明显", "矛盾纠纷化解率逐年提高", 13, metric="indicator_disputes_mediated"),
]
VETOES = [
    Item(NEGATIVE, "发生重大安全生产或公共安全责任事故", 0),
    Item(NEGATIVE, "村党组织书记或村主任因违纪违法被查处", 0),
    Item(NEGATIVE, "发生有重大影响的群体性事件且处置不力", 0),
    Item(NEGATIVE, "申报材料弄虚作假", 0),
]
