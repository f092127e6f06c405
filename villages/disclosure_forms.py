"""What is made public: one item of a village, a correction of it, and one item for several villages at once."""

from collections.abc import Iterable
from typing import Any

from django import forms

from qianjiang_portal.foundation import periods, worded
from qianjiang_portal.foundation.personal import without_numbers
from villages.disclosures import MOST_FILES
from villages.forms import PapersField
from villages.models import DisclosureItem, Village


def _words_for_all() -> forms.CharField:
    return forms.CharField(
        label="内容", max_length=5000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="把要点写成文字：手机上看得清，没有流量也打得开。身份证号、电话、卡号不写",
        error_messages={"required": "内容没有写", "max_length": "内容最多 5000 个字"},
        validators=[without_numbers("内容")],
    )  # fmt: skip


def _heading() -> forms.CharField:
    return forms.CharField(
        label="标题", max_length=60, required=False, help_text="不写就用时期和事项",
        error_messages={"max_length": "标题最多 60 个字"}, validators=[without_numbers("标题")],
    )  # fmt: skip


class DisclosureForm(worded.Form):
    """An item for a period, with its words and papers."""

    item = forms.ModelChoiceField(
        DisclosureItem.objects.none(), label="公开事项", empty_label="选一个", to_field_name="code",
        error_messages={"required": "公开事项没有选", "invalid_choice": "这个事项已经不用了，选别的"},
    )  # fmt: skip
    period = forms.ChoiceField(label="时期", error_messages={"required": "时期没有选", "invalid_choice": "选一个时期"})
    title = _heading()
    text = _words_for_all()
    papers = PapersField(MOST_FILES, label="文件")

    def __init__(self, span: list[tuple[str, list[tuple[str, str]]]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].queryset = DisclosureItem.objects.in_use().in_order()  # type: ignore[attr-defined]
        self.fields["item"].label_from_instance = (  # type: ignore[attr-defined]
            lambda item: f"{item.get_aspect_display()} {item.name}（{item.get_every_display()}）"
        )
        self.fields["period"].choices = span  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        item, slug = given.get("item"), given.get("period")
        if item and slug:
            given["period"] = periods.parse(slug)
            if given["period"].kind != item.period_kind:
                self.add_error("period", f"“{item.name}”是{item.get_every_display()}的，选{item.period_word}")
        return given


class DisclosureCorrectionForm(worded.Form):
    why = forms.CharField(
        label="更正原因",
        max_length=120,
        error_messages={"required": "更正原因没有写"},
        validators=[without_numbers("原因")],
    )
    title = _heading()
    text = _words_for_all()
    keep_papers = forms.BooleanField(label="原来的文件继续公开", required=False, initial=True)
    papers = PapersField(MOST_FILES, label="换上或添加文件")


class DisclosureManyForm(worded.Form):
    """A text for each village that has something to say; those left empty are not put up."""

    def __init__(self, villages: Iterable[Village], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for village in villages:
            field = _words_for_all()
            field.label, field.required, field.help_text = village.short_name, False, ""
            field.widget.attrs["rows"] = 3
            self.fields[village.code] = field

    def clean(self) -> dict[str, Any]:
        given = {code: text for code, text in (super().clean() or {}).items() if text}
        if not given and not self.errors:
            raise forms.ValidationError("还没有写一个村的内容")
        return given
