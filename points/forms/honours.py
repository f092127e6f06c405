import datetime as dt
from typing import Any

from django import forms

from points import nominating, panel_pages
from points.forms.panel import HomesField
from points.forms.reviews import QuorumForm
from points.honours import OF_A_HOUSEHOLD, Holder, Nominee, Sitting, full_name_in
from points.models import HonourKind, PanelMember
from qianjiang_portal.foundation import worded
from qianjiang_portal.foundation.personal import personal_data, without_numbers
from villages.models import Village


class NominationForm(worded.Form):
    """Somebody put forward in a village: a household or a member of one, a person by name, or the village."""

    kind = forms.ModelChoiceField(
        HonourKind.objects.filter(is_open=True).order_by("position"),
        label="荣誉",
        empty_label="选一种荣誉",
        error_messages={"required": "选一种荣誉", "invalid_choice": "选一种荣誉"},
    )
    year = forms.TypedChoiceField(label="年度", coerce=int, error_messages={"invalid_choice": "年度是今年或去年"})
    household = HomesField("农户", "授予农户和家庭成员的填，户主姓名、首字母或户号")
    name = forms.CharField(
        label="姓名",
        max_length=40,
        required=False,
        help_text="授予户主的不填；授予家庭成员或教师、医生、村干部等人员的，填他的姓名",
        validators=[without_numbers("姓名")],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    deed = forms.CharField(
        label="事迹",
        max_length=120,
        help_text="会公示，写做了什么，不写全名和电话",
        validators=[without_numbers("事迹")],
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "写明事迹", "max_length": "事迹最多 120 个字"},
    )

    def __init__(self, village: Village, today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.village, self.today = village, today
        self.fields["year"].choices = [(year, f"{year}年") for year in (today.year, today.year - 1)]  # type: ignore[attr-defined]
        self.fields["kind"].label_from_instance = lambda kind: f"{kind.name}（{kind.get_holder_display()}）"  # type: ignore[attr-defined]

    def clean_household(self) -> Any:
        homes, problem = panel_pages.homes(self.village, self.cleaned_data["household"], self.today)
        if problem or len(homes) > 1:
            raise forms.ValidationError(problem or "只写一户")
        return homes[0] if homes else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind, home, name = given.get("kind"), given.get("household"), given.get("name", "").strip()
        whose = name or (home.head_name if home else "")
        if full := full_name_in(given.get("deed", ""), self.village, whose):
            self.add_error("deed", f"事迹会公示，不写全名：{full}")
        if kind and "household" not in self.errors:
            self._check_nominee(kind, home, name)
        return given

    def _check_nominee(self, kind: HonourKind, home: Any, name: str) -> None:
        if kind.holder in OF_A_HOUSEHOLD:
            if home is None:
                self.add_error("household", "选一户")
            elif name and name != home.head_name and kind.holder == Holder.HOUSEHOLD:
                self.add_error("name", f"{kind.name}授予整户，姓名不用填")
            elif name and name != home.head_name and not home.residents.filter(name=name).exists():
                self.add_error("name", f"{home.head_name}户没有登记“{name}”")
        elif home is not None:
            self.add_error("household", f"{kind.name}不授予农户")
        elif kind.holder == Holder.PERSON and not name:
            self.add_error("name", "写明姓名")
        elif kind.holder == Holder.VILLAGE and name:
            self.add_error("name", f"{kind.name}授予村，姓名不用填")

    @property
    def nominee(self) -> Nominee:
        given = self.cleaned_data
        home, name, holder = given["household"], given["name"].strip(), given["kind"].holder
        if holder == Holder.RESIDENT and name and name != home.head_name:
            return Nominee(home, home.residents.filter(name=name).order_by("pk").first())
        return Nominee(home, None, name if holder == Holder.PERSON else "")


class NominationListForm(worded.Form):
    """A list of nominations as it was pasted."""

    year = forms.TypedChoiceField(label="年度", coerce=int, error_messages={"invalid_choice": "年度是今年或去年"})
    text = forms.CharField(
        label="名单",
        max_length=20_000,
        help_text="一行一个：荣誉、姓名或户号、事迹，中间用空格或逗号隔开，从 Excel 复制也可以。一次最多 60 行",
        widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
        error_messages={"required": "粘贴或写上名单", "max_length": "名单太长，分几次粘贴"},
    )

    def __init__(self, today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, f"{year}年") for year in (today.year, today.year - 1)]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if sum(bool(line.strip()) for line in text.splitlines()) > nominating.MOST:
            raise forms.ValidationError(f"一次最多 {nominating.MOST} 行，分几次粘贴")
        return text


class DecisionForm(QuorumForm):
    """What the panel held: `pass` ids, a reason typed at each of the others, and the sitting."""

    opinion = forms.CharField(
        label="意见", max_length=200, required=False, validators=[without_numbers("意见")],
        widget=forms.Textarea({"rows": 2}), error_messages={"max_length": "意见最多 200 个字，换行也算"},
    )  # fmt: skip

    def __init__(
        self, decidable: list[int], members: list[PanelMember], quorum: int, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(quorum, PanelMember.objects.filter(pk__in=[member.pk for member in members]), *args, **kwargs)
        self.decidable = decidable

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for said in dict.fromkeys(self.wrong(pk) for pk in self.declined):
            if said:
                self.add_error(None, said)
        if not self.passed and not self.declined:
            self.add_error(None, "先选通过或不通过")
        return given

    def wrong(self, pk: int) -> str:
        """What has to be put right in the reason beside a nomination."""
        if self.verdict(pk) != "no":
            return ""
        if kind := personal_data(self.reason(pk)):
            return f"原因里像是有{kind}，去掉再保存"
        return "" if self.reason(pk) else "没有通过的要写明原因"

    def verdict(self, pk: int) -> str:
        return str(self.data.get(f"verdict-{pk}", ""))

    def reason(self, pk: int) -> str:
        return str(self.data.get(f"reason-{pk}", "")).strip()[:120]

    @property
    def passed(self) -> list[int]:
        return [pk for pk in self.decidable if self.verdict(pk) == "yes"]

    @property
    def declined(self) -> dict[int, str]:
        return {pk: self.reason(pk) for pk in self.decidable if self.verdict(pk) == "no"}

    @property
    def sitting(self) -> Sitting:
        given = self.cleaned_data
        return Sitting(list(given["present"]), given["held_at"], given["opinion"])


class KindForm(worded.Form):
    """A kind of honour, as the district keeps it."""

    name = forms.CharField(label="荣誉", max_length=30, error_messages={"required": "写明荣誉名称"})
    holder = forms.ChoiceField(label="授予", choices=HonourKind.Holder)
    rule_code = forms.CharField(
        label="加分事项的编码", max_length=8, required=False, help_text="如 D08；各村按自己的细则加分，没有这一条的不加"
    )
    is_open = forms.BooleanField(label="可以提名", required=False)


class ReasonForm(worded.Form):
    reason = forms.CharField(
        label="原因",
        max_length=120,
        validators=[without_numbers("原因")],
        error_messages={"required": "写明原因", "max_length": "原因最多 120 个字"},
    )
