"""What an administrator keeps: accounts with their appointments, places, units. No business data is registered."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.admin import AskedTwice, KeptAdmin, SearchedFields
from villages import accounts
from villages.admin_forms import AppointmentForm, AppointmentFormSet, PersonForm
from villages.models import Appointment, DisclosureItem, Grid, Indicator, Township, Unit, User, Village

admin.site.site_header = admin.site.site_title = "黔江乡村治理平台系统管理"
admin.site.index_title = "人员、单位与行政区划"
admin.site.unregister(Group)


class AppointmentInline(SearchedFields, admin.TabularInline):
    model = Appointment
    form = AppointmentForm
    formset = AppointmentFormSet
    extra = 0
    autocomplete_fields = ("township", "village", "unit", "villages")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An appointment ends on a day; it is never taken out of the record."""
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.by = request.user
        return formset


class PersonCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "name", "phone")


@admin.register(User)
class PersonAdmin(AskedTwice, UserAdmin):
    inlines = (AppointmentInline,)
    form = PersonForm
    add_form = PersonCreationForm
    add_form_template = "admin/change_form.html"
    list_display = ("name", "username", "posts", "last_login", "is_active")
    list_filter = ("is_active", "appointments__role")
    search_fields = ("name", "username")
    ordering = ("username",)
    date_hierarchy = "date_joined"
    risky = ("username", "is_active")
    warning = "停用后不能登录，改了账号名，本人要用新的登录；任职管着本人能看到什么、能办什么"
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "name", "phone", "password")}),
        ("状态", {"fields": ("is_active", "must_change_password")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "name", "phone", "password1", "password2")}),)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What a form is judged by stands still until it is written: who else is an administrator, and the account.

        Its row is written whole; a password given or a switching off at the same moment would be taken back.
        """
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            accounts.take_turns()
            User.objects.select_for_update(no_key=True).filter(pk=digits.number(object_id or "") or 0).first()
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    def more_risks(self, request: HttpRequest, form: Any) -> list[tuple[str, str, str]] | None:
        found: list[tuple[str, str, str]] = []
        for made, inline in self.get_formsets_with_inlines(request, form.instance):
            rows = made(
                request.POST,
                instance=form.instance,
                prefix=made.get_default_prefix(),
                queryset=inline.get_queryset(request),
            )
            if not rows.is_valid():
                return None
            found += rows.changes
        return found

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Switching off and on goes the way of its own page: sessions end, and the log says what it was."""
        if change and "is_active" in form.changed_data:
            act = accounts.switch_on if obj.is_active else accounts.switch_off
            act(user=obj, by=cast("User", request.user), now=calendar.now())
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.keep()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Passwords for one sign-in are given on the page of the account; nobody types one for somebody else."""
        return redirect("villages:staff", pk=int(id))

    @admin.display(description="任职")
    def posts(self, user: User) -> str:
        return "、".join(post.label for post in user.appointments_now) or "没有任职"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People stay in the record; an account is switched off instead."""
        return False


@admin.register(Township)
class TownshipAdmin(KeptAdmin):
    list_display = ("code", "name", "kind", "phone")
    list_filter = ("kind",)
    search_fields = ("code", "name")
    ordering = ("code",)
    risky = ("code", "name", "kind")
    told = {"villages_township_code_has_nine_digits": ("code", "代码是 9 位数字")}


@admin.register(Village)
class VillageAdmin(KeptAdmin):
    list_display = ("code", "short_name", "township", "kind", "phone", "uses_points")
    list_filter = ("kind", "uses_points", "township")
    list_select_related = ("township",)
    search_fields = ("code", "name", "township__name")
    readonly_fields = ("uses_points",)
    ordering = ("code",)
    risky = ("code", "name", "short_name", "kind", "township")
    told = {"villages_village_code_has_twelve_digits": ("code", "代码是 12 位数字")}


@admin.register(Grid)
class GridAdmin(KeptAdmin):
    list_display = ("village", "number", "name", "keeper")
    list_filter = ("village__township",)
    list_select_related = ("village",)
    search_fields = ("village__name", "village__code", "name")
    autocomplete_fields = ("village",)
    ordering = ("village__code", "number")
    risky = ("village", "number")
    told = {
        "villages_grid_number_has_two_digits": ("number", "组号填 1 到 99"),
    }


@admin.register(Unit)
class UnitAdmin(KeptAdmin):
    list_display = ("name", "code", "is_lead", "position")
    list_filter = ("is_lead",)
    search_fields = ("name", "code")
    ordering = ("position", "code")
    risky = ("code", "name", "is_lead")


@admin.register(Indicator)
class IndicatorAdmin(KeptAdmin):
    list_display = ("name", "code", "unit", "decimals", "kind", "source", "position", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("name", "code")
    ordering = ("position", "code")
    risky = ("code", "unit", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Indicator | None = None) -> tuple[str, ...]:
        """What villages reported was counted in it."""
        return ("code", "unit", "kind") if obj and obj.values.exists() else ()


@admin.register(DisclosureItem)
class DisclosureItemAdmin(KeptAdmin):
    list_display = ("name", "code", "aspect", "every", "due_days", "since", "position", "is_active")
    list_filter = ("is_active", "aspect", "every")
    search_fields = ("name", "code")
    date_hierarchy = "since"
    ordering = ("position", "code")
    risky = ("every", "due_days", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: DisclosureItem | None = None) -> tuple[str, ...]:
        """Rows already published were measured by its rhythm."""
        return ("code", "every") if obj and obj.disclosures.exists() else ()
