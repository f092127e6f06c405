"""Signing in and out, and the password a person chooses at the first sign-in."""

import datetime as dt

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from qianjiang_portal.foundation import audit, calendar
from villages import appointments, factors, second_step
from villages.forms import PasswordForm, SignInForm
from villages.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and request.user.is_authenticated:
        return redirect("home")
    form = SignInForm(request, request.POST or None)
    context = {
        "form": form,
        "next": request.POST.get("next", request.GET.get("next", "")),
    }
    if request.method == "POST" and form.is_valid():
        return _past_password(request, form.user)
    if request.method == "POST":
        context |= _refusal(request, form)
    return render(
        request,
        "villages/accounts/sign_in.html",
        context,
        status=422 if context.get("refused") else 200,
    )


@login_not_required
def administration_door(request: HttpRequest) -> HttpResponse:
    """Where the administration sends whoever may not enter: to sign in, or to be told so."""
    if not request.user.is_authenticated:
        return redirect(f"{resolve_url('villages:sign-in')}?{request.GET.urlencode()}")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    audit.record(actor=request.user, action="account.sign-out")
    logout(request)
    return redirect("index")


@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = appointments.change_password(user=request.user, password=form.cleaned_data["new"])
        update_session_auth_hash(request, user)
        return redirect("home")
    status = 422 if request.method == "POST" else 200
    return render(request, "villages/accounts/password.html", {"form": form}, status=status)


def _past_password(request: HttpRequest, user: User) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if factors.of(user):
        second_step.enter(request, user, wanted, calendar.now())
        return redirect("villages:second")
    return welcome(request, user, wanted)


def welcome(request: HttpRequest, user: User, wanted: str, second: str = "") -> HttpResponse:
    """Sign somebody in who showed all that is asked for; `second` says what opened beside the password."""
    User.objects.filter(pk=user.pk).update(previous_sign_in=user.last_login)
    login(request, user, backend=BACKEND)
    second_step.look(request, user)
    audit.record(actor=user, action="account.sign-in", facts={"second": factors.OPENED[second]} if second else {})
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL))


def _refusal(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    """What the page says after a try that did not match: how many are left."""
    if form.missing:
        return {"refused": True}
    credentials = {"username": form.data.get("username", "")}
    _note_refused(credentials["username"])
    left = settings.AXES_FAILURE_LIMIT - AxesProxyHandler.get_failures(request, credentials)
    return {"refused": True, "left": max(0, left)}


def locked_out(request: HttpRequest, _response: object, credentials: dict[str, str]) -> HttpResponse:
    """The sign-in page of an account that waits after too many tries; called by axes instead of the view."""
    username = credentials.get("username", "")
    _note_refused(username)
    context = {"form": SignInForm(request, request.POST), "refused": True, "until": _locked_until(username)}
    return render(request, "villages/accounts/sign_in.html", context, status=429)


def _note_refused(username: str) -> None:
    audit.record(actor=None, action="account.sign-in", target=username[:120], outcome="refused")


def _locked_until(username: str) -> dt.datetime:
    last = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    since = last.attempt_time if last else calendar.now()
    return since + dt.timedelta(hours=settings.AXES_COOLOFF_TIME)
