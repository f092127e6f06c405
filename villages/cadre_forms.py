"""What is asked when a training or a year's grade is entered, and when one is taken back."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget

from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers
from villages.cadres import MOST_HOURS, Judged, Lesson
from villages.forms import day_field
from villages.models import Appraisal, Post, Township, Village

HOURS = dict.fromkeys(
    ("required", "invalid", "min_value", "max_value", "max_decimal_places", "max_digits", "max_whole_digits"),
    f"学时填 0.5 到 {MOST_HOURS} 的数",
)


class TrainingForm(worded.Form):
    """A training of one township or of a village in it, and who was there."""

    topic = forms.CharField(
        label="主题", max_length=60, error_messages={"required": "主题没有填写"}, validators=[without_numbers("主题")]
    )
    held_on = day_field("日期")
    hours = forms.DecimalField(
        label="学时", min_value=Decimal("0.5"), max_value=MOST_HOURS, decimal_places=1, error_messages=HOURS
    )
    organiser = forms.CharField(label="主办", max_length=40, error_messages={"required": "主办没有填写"})
    place = forms.ChoiceField(label="哪里的人员", error_messages={"invalid_choice": "选本乡镇街道或一个村"})
    people = forms.MultipleChoiceField(
        label="参加的人",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "至少选一个参加的人", "invalid_choice": "有人不在名单里，请重新打开这一页"},
    )

    def __init__(
        self,
        township: Township,
        whole: bool,
        villages: list[Village],
        posts: list[Post],
        today: dt.date,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.villages = {village.code: village for village in villages}
        self.posts = {str(post.pk): post for post in posts}
        self.today = today
        all_of_it = [(township.code, f"{township.name}和各村")] if whole else []
        own = [(village.code, village.short_name) for village in villages]
        self.fields["place"].choices = all_of_it + own  # type: ignore[attr-defined]
        self.fields["people"].choices = [(pk, _told(post)) for pk, post in self.posts.items()]  # type: ignore[attr-defined]

    @property
    def groups(self) -> Iterator[tuple[str, list[BoundWidget]]]:
        """The boxes to tick, by the place where people serve."""
        boxes = zip(self.posts.values(), self["people"].subwidgets, strict=True)
        for place, found in groupby(boxes, key=lambda pair: _place(pair[0])):
            yield place, [box for _, box in found]

    def clean_held_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["held_on"]
        if day > self.today:
            raise forms.ValidationError("培训日期还没有到")
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        day, village = given.get("held_on"), self.villages.get(given.get("place", ""))
        for post in self.chosen if "people" in given else []:
            if village and post.village_id != village.pk:
                self.add_error("people", f"{post.name}不是{village.short_name}的人员，换一个地方或者去掉")
                break
            if day and not post.begins_on <= day <= (post.ends_on or day):
                self.add_error("people", f"{post.name}在 {day} 不在任期内")
                break
        return given

    @property
    def chosen(self) -> list[Post]:
        return [self.posts[pk] for pk in self.cleaned_data["people"]]

    @property
    def lesson(self) -> Lesson:
        said = self.cleaned_data
        return Lesson(said["topic"], said["held_on"], said["hours"], said["organiser"])

    @property
    def village(self) -> Village | None:
        return self.villages.get(self.cleaned_data["place"])


class AppraisalForm(worded.Form):
    """The grade of one of the years that still lack one."""

    year = forms.TypedChoiceField(label="年度", coerce=int, error_messages={"required": "年度没有选"})
    grade = forms.ChoiceField(
        label="等次", choices=[("", "选一个"), *Appraisal.Grade.choices], error_messages={"required": "等次没有选"}
    )
    on = day_field("考核日期")
    note = forms.CharField(
        label="说明", max_length=120, required=False, help_text="不称职要写明理由", validators=[without_numbers("说明")]
    )

    def __init__(self, years: tuple[int, ...], today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["year"].choices = [(year, f"{year}年") for year in years]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        day, year = given.get("on"), given.get("year")
        if day and year and not dt.date(year, 1, 1) <= day <= self.today:
            self.add_error("on", f"考核日期在 {year}-01-01 和今天之间")
        if given.get("grade") == Appraisal.Grade.POOR and not given.get("note") and "note" not in self.errors:
            self.add_error("note", "不称职要写明理由")
        return given

    @property
    def judged(self) -> Judged:
        return Judged(**self.cleaned_data)


class WhyForm(worded.Form):
    """Why an entry is taken back."""

    why = forms.CharField(
        label="撤下的原因", max_length=60, error_messages={"required": "写明撤下的原因"},
        validators=[without_numbers("原因")],
    )  # fmt: skip


def _place(post: Post) -> str:
    return post.village.short_name if post.village else post.place_name


def _told(post: Post) -> str:
    return f"{post.name} {post.get_kind_display()}"
