"""Which village's notice, for which month, for how many days."""

import datetime as dt
from typing import Any

from django import forms

from points import notices
from qianjiang_portal.foundation import options, periods, worded
from villages.forms import digits
from villages.models import Village

MONTHS_BACK = 6
LOW, HIGH = 3, 30


class TermForm(worded.Form):
    """The month and the days."""

    period = forms.ChoiceField(label="月份", error_messages={"invalid_choice": "选一个月份"})
    days = forms.IntegerField(
        label="公示天数",
        widget=digits(),
        min_value=LOW,
        max_value=HIGH,
        error_messages={
            "required": f"公示 {LOW} 到 {HIGH} 天",
            "invalid": "公示天数只填数字",
            "min_value": f"公示 {LOW} 到 {HIGH} 天",
            "max_value": f"公示 {LOW} 到 {HIGH} 天",
        },
    )

    def __init__(self, villages: list[Village], today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = Village.objects.filter(  # type: ignore[attr-defined]
            pk__in=[village.pk for village in villages]
        ).in_code_order()
        self.fields["period"].choices = months(today)  # type: ignore[attr-defined]
        self.fields["days"].initial = options.get("notice_days")


class NoticeForm(TermForm):
    """The choice above the preview. `seen` is what the preview stood on, so that nothing else goes up unseen."""

    village = forms.ModelChoiceField(
        Village.objects.none(),
        label="村",
        to_field_name="code",
        empty_label=None,
        error_messages={"required": "选一个村", "invalid_choice": "选一个村"},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["village", "period", "days", "seen"]


class ManyForm(TermForm):
    """The choice above a list of villages; none chosen yet shows them all."""

    village = forms.ModelMultipleChoiceField(
        Village.objects.none(),
        label="村",
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": "选的村里有不归本人公示的，重新选", "invalid_list": "选的村看不懂，重新选"},
    )


def usual_month(villages: list[Village], today: dt.date) -> str:
    """The month that is chosen beforehand."""
    return to_choose(notices.month_waiting(villages, today), today).slug


def to_choose(month: periods.Period, today: dt.date) -> periods.Period:
    """`month`, or the first there is to choose where rows have waited for longer."""
    return max(month, periods.of(today).shift(1 - MONTHS_BACK), key=lambda one: one.begins_on)


def months(today: dt.date) -> list[tuple[str, str]]:
    """This month and the ones before it, the latest first."""
    latest = periods.of(today)
    found = [latest.shift(-back) for back in range(MONTHS_BACK)]
    return [(month.slug, month.title) for month in found]
