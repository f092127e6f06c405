from typing import Any

from django import forms
from django.db.models import QuerySet

from demos.forms.pairings import past, words
from demos.models import Criterion
from qianjiang_portal.foundation import worded
from villages.forms import PaperField, day_field


def item_field(label: str) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Criterion.objects.none(), label=label, empty_label="选一条", error_messages={"required": f"{label}没有选"}
    )


class _OfItem(worded.Form):
    def __init__(self, items: QuerySet[Criterion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = items  # type: ignore[attr-defined]


class EvidenceForm(_OfItem):
    criterion = item_field("标准条目")
    caption = words("材料", 120)
    of = day_field("材料日期")
    kept_at = words("文号或存放处", 60, required=False)
    file = PaperField("文件")

    def clean_of(self) -> Any:
        return past(self.cleaned_data["of"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("kept_at") and not given.get("file"):
            self.add_error("kept_at", "上传文件，或写明文号和放在哪里")
        return given


class FindingForm(_OfItem):
    criterion = item_field("负面清单条目")
    on = day_field("发现日期")
    text = words("情况", 200, rows=2)

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class ClearForm(worded.Form):
    on = day_field("销号日期")
    how = words("整改情况", 200)


class InspectionForm(worded.Form):
    on = day_field("日期")
    inspectors = words("检查人", 60)
    text = words("情况", 400, rows=3)
    photo = PaperField("照片")

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class ScoresForm(worded.Form):
    """One column of the grid: a whole number or nothing for each item."""

    def __init__(self, items: QuerySet[Criterion], column: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids = {}
        for item in items:
            told = f"第 {item.position} 条填 0 到 {item.weight}"
            self.ids[f"{column}-{item.pk}"] = item.pk
            self.fields[f"{column}-{item.pk}"] = forms.IntegerField(
                min_value=0,
                max_value=item.weight,
                required=False,
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), told),
            )

    @property
    def points(self) -> dict[int, int | None]:
        return {pk: self.cleaned_data[name] for name, pk in self.ids.items()}
