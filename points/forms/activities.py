from typing import Any

from django import forms

from points.activities import Facts
from points.models import Activity, Rule
from points.models.rules import Joy
from qianjiang_portal.foundation import calendar, worded
from villages.forms import day_field
from villages.models import Village


def _words(label: str, most: int) -> forms.CharField:
    told = {"required": f"{label}没有填写", "max_length": f"{label}最多 {most} 个字"}
    return forms.CharField(label=label, max_length=most, error_messages=told)


class ActivityForm(worded.Form):
    """What was held, when and where. The village is chosen once, when the activity is registered."""

    village = forms.ModelChoiceField(
        Village.objects.none(),
        label="村",
        to_field_name="code",
        empty_label="选一个村",
        error_messages={"required": "选一个村", "invalid_choice": "选一个村"},
    )
    title = _words("活动", 40)
    kind = forms.ChoiceField(label="类型", choices=Activity.Kind, error_messages={"required": "选一个类型"})
    joy = forms.ChoiceField(label="五乐", choices=Joy, error_messages={"required": "选一个五乐"})
    held_on = day_field("日期")
    place = _words("地点", 60)

    def __init__(self, villages: list[Village], *args: Any, settled: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settled:
            del self.fields["village"]
            return
        chosen = Village.objects.filter(pk__in=[village.pk for village in villages]).select_related("township")
        self.fields["village"].queryset = chosen.in_code_order()  # type: ignore[attr-defined]
        if len(villages) == 1:
            self.fields["village"].initial = villages[0].code

    def clean_held_on(self) -> Any:
        held_on = self.cleaned_data["held_on"]
        if held_on > calendar.today():
            raise forms.ValidationError("日期晚于今天，活动办了再登记")
        return held_on

    @property
    def facts(self) -> Facts:
        given = self.cleaned_data
        return Facts(given["kind"], given["joy"], given["title"], given["held_on"], given["place"])


class PointsForm(worded.Form):
    """Which rule the list is given points under."""

    rule = forms.ModelChoiceField(
        Rule.objects.none(),
        label="事项",
        to_field_name="code",
        error_messages={"required": "选一个事项", "invalid_choice": "选一个当日可用的加分事项"},
    )

    def __init__(self, rules: list[Rule], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].queryset = Rule.objects.filter(  # type: ignore[attr-defined]
            pk__in=[rule.pk for rule in rules]
        ).select_related("rule_set")
