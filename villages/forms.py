from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest, QueryDict

from villages.models import User


class SignInForm(forms.Form):
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


class PasswordForm(forms.Form):
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
