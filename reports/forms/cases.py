"""A case as it is typed: title, theme, where, and four sections that may stay empty in a draft."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import worded
from reports import case_pages
from reports.cases import Facts
from reports.forms.circulars import words
from reports.models import CaseStudy, Sender
from reports.models.cases import LONGEST, SECTIONS
from villages.models import Village

HINTS = {
    "situation": "村有多少户、以前什么样、为什么做",
    "practice": "怎么做的，一步一段",
    "effect": "有什么变化，数字从“材料报送”里抄",
    "lesson": "别的村能学什么",
}


class CaseForm(worded.Form):
    sender = forms.ChoiceField(label="报送单位", error_messages={"required": "报送单位没有选"})
    title = words("标题", 60)
    theme = forms.ChoiceField(label="主题", choices=CaseStudy.Theme.choices)
    village = forms.ChoiceField(label="村（社区）", required=False, error_messages={"invalid_choice": "村从列表里选"})

    def __init__(self, senders: list[Sender], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.senders = {one.slug: one for one in senders}
        self.fields["sender"].choices = [(one.slug, one.name) for one in senders]  # type: ignore[attr-defined]
        self.fields["village"].choices = [  # type: ignore[attr-defined]
            ("", "不专指一个村"),
            *case_pages.villages_of(senders),
        ]
        for name, label in SECTIONS.items():
            self.fields[name] = words(label, LONGEST, rows=6)
            self.fields[name].required, self.fields[name].help_text = False, HINTS[name]

    def facts(self) -> Facts:
        given = {name: self.cleaned_data[name] for name in ("title", "theme", *SECTIONS)}
        return Facts(**given, village=self._village())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        village, sender = self._village(), self.senders.get(given.get("sender", ""))
        if village and sender and (not sender.township or village.township_id != sender.township.pk):
            self.add_error("village", "村要在本乡镇街道")
        return given

    def _village(self) -> Village | None:
        code = self.cleaned_data.get("village")
        return Village.objects.select_related("township").filter(code=code).first() if code else None
