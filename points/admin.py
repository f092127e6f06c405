"""What an administrator keeps of points: drafts of the reference rules. Nothing that was entered or posted is here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from points import rule_guards
from points.models import HonourKind, Rule, RuleSet
from points.rule_lines import COLUMNS
from qianjiang_portal.foundation.admin import KeptAdmin
from villages import pinyin


class RuleForm(forms.ModelForm):
    """An item as the district's own page takes it; the reasons stand at the field."""

    class Meta:
        model = Rule
        fields = (*COLUMNS, "basis")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given: list[Any] = [values.get(f"{name}_points") for name in ("min", "default", "max")]
        if None not in given and not (given == sorted(given) and given[-1]):
            self.add_error("default_points", "常用分在最低分和最高分之间，最高分大于 0")
        if values.get("veto") and values.get("kind") != Rule.Kind.DEDUCTION:
            self.add_error("veto", "减分项才能是一票否决")
        return values

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.instance.initials = pinyin.first_letters(self.instance.item)
        if "item" in self.cleaned_data and (reason := rule_guards.barred(self.instance)):
            self.add_error("item", reason)


class RuleInline(admin.TabularInline):
    model = Rule
    form = RuleForm
    extra = 0
    ordering = ("code",)

    def has_add_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        return _is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        return _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        return _is_draft(obj)


@admin.register(RuleSet)
class ReferenceAdmin(KeptAdmin):
    """The district's reference: a draft may be worked on, here and as a workbook; the district publishes it."""

    inlines = (RuleInline,)
    fields = ("title", "year", "state", "effective_from", "effective_to")
    readonly_fields = ("state", "effective_from", "effective_to")
    list_display = ("title", "year", "state", "effective_from", "effective_to", "items")
    list_filter = ("state", "year")
    search_fields = ("title", "rules__item", "rules__code")
    date_hierarchy = "effective_from"
    ordering = ("-year", "-pk")
    risky = ("year",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleSet]:
        return super().get_queryset(request).filter(scope=RuleSet.Scope.DISTRICT).prefetch_related("rules")

    @admin.display(description="条目")
    def items(self, rule_set: RuleSet) -> int:
        return len(rule_set.rules.all())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RuleSet | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or _is_draft(obj))

    def save_model(self, request: HttpRequest, obj: RuleSet, form: Any, change: bool) -> None:
        """Whoever has the same draft open elsewhere is told that it moved on."""
        obj.version += 1
        super().save_model(request, obj, form, change)


@admin.register(HonourKind)
class HonourKindAdmin(KeptAdmin):
    list_display = ("name", "holder", "rule_code", "position", "is_open")
    list_filter = ("holder", "is_open")
    search_fields = ("name", "rule_code")
    ordering = ("position",)
    risky = ("name", "rule_code", "is_open")
    told = {
        "points_only_households_get_points_for_an_honour": ("rule_code", "授予农户和家庭成员的荣誉才能转积分"),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: HonourKind | None = None) -> tuple[str, ...]:
        """Whom it is given to stands once somebody was nominated."""
        return ("holder",) if obj and obj.honours.exists() else ()


def _is_draft(rule_set: RuleSet | None) -> bool:
    return rule_set is None or rule_set.state == RuleSet.State.DRAFT
