"""What a household types from its slip."""

from typing import Any

from django import forms

from qianjiang_portal.foundation import worded


class LookupForm(worded.Form):
    """The token, where the address does not bring it, and the code."""

    token = forms.CharField(
        label="自查号",
        max_length=30,
        help_text="自查条上的 10 位字母和数字",
        error_messages={"required": "填自查条上的自查号", "max_length": "自查号是 10 位"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label="自查码",
        max_length=12,
        help_text="自查条上的 6 位数字",
        error_messages={"required": "填自查条上的自查码", "max_length": "自查码是 6 位数字"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, token: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if token:
            del self.fields["token"]
        self.known = token

    @property
    def asked(self) -> str:
        return self.known or self.cleaned_data["token"]
