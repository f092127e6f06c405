"""What the administration's page of a person takes: the same refusals as its other pages, told at the field."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.forms.models import BaseInlineFormSet

from villages import accounts, appointments, scope
from villages.models import Appointment, User


class PersonForm(UserChangeForm):
    """An account that is there. `by` is the administrator who changes it."""

    by: Any = None

    class Meta(UserChangeForm.Meta):
        model = User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "在账号的页面上给一次性密码，本人第一次登录时设自己的"

    def clean_is_active(self) -> bool:
        stays: bool = self.cleaned_data["is_active"]
        if not stays and self.initial.get("is_active"):
            if self.instance.pk == self.by.pk:
                raise forms.ValidationError("自己的账号由另一位系统管理员停用")
            if not accounts.other_administrators(self.instance).exists():
                raise forms.ValidationError(accounts.ONE_STAYS)
        return stays


class AppointmentForm(forms.ModelForm):
    """A new appointment, or the last day of one that is there: who was what until when stays in the record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.disabled = bool(self.instance.pk) and name not in ("id", "user", "ends_on")
            widget: Any = field.widget
            if isinstance(field, forms.DateField):
                widget.format = "%Y-%m-%d"
            # Places are kept on their own pages; a press beside the wrong pencil would rename one from here.
            widget.can_add_related = widget.can_change_related = widget.can_view_related = False

    @property
    def change(self) -> tuple[str, str, str]:
        """What it is, what it was, and what it would be."""
        post, until = self.instance, self.cleaned_data["ends_on"]
        if post.pk:
            return f"{post.label}的结束日期", str(self.initial.get("ends_on") or "没有定"), str(until)
        names = [village.full_name for village in self.cleaned_data["villages"]]
        where = "、".join(names) if post.role in scope.COVERING and names else post.place_name
        ends = f"，到 {until}" if until else ""
        return "任职", "没有", f"{where}{post.get_role_display()}，从 {post.begins_on}{ends}"


class AppointmentFormSet(BaseInlineFormSet):
    """Goes through `appointments`, so that the log says who was appointed and whose time is over."""

    by: Any = None

    def clean(self) -> None:
        super().clean()
        new: list[Appointment] = []
        for form in self.forms:
            if form.has_changed() and not form.errors:
                self._check(form)
                if not form.instance.pk and any(one.is_twice(form.instance) for one in new):
                    form.add_error("role", "上面已经写了同样的任职")
                new += [] if form.instance.pk else [form.instance]

    def _check(self, form: Any) -> None:
        post, until = form.instance, form.cleaned_data["ends_on"]
        if post.pk and until is None:
            form.add_error("ends_on", "写最后一天；要接着任职，就新增一条")
        elif post.pk and (reason := appointments.why_not_end(Appointment.objects.get(pk=post.pk), until, self.by)):
            form.add_error("ends_on", reason)
        elif (
            not post.pk and self.instance.pk and (twice := self._same(post).overlapping(post.begins_on, until).first())
        ):
            form.add_error("role", f"已有同样的任职：{twice.label}")
        elif not post.pk and (gone := appointments.gone_before([post.village], until)):
            form.add_error("village", gone)
        elif not post.pk and (gone := appointments.gone_before(form.cleaned_data["villages"], until)):
            form.add_error("villages", gone)

    def _same(self, post: Appointment) -> Any:
        said = {name: getattr(post, name) for name in ("role", "township", "village", "unit")}
        return Appointment.objects.filter(user=self.instance, **said)

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        forms: list[Any] = self.forms
        return [form.change for form in forms if form.has_changed()]

    def keep(self) -> None:
        """Write what changed; the lists are what Django's own record of the form is made from."""
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        for form in self.forms:
            if not form.has_changed():
                continue
            given = form.cleaned_data
            if form.instance.pk:
                post = appointments.end(appointment=form.instance, on=given["ends_on"], by=self.by)
                self.changed_objects.append((post, form.changed_data))
                continue
            said = {name: given[name] for name in ("role", "begins_on", "ends_on", "township", "village", "unit")}
            post = appointments.appoint(user=self.instance, covers=given["villages"], by=self.by, **said)
            self.new_objects.append(post)
