"""A draft that somebody else changed while it was typed: which version was read, and what stands now beside it."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest

from qianjiang_portal.foundation import digits
from qianjiang_portal.foundation.texts import clean


@dataclass(frozen=True, slots=True)
class Seen:
    """The version a form goes by, and where it was overtaken what now stands otherwise than it was typed."""

    version: int = 0
    others: list[tuple[str, str]] = field(default_factory=list)
    status: int = 422

    @classmethod
    def of(cls, request: HttpRequest, version: int) -> "Seen":
        """A form that is sent goes by the version it was opened with, also when it comes back with mistakes."""
        return cls(digits.number(request.POST.get("version", "")) or 0) if request.method == "POST" else cls(version)

    @classmethod
    def overtaken(cls, form: forms.Form, version: int, stands: dict[str, Any]) -> "Seen":
        """Saved once more after comparing, the form goes by the version that stands now."""
        typed = {name: clean(text) if isinstance(text, str) else text for name, text in form.cleaned_data.items()}
        others = [
            (str(form[name].label), _shown(form, name, now)) for name, now in stands.items() if typed[name] != now
        ]
        return cls(version, others, 409)


def _shown(form: forms.Form, name: str, value: Any) -> str:
    choices = getattr(form.fields[name], "choices", ())
    return str(dict(choices).get(value, value)) or "没有填写"
