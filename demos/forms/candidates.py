from typing import Any

from django import forms
from django.db.models import QuerySet

from demos.forms.pairings import past, words
from demos.models import Candidate, Programme, Stage
from qianjiang_portal.foundation import worded
from villages.forms import day_field
from villages.models import Township, Village


def whole(label: str, low: int, high: int) -> forms.IntegerField:
    told = dict.fromkeys(("required", "invalid", "min_value", "max_value"), f"{label}填 {low} 到 {high}")
    return forms.IntegerField(label=label, min_value=low, max_value=high, error_messages=told)


class NominateForm(worded.Form):
    """A place for a programme; which of the two places counts follows from the programme."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="创建计划", empty_label="选一个", error_messages={"required": "选一个创建计划"}
    )
    village = forms.ModelChoiceField(Village.objects.none(), label="村", required=False, empty_label="选一个")
    township = forms.ModelChoiceField(Township.objects.none(), label="乡镇街道", required=False, empty_label="选一个")
    on = day_field("选点日期")
    owner = words("责任人", 30, required=False)
    beyond = words("超过目标的理由", 100, required=False)

    def __init__(
        self,
        programmes: QuerySet[Programme],
        villages: QuerySet[Village],
        townships: QuerySet[Township],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]
        self.fields["village"].label_from_instance = lambda village: village.full_name  # type: ignore[attr-defined]
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if programme := given.get("programme"):
            wanted = "village" if programme.kind == Programme.Kind.VILLAGE else "township"
            given["place"] = given.get(wanted)
            if not given["place"] and wanted not in self.errors:
                self.add_error(wanted, f"{programme.title}要选{programme.get_kind_display()}")
        return given


class AdvanceForm(worded.Form):
    on = day_field("日期")
    note = words("说明", 300, required=False)

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class BackForm(worded.Form):
    to = forms.ModelChoiceField(
        Stage.objects.none(), label="退回到", empty_label=None, error_messages={"required": "选退回到哪一步"}
    )
    on = day_field("日期")
    reason = words("原因", 300)

    def __init__(self, stages: QuerySet[Stage], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = stages  # type: ignore[attr-defined]

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class OwnerForm(worded.Form):
    owner = words("责任人", 30)


class MilestoneForm(worded.Form):
    name = words("节点", 40)
    planned_on = day_field("计划日期")
    owner = words("责任人", 30, required=False)


class ReachForm(worded.Form):
    on = day_field("完成日期")

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class RecheckForm(worded.Form):
    standing = forms.ChoiceField(label="结果", choices=[(one.value, one.label) for one in list(Candidate.Standing)[1:]])
    on = day_field("复核日期")
    mend_by = day_field("整改期限", required=False)
    note = words("说明", 300, required=False)

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("standing") == Candidate.Standing.MEND and not given.get("mend_by") and not self.errors:
            self.add_error("mend_by", "整改要填期限")
        if given.get("standing") not in (None, Candidate.Standing.GOOD) and not given.get("note"):
            self.add_error("note", "整改和撤销要写明原因")
        return given


class CloseForm(worded.Form):
    on = day_field("退出日期")
    reason = words("原因", 300)


class TargetForm(worded.Form):
    year = whole("年度", 2021, 2100)
    level = forms.ChoiceField(label="级别", choices=Programme.Level)
    kind = forms.ChoiceField(label="对象", choices=Programme.Kind)
    minimum = whole("至少", 0, 300)
    hoped = whole("力争", 1, 300)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and given["hoped"] < given["minimum"]:
            self.add_error("hoped", "力争数不能少于至少数")
        return given


class StagesForm(worded.Form):
    """The stages of a programme, one line a stage: its name, its days, and whether it is used."""

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = {stage.key: stage for stage in programme.stages.all()}
        for key in Stage.Key:
            stage = there.get(key)
            self.fields[f"{key}-name"] = words(f"{key.label}的名称", 10, required=False)
            self.fields[f"{key}-days"] = whole(f"{key.label}的天数", 1, 999)
            self.fields[f"{key}-used"] = forms.BooleanField(label=f"用{key.label}", required=False)
            self.initial |= {
                f"{key}-name": stage.name if stage else key.label,
                f"{key}-days": stage.days if stage else 30,
                f"{key}-used": stage is not None,
            }

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "fixed": key in Stage.FIXED, **{part: self[f"{key}-{part}"] for part in PARTS}}
            for key in Stage.Key
        ]

    @property
    def names(self) -> dict[str, tuple[str, int]]:
        given = self.cleaned_data
        used = [key for key in Stage.Key if key in Stage.FIXED or given[f"{key}-used"]]
        return {key: (given[f"{key}-name"], given[f"{key}-days"]) for key in used}


PARTS = ("name", "days", "used")
