"""What a reviewer sends about a batch: which rows, with which reasons, on whose behalf."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from points import review
from points.models import PanelMember
from points.sittings import Sitting
from qianjiang_portal.foundation import calendar, worded
from qianjiang_portal.foundation.personal import without_numbers

MOMENT = "%Y-%m-%dT%H:%M"


class SittingForm(worded.Form):
    """The panel's part, common to every decision on the batch: who was there, when, what they held."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    present = forms.ModelMultipleChoiceField(
        PanelMember.objects.none(), label="参评人", error_messages={"required": "勾选参评人"}
    )
    held_at = forms.DateTimeField(
        label="会议时间",
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, MOMENT),
        error_messages={"required": "会议时间没有填写", "invalid": "会议时间写成 2026-11-23 15:30 这样"},
    )
    opinion = forms.CharField(
        label="意见",
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"max_length": "意见最多 200 个字，换行也算"},
    )

    def __init__(self, members: QuerySet[PanelMember], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].queryset = members  # type: ignore[attr-defined]

    def clean_held_at(self) -> Any:
        held_at = self.cleaned_data["held_at"]
        if held_at > calendar.now():
            raise forms.ValidationError("会议时间晚于现在，改为现在或更早")
        return held_at


class QuorumForm(SittingForm):
    """The panel's part where no batch with a version is decided: enough of it have to be there."""

    version = None  # type: ignore[assignment]

    def __init__(self, quorum: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quorum = quorum

    def clean_present(self) -> Any:
        present = self.cleaned_data["present"]
        if len(present) < self.quorum:
            raise forms.ValidationError(f"参评 {len(present)} 人，至少 {self.quorum} 人")
        return present


class ApprovalForm(QuorumForm):
    """The panel's part for a whole filter at once; `stamp` is what the page stood on."""

    stamp = forms.CharField(max_length=24, widget=forms.HiddenInput)


class DecisionForm(SittingForm):
    """A decision on rows: `row` are those to return, `act` says what becomes of the others.

    `return` leaves the others waiting, `pass` approves them; `pass:<id>` and `return:<id>` name one row alone.
    """

    act = forms.RegexField(r"^(pass|return|back)(:\d+)?$")
    row = forms.TypedMultipleChoiceField(label="行", required=False, coerce=int)
    reasons = forms.MultipleChoiceField(
        label="退回原因",
        required=False,
        choices=list(review.REASONS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label="说明", max_length=120, required=False, validators=[without_numbers("退回说明")])
    confirmed = forms.BooleanField(required=False)

    def __init__(self, sitting: Sitting, *args: Any, **kwargs: Any) -> None:
        super().__init__(sitting.members, *args, **kwargs)
        self.sitting = sitting
        self.fields["row"].choices = [(pk, pk) for pk in sitting.decidable]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("confirmed") and self.returned and not values.get("reasons"):
            self.add_error("reasons", "选一个退回原因，录入员才知道怎么改")
        present = len(values.get("present") or ())
        if "present" not in self.errors and self.verb != "back" and present < self.sitting.quorum:
            self.add_error("present", f"参评 {present} 人，至少 {self.sitting.quorum} 人")
        if not self.errors and self.verb != "back" and not self.returned and not self.approved:
            self.add_error(None, "先选中要退回的行")
        return values

    @property
    def data_rows(self) -> list[str]:
        return list(self.data.getlist("row"))

    @property
    def data_reasons(self) -> list[str]:
        return list(self.data.getlist("reasons"))

    @property
    def verb(self) -> str:
        return str(self.cleaned_data.get("act", "")).partition(":")[0]

    @property
    def alone(self) -> int | None:
        """The one row that was decided by its own button."""
        row = str(self.cleaned_data.get("act", "")).partition(":")[2]
        return int(row) if row else None

    @property
    def returned(self) -> list[int]:
        if self.alone is not None:
            return [self.alone] if self.verb == "return" and self.alone in self.sitting.decidable else []
        return list(self.cleaned_data.get("row", []))

    @property
    def approved(self) -> list[int]:
        if self.verb != "pass":
            return []
        if self.alone is not None:
            return [self.alone] if self.alone in self.sitting.decidable else []
        return [pk for pk in self.sitting.decidable if pk not in set(self.returned)]

    @property
    def needs_confirming(self) -> bool:
        """One row approved by its own button is clear enough; everything else is read back first."""
        return not self.cleaned_data["confirmed"] and not (self.alone is not None and self.verb == "pass")
