from collections.abc import Iterable
from typing import Any

from django import forms

from points.models import Claim, Rule
from points.models.batches import OPEN
from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import without_numbers
from villages.forms import PaperField


class EvidenceForm(worded.Form):
    """A photograph or PDF for one open row of a batch, or for all of them."""

    file = PaperField("照片或文件", required=True)
    row = forms.TypedChoiceField(label="证明哪一行", required=False, coerce=int, empty_value=None)
    caption = forms.CharField(
        label="说明",
        max_length=40,
        required=False,
        validators=[without_numbers("说明")],
        error_messages={"max_length": "说明最多 40 个字"},
    )

    def __init__(self, claims: Iterable[Claim], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [one for one in claims if one.state in OPEN and one.rule.evidence != Rule.Evidence.NONE]
        choices = [(one.pk, f"第 {one.line} 行 {one.household.head_name}") for one in rows]
        self.fields["row"].choices = [("", "整批，所有行"), *choices]  # type: ignore[attr-defined]


class RowEvidenceForm(worded.Form):
    """A photograph or PDF for a row of the grid, found by the keys of its batch and its own."""

    batch = forms.CharField(max_length=64)
    key = forms.UUIDField()
    file = PaperField("照片或文件", required=True)
