"""One piece of publicity as it is typed."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import calendar, worded
from reports import case_pages
from reports.forms.circulars import words
from reports.models import CaseStudy, Publicity, Sender
from reports.publicity import ADDRESS, Facts
from villages.forms import day_field
from villages.models import Village


class PublicityForm(worded.Form):
    title = words("标题", 100)
    media = words("媒体", 60)
    kind = forms.ChoiceField(label="类别", choices=Publicity.Kind.choices)
    level = forms.ChoiceField(label="级别", choices=Publicity.Level.choices, initial=Publicity.Level.DISTRICT)
    link = words("链接或版面", 300)
    on = day_field("日期")
    sender = forms.ChoiceField(label="单位", error_messages={"required": "单位没有选"})
    village = forms.ChoiceField(label="村（社区）", required=False, error_messages={"invalid_choice": "村从列表里选"})
    case = forms.ChoiceField(label="写的案例", required=False, error_messages={"invalid_choice": "案例从列表里选"})

    def __init__(self, senders: list[Sender], adopted: list[CaseStudy], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.senders = {one.slug: one for one in senders}
        self.cases = {str(one.pk): one for one in adopted}
        self._choose("sender", [(one.slug, one.name) for one in senders])
        self._choose("village", [("", "不专指一个村"), *case_pages.villages_of(senders)])
        self._choose("case", [("", "没有"), *((str(one.pk), f"{one.number} {one.title}") for one in adopted)])

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on > calendar.today():
            raise forms.ValidationError("日期还没有到")
        return on

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        link = given.get("link", "").strip()
        if link and given.get("kind") == Publicity.Kind.NEW and not ADDRESS.match(link):
            self.add_error("link", "新媒体要填链接，以 http:// 或 https:// 开头")
        sender, village = self.senders.get(given.get("sender", "")), self.chosen_village()
        if village and sender and (not sender.township or village.township_id != sender.township.pk):
            self.add_error("village", "村要在选的乡镇街道")
        return given

    def facts(self) -> Facts:
        return Facts(**{name: self.cleaned_data[name] for name in ("title", "media", "kind", "level", "link", "on")})

    def chosen_village(self) -> Village | None:
        code = self.cleaned_data.get("village")
        return Village.objects.select_related("township").filter(code=code).first() if code else None

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
