"""The criteria of a programme as a grid: one line an item, empty lines at the end, vetoes one a line below it."""

from typing import Any

from django import forms

from demos.criteria import NEGATIVE, Item
from demos.forms.pairings import words
from qianjiang_portal.foundation import metrics, worded


def figures() -> list[tuple[str, str]]:
    known = sorted(metrics.known(), key=lambda metric: metric.label)
    return [("", "没有"), *((metric.name, f"{metric.label}（{metric.unit}）") for metric in known)]


class ItemForm(worded.Form):
    aspect = words("方面", 20, required=False)
    text = words("要求", 120, required=False)
    weight = forms.IntegerField(
        label="分值",
        min_value=1,
        max_value=100,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "分值填 1 到 100"),
    )
    needs_evidence = forms.BooleanField(label="要材料", required=False)
    metric = forms.ChoiceField(label="系统数", required=False, error_messages={"invalid_choice": "系统数从列表里选"})

    def __init__(self, *args: Any, metric_choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = metric_choices  # type: ignore[attr-defined]
        self.fields["aspect"].widget.attrs["list"] = "aspects"
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        self.fields["weight"].widget = forms.TextInput(
            attrs={"inputmode": "numeric", "maxlength": 3, "autocomplete": "off", "aria-label": "分值"}
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("text") and not self.errors:
            if not given.get("aspect"):
                self.add_error("aspect", "写明是哪个方面")
            if given.get("weight") is None:
                self.add_error("weight", "分值填 1 到 100")
        return given

    @property
    def item(self) -> Item | None:
        """What the line says; an emptied line says nothing."""
        given = self.cleaned_data
        if not given.get("text"):
            return None
        return Item(given["aspect"], given["text"], given["weight"], given["needs_evidence"], given["metric"])


class VetoForm(worded.Form):
    vetoes = words("负面清单", 2000, rows=5, required=False)


ItemsFormSet = forms.formset_factory(ItemForm, extra=4, max_num=60, absolute_max=60)


def initial(items: list[Item]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Lines for the grid, and the negative list as text."""
    lines = [
        {
            "aspect": one.aspect,
            "text": one.text,
            "weight": one.weight,
            "needs_evidence": one.needs_evidence,
            "metric": one.metric,
        }
        for one in items
        if not one.is_veto
    ]
    return lines, {"vetoes": "\n".join(one.text for one in items if one.is_veto)}


def items_of(lines: Any, vetoes: VetoForm) -> list[Item]:
    """All items with those of one aspect together, in the order in which aspects are first named."""
    scored = [form.item for form in lines if form.item]
    order = list(dict.fromkeys(item.aspect for item in scored))
    scored.sort(key=lambda item: order.index(item.aspect))
    said = [text.strip() for text in vetoes.cleaned_data["vetoes"].splitlines()]
    return [*scored, *(Item(NEGATIVE, text, 0) for text in said if text)]
