from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest, QueryDict

from qianjiang_portal.foundation import uploads, worded
from qianjiang_portal.foundation.personal import number_only, refuse_no_public_phone
from villages.charters import Passed
from villages.models import Charter, Guide, Post, Token, Township, User, Village

DAY = {"required": "日期没有填写", "invalid": "日期写成 2026-11-30 这样"}


def day_field(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, input_formats=["%Y-%m-%d"], widget=widget, error_messages=DAY, **options)


def digits() -> forms.TextInput:
    """Where a number is typed: with the digits of a telephone, in any width, and no wheel that turns it unseen."""
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


class PaperField(forms.FileField):
    """A photograph or a PDF; how large it may be is a setting and said when the form is shown."""

    def __init__(self, label: str, *, required: bool = False) -> None:
        widget = forms.FileInput(attrs={"accept": uploads.ACCEPT})
        told = {"required": f"{label}没有选", "empty": "文件是空的，请换一个文件"}
        super().__init__(label=label, required=required, widget=widget, error_messages=told)

    def __deepcopy__(self, memo: Any) -> Any:
        field = super().__deepcopy__(memo)
        field.help_text = uploads.limits()
        return field


def _heads(label: str) -> forms.IntegerField:
    told = dict.fromkeys(("required", "invalid", "min_value", "max_value"), f"{label}填整数")
    return forms.IntegerField(label=label, min_value=1, max_value=99999, error_messages=told)


class SignInForm(worded.Form):
    username = forms.CharField(label="账号", max_length=40, error_messages={"required": "账号没有填写"})
    password = forms.CharField(
        label="密码",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "密码没有填写"},
    )

    def __init__(self, request: HttpRequest, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.request = request
        self.user: User | None = None

    @property
    def missing(self) -> bool:
        return bool(self.errors.get("username") or self.errors.get("password"))

    def clean(self) -> dict[str, str]:
        values = super().clean() or {}
        if not self.errors:
            self.user = authenticate(self.request, username=values["username"], password=values["password"])
            if self.user is None:
                self.add_error(None, "账号或密码不对")
        return values


class PasswordForm(worded.Form):
    old = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "现在的密码没有填写"},
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "新密码没有填写"},
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "再输一遍新密码"},
    )

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.person = user

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.person.check_password(old):
            raise forms.ValidationError("现在的密码不对")
        return old

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.person)
        if self.person.check_password(new):
            raise forms.ValidationError("新密码要和现在的不一样")
        return new

    def clean(self) -> dict[str, str]:
        values = super().clean() or {}
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", "两遍新密码不一样")
        return values


class PostForm(worded.Form):
    """A person named for a duty or a seat; the place follows from the kind."""

    kind = forms.ChoiceField(label="职务", choices=Post.Kind)
    township = forms.ModelChoiceField(Township.objects.none(), label="乡镇街道", required=False, empty_label="选一个")
    village = forms.ModelChoiceField(Village.objects.none(), label="村", required=False, empty_label="选一个")
    name = forms.CharField(
        label="姓名", max_length=30, error_messages={"required": "写明姓名", "max_length": "姓名最多 30 个字"}
    )
    title = forms.CharField(label="分工", max_length=30, required=False, help_text="如党委书记、组长、成员")
    phone = forms.CharField(label="办公电话", max_length=30, required=False, validators=[number_only("办公电话")])
    begins_on = day_field("开始")
    ends_on = day_field("任期到", required=False)

    def __init__(self, townships: list[Township], villages: list[Village], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Township.objects.filter(pk__in=[township.pk for township in townships]).in_code_order()
        self.fields["township"].queryset = own  # type: ignore[attr-defined]
        mine = Village.objects.filter(pk__in=[village.pk for village in villages]).in_code_order()
        self.fields["village"].queryset = mine.select_related("township")  # type: ignore[attr-defined]
        self.fields["village"].label_from_instance = lambda village: village.full_name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        of_township = given.get("kind") in Post.OF_TOWNSHIP
        wanted, other = ("township", "village") if of_township else ("village", "township")
        if given.get("kind") and not given.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, "这个职务要选乡镇街道" if of_township else "这个职务要选村")
        given[other] = None
        if given.get("ends_on") and given.get("begins_on") and given["ends_on"] < given["begins_on"]:
            self.add_error("ends_on", "任期结束早于开始")
        return given


class EndPostForm(worded.Form):
    ends_on = day_field("任期到")


class CharterForm(worded.Form):
    """A version of a charter with the meeting that passed it."""

    meeting = forms.ChoiceField(label="会议", choices=Charter.Meeting)
    on = day_field("通过日期")
    expected = _heads("应到人数")
    attended = _heads("到会人数")
    agreed = _heads("同意人数")
    record = forms.CharField(label="会议记录编号", max_length=40, required=False)
    effective_on = day_field("施行日期")
    file = PaperField("村规民约文件")
    text = forms.CharField(
        label="条文", max_length=20000, required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="没有文件时写在这里",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("text") and not given.get("file"):
            self.add_error("file", "上传文件，或把条文写在下面")
        return given

    @property
    def given(self) -> dict[str, Any]:
        """What `charters.adopt` takes."""
        said = dict(self.cleaned_data)
        meeting = {name: said.pop(name) for name in ("meeting", "on", "expected", "attended", "agreed", "record")}
        return {"passed": Passed(**meeting), **said}


class FilingForm(worded.Form):
    on = day_field("备案日期")
    number = forms.CharField(label="备案编号", max_length=40, error_messages={"required": "写明备案编号"})


class PapersInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/input.html"


class PapersField(forms.FileField):
    """Several photographs or PDF papers at once; how large they may be is said when the form is shown."""

    def __init__(self, most: int, **options: Any) -> None:
        self.most = most
        told = {"empty": "文件是空的，请换一个文件"}
        widget = PapersInput(attrs={"accept": uploads.ACCEPT})
        super().__init__(required=False, widget=widget, error_messages=told, **options)

    def __deepcopy__(self, memo: Any) -> Any:
        field = super().__deepcopy__(memo)
        field.help_text = f"最多 {self.most} 个，{uploads.limits()}。扫描件和照片里的身份证号、电话、卡号先遮住"
        return field

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = [one for one in data if one] if isinstance(data, list | tuple) else [data] if data else []
        if len(sent) > self.most:
            raise forms.ValidationError(f"{self.label}最多 {self.most} 个")
        return [super(PapersField, self).clean(one, initial) for one in sent]


class GuideForm(worded.Form):
    village = forms.ModelChoiceField(
        Village.objects.none(), label="村", empty_label="选一个", error_messages={"required": "选一个村"}
    )
    name = forms.CharField(label="事项", max_length=40, error_messages={"required": "写明事项"})
    papers = forms.CharField(label="材料", max_length=200, error_messages={"required": "写明要带的材料"})
    place = forms.CharField(label="地点", max_length=60, error_messages={"required": "写明在哪里办"})
    phone = forms.CharField(
        label="办公电话",
        max_length=30,
        validators=[refuse_no_public_phone],
        help_text="写村委会的电话，不写个人手机；只写一个号码，村民点一下就拨",
        error_messages={"required": "写明电话"},
    )
    days = forms.IntegerField(
        label="几个工作日办好",
        min_value=1,
        max_value=60,
        initial=3,
        error_messages={"required": "填 1 到 60", "min_value": "填 1 到 60", "max_value": "填 1 到 60"},
    )

    def __init__(self, villages: list[Village], *args: Any, guide: Guide | None = None, **kwargs: Any) -> None:
        """What is told of `guide` is changed; its village and its name stay."""
        super().__init__(*args, **kwargs)
        mine = Village.objects.filter(pk__in=[village.pk for village in villages]).in_code_order()
        self.fields["village"].queryset = mine  # type: ignore[attr-defined]
        if guide:
            del self.fields["village"], self.fields["name"]
            self.initial = {name: getattr(guide, name) for name in self.fields}


class ErrandForm(worded.Form):
    guide = forms.ModelChoiceField(
        Guide.objects.none(), label="事项", empty_label="选一个", error_messages={"required": "选一个事项"}
    )
    asked_by = forms.CharField(label="替谁办", max_length=30, error_messages={"required": "写明替谁办"})
    on = day_field("受理日期")

    def __init__(self, guides: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guide"].queryset = guides  # type: ignore[attr-defined]
        self.fields["guide"].label_from_instance = lambda guide: f"{guide.village.short_name} {guide.name}"  # type: ignore[attr-defined]


class MoveForm(worded.Form):
    state = forms.ChoiceField(choices=[("doing", "办理"), ("done", "办结")])
    result = forms.CharField(max_length=120, required=False)


class CodeForm(worded.Form):
    """A code of the telephone or a recovery code."""

    code = forms.CharField(label="动态口令", max_length=20, error_messages={"required": "动态口令没有填写"})


class OwnPasswordForm(worded.Form):
    """The password once more, before something that outlives the session; tries count as at the sign-in page."""

    password = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "现在的密码没有填写"},
    )

    def __init__(self, request: HttpRequest, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.request = request

    def clean_password(self) -> str:
        given: str = self.cleaned_data["password"]
        if authenticate(self.request, username=self.request.user.get_username(), password=given) is None:
            raise forms.ValidationError("现在的密码不对")
        return given


class TokenForm(OwnPasswordForm):
    """A token for a program; the password is asked again, since a token outlives the session."""

    name = forms.CharField(
        label="用途",
        max_length=40,
        help_text="写给哪个程序用，如“镇里的台账同步”",
        error_messages={"required": "写明这个令牌给哪个程序用"},
    )
    scopes = forms.MultipleChoiceField(
        label="可以做的事",
        choices=Token.Scope,
        widget=forms.CheckboxSelectMultiple,
        help_text="只能少于本人的任职，不会多出来",
        error_messages={"required": "至少选一件可以做的事"},
    )
    days = forms.TypedChoiceField(
        label="有效期",
        coerce=int,
        choices=[(30, "30 天"), (90, "90 天"), (180, "180 天"), (366, "一年")],
        initial=90,
    )
    field_order = ("name", "scopes", "days", "password")
