"""Forms that refuse in the portal's own words.

What a field says for itself stays; for the rest it is called by its label. A field without a label is none that
somebody types: the page it stands on is too old or was changed.
"""

from django import forms
from django.utils.functional import Promise

AGAIN = "重新打开这一页再试"
CHOICES = (forms.ChoiceField, forms.ModelChoiceField)


class Form(forms.Form):
    def full_clean(self) -> None:
        for field in self.fields.values():
            word(field)
        super().full_clean()


def word(field: forms.Field) -> None:
    """Give a field words for every refusal for which it has none of its own."""
    own = {code for code, text in field.error_messages.items() if not isinstance(text, Promise)}
    said = {"required": _missing(field)} | _invalid(field) | _bounds(field)
    field.error_messages.update({code: text for code, text in said.items() if code not in own})


def _missing(field: forms.Field) -> str:
    if not field.label:
        return AGAIN
    return f"{field.label}没有选" if isinstance(field, (*CHOICES, forms.FileField)) else f"{field.label}没有填写"


def _invalid(field: forms.Field) -> dict[str, str]:
    """What is said of a value that is none of its kind, by the framework's codes."""
    label = field.label
    if isinstance(field, CHOICES):
        chosen = f"{label}从列表里选" if label else AGAIN
        return dict.fromkeys(("invalid_choice", "invalid_list", "invalid_pk_value"), chosen)
    if isinstance(field, forms.FileField):
        unsent = dict.fromkeys(("invalid", "missing", "contradiction"), f"{label}没有传上来，重新选")
        return unsent | {"empty": "文件是空的，请换一个文件", "max_length": "文件名太长，改短再传"}
    return {"invalid": f"{label}{_shape(field)}" if label else AGAIN}


def _shape(field: forms.Field) -> str:
    if isinstance(field, forms.DateTimeField):
        return "写成 2026-11-30 15:30 这样"
    if isinstance(field, forms.DateField):
        return "写成 2026-11-30 这样"
    if isinstance(field, forms.DecimalField):
        return f"填数，最多 {field.decimal_places} 位小数" if field.decimal_places else "填数"
    return "只填整数" if isinstance(field, forms.IntegerField) else "填得不对"


def _bounds(field: forms.Field) -> dict[str, str]:
    """What is said of a value that is too long, too small or too large."""
    label = field.label or ""
    if isinstance(field, forms.CharField):
        return {"max_length": f"{label}最多 {field.max_length} 个字"} if field.max_length else {}
    if not isinstance(field, forms.IntegerField):
        return {}
    low, high = field.min_value, field.max_value
    least, most = f"{label}不小于 {low}", f"{label}不大于 {high}"
    both = f"{label}填 {low} 到 {high}"
    said = {"min_value": least if high is None else both, "max_value": most if low is None else both}
    if isinstance(field, forms.DecimalField):
        said |= dict.fromkeys(("max_digits", "max_whole_digits"), f"{label}太大了")
        said["max_decimal_places"] = f"{label}{_shape(field)}"
    return said
