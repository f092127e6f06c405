import datetime as dt
from typing import Any

from django import forms

from points import suspensions
from points.checks import signed
from points.models import Claim
from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers
from villages.forms import day_field
from villages.models import Village


def _words(label: str, length: int, **options: Any) -> forms.CharField:
    told = {"required": f"写明{label}", "max_length": f"{label}最多 {length} 个字"}
    return forms.CharField(
        label=label, max_length=length, validators=[without_numbers(label)], error_messages=told, **options
    )


class SuspensionForm(worded.Form):
    """A veto against one household, as a reviewer or the leader puts it down."""

    item = forms.ChoiceField(
        label="否决事项",
        widget=forms.RadioSelect,
        error_messages={"required": "选一个否决事项", "invalid_choice": "选一个否决事项"},
    )
    reason = _words(
        "情况", 120, help_text="只给评议审核、分管领导、区级和审计看，不公开", widget=forms.Textarea({"rows": 2})
    )
    basis = _words("依据", 80, help_text="文书编号，或村民会议记录编号")
    claim = forms.ModelChoiceField(Claim.objects.none(), label="对应的扣分", required=False, empty_label="没有扣分")
    begins_on = day_field("从")
    ends_on = day_field("到，含当天")

    def __init__(self, village: Village, claims: list[Claim], today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["item"].choices = list(suspensions.items(village, today).items())  # type: ignore[attr-defined]
        field: Any = self.fields["claim"]
        field.queryset = Claim.objects.filter(pk__in=[claim.pk for claim in claims]).select_related("rule", "batch")
        field.label_from_instance = lambda claim: f"{claim.occurred_on} {claim.rule.item} {signed(claim.points)} 分"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        begins_on, ends_on = given.get("begins_on"), given.get("ends_on")
        if begins_on and begins_on < self.today:
            self.add_error("begins_on", "开始日期从今天起")
        elif begins_on and ends_on and ends_on < begins_on:
            self.add_error("ends_on", "结束日期早于开始日期")
        elif begins_on and ends_on and ends_on.year > begins_on.year + 1:
            self.add_error("ends_on", f"最长到次年年底，{begins_on.year + 1}-12-31")
        return given

    @property
    def veto(self) -> suspensions.Veto:
        given = self.cleaned_data
        return suspensions.Veto(given["item"], given["reason"], given["basis"], given["claim"])


class LiftForm(worded.Form):
    reason = _words("解除原因", 120)
