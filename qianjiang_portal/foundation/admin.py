from typing import Any

from django import forms
from django.contrib import admin

from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.models import Option


class OptionForm(forms.ModelForm):
    """A setting that is declared in `options.SETTINGS`, within its bounds."""

    name = forms.ChoiceField(label="设置")

    class Meta:
        model = Option
        fields = ("name", "value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [  # type: ignore[attr-defined]
            (name, f"{setting.label}（默认 {setting.default}）") for name, setting in options.SETTINGS.items()
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "name" in values and "value" in values:
            try:
                options.check(values["name"], values["value"])
            except ValueError as error:
                self.add_error("value", str(error))
        return values


@admin.register(Option)
class OptionAdmin(admin.ModelAdmin):
    form = OptionForm
    list_display = ("label", "value", "updated_at")
    ordering = ("name",)

    @admin.display(description="设置")
    def label(self, option: Option) -> str:
        return options.SETTINGS[option.name].label if option.name in options.SETTINGS else option.name
