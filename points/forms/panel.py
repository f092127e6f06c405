import datetime as dt
from typing import Any

from django import forms

from points import panel, panel_pages
from qianjiang_portal.foundation import worded
from villages.forms import day_field
from villages.models import Household, User, Village


class HomesField(forms.CharField):
    """Households by name, first letters or number."""

    def __init__(self, label: str, help_text: str) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(label=label, max_length=200, required=False, help_text=help_text, widget=widget)


class SeatForm(worded.Form):
    """A member as somebody names them."""

    name = forms.CharField(
        label="姓名", max_length=40, error_messages={"required": "写明姓名", "max_length": "姓名最多 40 个字"}
    )
    household = HomesField("农户", "户主姓名、首字母或户号；本户的行由其他成员审核")
    account = forms.ModelChoiceField(
        User.objects.none(), label="账号", required=False, empty_label="没有账号", help_text="用来审核的账号"
    )
    is_head = forms.BooleanField(label="组长", required=False)
    begins_on = day_field("任期开始")
    ends_on = day_field("任期到", required=False)

    def __init__(self, village: Village, today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.village, self.today = village, today
        able = User.objects.filter(pk__in=[user.pk for user in panel.reviewers(village)]).order_by("name")
        self.fields["account"].queryset = able  # type: ignore[attr-defined]
        self.fields["account"].label_from_instance = lambda user: f"{user.name} {user.username}"  # type: ignore[attr-defined]

    def clean_household(self) -> Household | None:
        found, problem = panel_pages.homes(self.village, self.cleaned_data["household"], self.today)
        if problem or len(found) > 1:
            raise forms.ValidationError(problem or "只写一户")
        return found[0] if found else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ends_on") and given.get("begins_on") and given["ends_on"] < given["begins_on"]:
            self.add_error("ends_on", "任期结束早于开始")
        return given


class EndForm(worded.Form):
    ends_on = day_field("最后一天")


class KinForm(worded.Form):
    """The households of a member's kin, all of them anew."""

    homes = HomesField("回避的亲属户", "户主姓名或户号，几户用顿号隔开")

    def __init__(self, village: Village, today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.village, self.today = village, today

    def clean_homes(self) -> list[Household]:
        found, problem = panel_pages.homes(self.village, self.cleaned_data["homes"], self.today)
        if problem:
            raise forms.ValidationError(problem)
        return found
