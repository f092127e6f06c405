"""The ground of the administration: nothing kept is deleted, what is dangerous is asked twice, all is recorded."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import BooleanField, SlugField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from qianjiang_portal.foundation import audit, digits, option_words, options
from qianjiang_portal.foundation.models import Option

SURE = "_sure"


class ToldForm(forms.ModelForm):
    """What a constraint of the table would refuse is said in words at its field, not by the constraint's name."""

    # constraint → field and words
    told: ClassVar[dict[str, tuple[str, str]]] = {}

    def _update_errors(self, errors: ValidationError) -> None:
        self._say_what_is_there_already(errors)
        others = []
        for refusal in errors.error_dict.pop(NON_FIELD_ERRORS, []):
            field, words = next((said for name, said in self.told.items() if name in str(refusal.message)), ("", ""))
            if field in self.fields:
                errors.error_dict.setdefault(field, []).append(ValidationError(words))
            else:
                others.append(refusal)
        if others:
            errors.error_dict[NON_FIELD_ERRORS] = others
        super()._update_errors(errors)  # type: ignore[misc]

    def _say_what_is_there_already(self, errors: ValidationError) -> None:
        meta: Any = self._meta.model._meta
        for name, refusals in errors.error_dict.items():
            for refusal in refusals:
                if refusal.code == "unique":
                    refusal.message = f"已有这个{meta.get_field(name).verbose_name}的{meta.verbose_name}"
                elif refusal.code == "unique_together":
                    fields = "和".join(
                        str(meta.get_field(one).verbose_name) for one in (refusal.params or {})["unique_check"]
                    )
                    refusal.message = f"已有同样{fields}的{meta.verbose_name}"


class _Numbered(AutocompleteMixin):
    """A choice by search is drawn again where what was sent is no row's number; Django's own asks the database."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        numbers = [one for one in value if not one or digits.number(str(one)) is not None]
        return super().optgroups(name, numbers, attr)


class Searched(_Numbered, forms.Select):
    pass


class SearchedMany(_Numbered, forms.SelectMultiple):
    pass


class SearchedFields:
    """For the administration of a table and for rows below one."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", Searched(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", SearchedMany(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


class AskedTwice(SearchedFields, admin.ModelAdmin):
    """Fields in `risky` are changed only after a page that shows from what to what; each save is an audit event."""

    form: type[forms.ModelForm] = ToldForm
    # What is said where a constraint refuses: constraint → field and words.
    told: ClassVar[dict[str, tuple[str, str]]] = {}
    risky: tuple[str, ...] = ()
    # Whether a new row changes what was so without it.
    asks_when_added = False
    # What follows, in one sentence for whoever is asked.
    warning = "别的记录都连着它，改了马上在所有页面生效"

    def risks(self, form: forms.ModelForm) -> list[str]:
        return [name for name in form.changed_data if name in self.risky]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, SlugField):
            kwargs.setdefault("error_messages", {"invalid": "只用字母、数字、横线和下划线"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.told = self.told
        return form

    def more_risks(self, request: HttpRequest, form: forms.ModelForm) -> list[tuple[str, str, str]] | None:
        """What rows below the form would change, as `change` says it; None where they are not accepted."""
        return []

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        to_be_asked = request.method == "POST" and SURE not in request.POST
        if to_be_asked and (asked := self._ask(request, object_id)):
            return asked
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _ask(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """The page that asks again; None where nothing risky is changed or the form is not accepted anyway."""
        kept = self.get_object(request, unquote(object_id)) if object_id else None
        may_add = self.asks_when_added and not object_id and self.has_add_permission(request)
        if not (self.has_change_permission(request, kept) if kept else may_add):
            return None
        form = self.get_form(request, kept, change=kept is not None)(request.POST, request.FILES, instance=kept)
        if not form.is_valid() or (more := self.more_risks(request, form)) is None:
            return None
        changes = [*(self.change(form, name) for name in self.risks(form)), *more]
        if not changes:
            return None
        sent = [(key, one) for key, values in request.POST.lists() for one in values if key != "csrfmiddlewaretoken"]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": f"再确认一次：{self.get_object(request, unquote(object_id)) if object_id else form.instance}",
            "changes": changes,
            "warning": self.warning,
            "sent": sent,
            "sure": SURE,
        }
        return TemplateResponse(request, "admin/sure.html", context)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Yes and no in words: Django draws pictures of them that screen readers read in English."""
        return [self._column(name) for name in super().get_list_display(request)]

    def _column(self, name: Any) -> Any:
        fields = {field.name: field for field in self.model._meta.fields if isinstance(field, BooleanField)}
        if name not in fields:
            return name

        @admin.display(description=fields[name].verbose_name, ordering=name)
        def said(kept: Any) -> str:
            return "是" if getattr(kept, name) else "否"

        return said

    def change(self, form: forms.ModelForm, name: str) -> tuple[str, str, str]:
        """A field's label, what it was, and what it would be."""
        return _change(form, name)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, "admin.add", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, "admin.change", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for one in queryset:
            _record(request, "admin.delete", one, [])
        return super().log_deletions(request, queryset)


class KeptAdmin(AskedTwice):
    """Reference data that other rows stand on: changed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadAdmin(KeptAdmin):
    """What is only looked at here and changed by its own pages."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _change(form: forms.ModelForm, name: str) -> tuple[str, str, str]:
    """A field's label, what it was, and what it would be."""
    field = form.fields[name]
    return str(field.label), _words(field, form.initial.get(name)), _words(field, form.cleaned_data[name])


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = dict(getattr(field, "choices", ())) if not isinstance(field, forms.ModelChoiceField) else {}
    return str(choices.get(value, value)) if value not in (None, "") else "空"


def _record(request: HttpRequest, action: str, kept: Any, message: Any) -> None:
    named = [field for part in message if isinstance(part, dict) for field in _fields(part)]
    facts = {"fields": "、".join(named)[:200]} if named else {}
    target = f"{kept._meta.verbose_name} {kept}"[:120]
    audit.record(actor=cast("Any", request.user), action=action, target=target, facts=facts)


def _fields(part: dict[str, Any]) -> list[str]:
    told: dict[str, Any] = next(iter(part.values()), {})
    return [str(field) for field in told.get("fields", [])] or [str(told["name"])] if told else []


class OptionForm(forms.ModelForm):
    """A setting that is declared in `options.SETTINGS`, within its bounds, in the words people have for its values."""

    name = forms.ChoiceField(label="设置")
    value = forms.CharField(label="值", required=False, widget=forms.Textarea(attrs={"rows": 4}))

    class Meta:
        model = Option
        fields = ("name", "value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A setting that was changed before is changed again in its own row.
        here = self.instance.name or self.initial.get("name", "")
        taken = set(Option.objects.exclude(pk=self.instance.pk).values_list("name", flat=True))
        self.fields["name"].choices = [  # type: ignore[attr-defined]
            (name, setting.label)
            for name, setting in options.SETTINGS.items()
            if name not in taken and (not here or name == here)
        ]
        if setting := options.SETTINGS.get(str(self.data.get("name") or here)):
            self._ask_for(setting)

    def _ask_for(self, setting: options.Setting) -> None:
        """The field as this setting needs it; a value that is one of a few is chosen."""
        if self.instance.pk:
            self.initial["value"] = option_words.say(setting, self.instance.value)
        words = option_words.words_of(setting)
        if words and not isinstance(setting.default, (list, dict)):
            self.fields["value"].widget = forms.Select(choices=[(word, word) for word in words.values()])
        default = option_words.say(setting, setting.default).replace("\n", "；")
        how = "" if isinstance(self.fields["value"].widget, forms.Select) else option_words.how(setting)
        self.fields["value"].help_text = "。".join(part for part in (how, f"默认 {default}") if part)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "name" in values and "value" in values:
            try:
                values["value"] = option_words.understand(values["name"], values["value"])
                options.check(values["name"], values["value"])
            except ValueError as error:
                self.add_error("value", str(error))
        return values


@dataclass(frozen=True)
class Known:
    """A setting that is declared, as it stands, and the way to change it."""

    name: str
    label: str
    now: str
    default: str
    is_changed: bool
    href: str


@admin.register(Option)
class OptionAdmin(AskedTwice):
    """Taking a row out puts the default back; Django asks before it does."""

    form = OptionForm
    list_display = ("label", "current", "default", "updated_at")
    search_fields = ("name",)
    date_hierarchy = "updated_at"
    list_filter = ("updated_at",)
    ordering = ("name",)
    risky = ("value",)
    warning = "这项设置关系到入账、封签或登录，改了对全区马上生效"
    # What changes who gets in, how points end, or how proofs are made.
    GRAVE = frozenset({"seal_algorithm", "year_end", "year_end_keep_years", "audit_keep_days", "second_factor_roles"})

    asks_when_added = True

    def risks(self, form: forms.ModelForm) -> list[str]:
        return super().risks(form) if form.instance.name in self.GRAVE else []

    def change(self, form: forms.ModelForm, name: str) -> tuple[str, str, str]:
        """A setting that has no row yet stood at its default."""
        setting = options.SETTINGS[form.instance.name]
        old = form.initial[name] if form.instance.pk else option_words.say(setting, setting.default)
        return setting.label, old, option_words.say(setting, form.cleaned_data[name])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Rows are only there for what was changed; below them all settings stand with what holds."""
        return super().changelist_view(request, (extra_context or {}) | {"every": self._every()})

    def _every(self) -> list[Known]:
        rows = {row.name: row for row in Option.objects.all()}
        return [self._known(name, setting, rows.get(name)) for name, setting in options.SETTINGS.items()]

    def _known(self, name: str, setting: options.Setting, row: Option | None) -> Known:
        default = option_words.say(setting, setting.default)
        if row:
            href = reverse("admin:foundation_option_change", args=[row.pk])
            return Known(name, setting.label, option_words.say(setting, row.value), default, True, href)
        asked = urlencode({"name": name, "value": default})
        return Known(name, setting.label, default, default, False, f"{reverse('admin:foundation_option_add')}?{asked}")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By the words people know a setting by."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        named = [name for name, setting in options.SETTINGS.items() if search_term and search_term in setting.label]
        return found | queryset.filter(name__in=named), distinct

    @admin.display(description="设置")
    def label(self, option: Option) -> str:
        return options.SETTINGS[option.name].label if option.name in options.SETTINGS else option.name

    @admin.display(description="值", ordering="value")
    def current(self, option: Option) -> str:
        setting = options.SETTINGS.get(option.name)
        return option_words.say(setting, option.value) if setting else str(option.value)

    @admin.display(description="默认")
    def default(self, option: Option) -> str:
        setting = options.SETTINGS.get(option.name)
        return option_words.say(setting, setting.default) if setting else ""
