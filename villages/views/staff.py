"""账号: who may sign in, for administrators: appointments, one-time passwords, locks, switching off."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.htmx import page_or_partial
from qianjiang_portal.foundation.refusals import Refused
from villages import accounts, appointments, factors, staff_pages
from villages.models import Appointment, User
from villages.staff_forms import AppointForm, EndForm, SureForm

PER_PAGE = 50
View = Callable[..., HttpResponse]


def for_administrators(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_administrators
def staff_list(request: HttpRequest) -> HttpResponse:
    filters, today = staff_pages.Filters.read(request.GET), calendar.today()
    page = Paginator(staff_pages.found(request.user, filters, today), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": staff_pages.lines(page.object_list, today),
        "filters": filters,
        "roles": Appointment.Role.choices,
        "states": staff_pages.STATES.items(),
        "townships": staff_pages.townships(),
        "locked": staff_pages.locked_count(),
        "to_move": staff_pages.to_move_count(today),
    }
    return page_or_partial(request, "villages/staff/list.html", "rows", context)


@require_safe
@for_administrators
def staff(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _user(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def staff_appoint(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = AppointForm(_sent(request), initial={"begins_on": calendar.today()})
    if form.is_valid():
        try:
            begins_on = form.cleaned_data["begins_on"]
            post = appointments.appoint(user=user, **form.given, begins_on=begins_on, by=me(request))
            return _back(request, user, f"已任命 {user.name}为{post.label}")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _appoint_page(request, form, user, "登记任职")


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def staff_move(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    """Another place or role from a day on; what was held until then stays in the record."""
    user = _user(request, pk)
    held = get_object_or_404(user.appointments.select_related("township", "village__township", "unit"), pk=post)
    start = {"role": held.role, "place": AppointForm.place_of(held), "begins_on": calendar.today()}
    form = AppointForm(_sent(request), initial=start)
    if form.is_valid():
        try:
            on = form.cleaned_data["begins_on"]
            made = appointments.move(appointment=held, on=on, **form.given, by=me(request))
            return _back(request, user, f"{user.name}从 {on} 起为{made.label}")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _appoint_page(request, form, user, "换岗", held)


@require_POST
@for_administrators
def staff_end(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    user = _user(request, pk)
    held = get_object_or_404(user.appointments, pk=post)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, user, wrong=form.errors["on"][0], status=422)
    try:
        ended = appointments.end(appointment=held, on=form.cleaned_data["on"], by=me(request))
        return _back(request, user, f"{ended.label}到 {ended.ends_on} 为止")
    except Refused as refusal:
        return _page(request, user, wrong=str(refusal), status=422)


@require_POST
@never_cache
@sensitive_variables("given")
@for_administrators
def staff_password(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer is the only page that ever holds the password. Loading it anew gives no second one: the form knows
    which password it replaces.
    """
    user = _user(request, pk)
    if request.POST.get("replaces", mark := _password_mark(user)) != mark:
        return _back(request, user, f"{user.name}已经有了新密码，没有再换。没看到的话，再重置一次")
    given = accounts.give_password(user=user, by=me(request), now=calendar.now())
    context = {"given": [given], "title": "一次性密码", "crumbs": _crumbs(given.user, "一次性密码")}
    return render(request, "villages/staff/given.html", context)


@require_POST
@for_administrators
def staff_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    was_locked = accounts.unlock(user=user, by=me(request), now=calendar.now())
    return _back(request, user, f"{user.name}可以马上再试" if was_locked else f"{user.name}没有锁定")


@require_POST
@for_administrators
def staff_factor(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    try:
        was_there = factors.reset(user=user, by=me(request), now=calendar.now())
    except Refused as refusal:
        return _page(request, user, wrong=str(refusal), status=422)
    return _back(request, user, f"{user.name}登录只要密码了" if was_there else f"{user.name}没有启用两步验证")


@require_POST
@for_administrators
def staff_off(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = SureForm(user, request.POST)
    if not form.is_valid():
        return _page(request, user, wrong=form.errors["sure"][0], status=422)
    try:
        accounts.switch_off(user=user, by=me(request), now=calendar.now())
        return _back(request, user, f"已停用 {user.username}")
    except Refused as refusal:
        return _page(request, user, wrong=str(refusal), status=422)


@require_POST
@for_administrators
def staff_on(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    accounts.switch_on(user=user, by=me(request), now=calendar.now())
    return _back(request, user, f"已启用 {user.username}")


@require_POST
@for_administrators
def staff_sign_out(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    ended = accounts.sign_out(user=user, by=me(request), now=calendar.now())
    return _back(request, user, f"{user.name}在 {ended} 台设备上已退出" if ended else f"{user.name}没有登录")


def _user(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)


def _password_mark(user: User) -> str:
    """Which password somebody has, without telling it: another one has another mark."""
    return user.get_session_auth_hash()[:16]


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent; an empty form that was sent is not one that was never sent."""
    return request.POST if request.method == "POST" else None


def me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, user: User, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {
        "person": staff_pages.person(user, calendar.now()),
        "wrong": wrong,
        "today": calendar.today(),
        "is_me": user.pk == request.user.pk,
        "replaces": _password_mark(user),
        "crumbs": _crumbs(user),
    }
    return render(request, "villages/staff/detail.html", context, status=status)


def _appoint_page(
    request: HttpRequest, form: AppointForm, user: User, title: str, held: Appointment | None = None
) -> HttpResponse:
    context = {"form": form, "user_": user, "title": title, "held": held, "crumbs": _crumbs(user, title)}
    return render(request, "villages/staff/appoint.html", context, status=422 if form.errors else 200)


def _back(request: HttpRequest, user: User, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("villages:staff", user.pk)


def _crumbs(user: User, last: str = "") -> list[tuple[str, str]]:
    own = (user.name, reverse("villages:staff", args=[user.pk]) if last else "")
    return [("账号", reverse("villages:staff-list")), own, *([(last, "")] if last else [])]
