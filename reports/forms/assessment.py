"""What the district types for an assessment: a scheme line by line, and points with their evidence."""

import re
from decimal import Decimal, InvalidOperation

from django import forms

from qianjiang_portal.foundation import worded
from reports.assessment import Item, known_metrics
from reports.models import Assessment

SEPARATORS = re.compile(r"[|｜\t，,]")


class SchemeForm(worded.Form):
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    half = forms.ChoiceField(label="时期", choices=[("H1", "半年"), ("Y", "年终")])
    kind = forms.ChoiceField(label="对象", choices=Assessment.Kind.choices)
    lines = forms.CharField(label="考核内容", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if "lines" in cleaned and "kind" in cleaned:
            by_label = {one.label: one.name for one in known_metrics(str(cleaned["kind"]))}
            try:
                cleaned["items"] = [
                    _item(line, by_label) for line in str(cleaned["lines"]).splitlines() if line.strip()
                ]
            except ValueError as wrong:
                self.add_error("lines", str(wrong))
        return cleaned


class ScoreForm(worded.Form):
    points = forms.DecimalField(label="得分", max_digits=6, decimal_places=2)
    note = forms.CharField(label="依据", max_length=200)


class AnswerForm(worded.Form):
    text = forms.CharField(label="反馈意见", max_length=500)


def _item(line: str, by_label: dict[str, str]) -> Item:
    """内容，分值 or 内容，分值，系统指标，得满分的数. Raises ValueError with what to change."""
    parts = [part.strip() for part in SEPARATORS.split(line)]
    if len(parts) not in (2, 4) or not parts[0]:
        raise ValueError(f"“{line.strip()}”写成“内容，分值”或“内容，分值，系统指标，得满分的数”")
    if len(parts[0]) > 60:
        raise ValueError(f"“{parts[0][:10]}…”最多 60 个字")
    weight = _number(parts[1], line)
    if len(parts) == 2:
        return Item(parts[0], weight)
    if parts[2] not in by_label:
        raise ValueError(f"没有叫“{parts[2]}”的系统指标，从下面的列表里选")
    return Item(parts[0], weight, by_label[parts[2]], _number(parts[3], line))


def _number(text: str, line: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not 0 < number < 10**9 or number != number.quantize(Decimal("0.01")):
        raise ValueError(f"“{line.strip()}”里的“{text}”要是大于 0 的数，最多两位小数")
    return number
