"""两步验证: the second step of signing in, and the page on which somebody switches it on and off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, totp
from qianjiang_portal.foundation.refusals import Refused
from villages import factors, second_step
from villages.forms import CodeForm, OwnPasswordForm
from villages.models import SecondFactor
from villages.views import accounts
from villages.views.staff import me


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("code")
def second(request: HttpRequest) -> HttpResponse:
    """After the right password: the code. Who comes here otherwise begins at the password."""
    user = second_step.waiting(request, calendar.now())
    if user is None:
        return redirect("home" if request.user.is_authenticated else "villages:sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            opened_by = factors.check(user=user, given=form.cleaned_data["code"], now=calendar.now())
            return accounts.welcome(request, user, second_step.leave(request), opened_by)
        except factors.MustWait as wait:
            context["until"] = wait.until
        except Refused as refusal:
            form.add_error("code", str(refusal))
    status = 429 if "until" in context else 422 if form.errors else 200
    return render(request, "villages/factors/second.html", context, status=status)


@require_safe
@never_cache
def factor(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@sensitive_post_parameters("password")
def factor_begin(request: HttpRequest) -> HttpResponse:
    """The password once more: who sits down at somebody's desk does not bind a telephone of their own."""
    form = OwnPasswordForm(request, request.POST)
    if not form.is_valid():
        return _page(request, begin=form)
    try:
        factors.begin(user=me(request), now=calendar.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, begin=form)
    return redirect("villages:factor-scan")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("codes", "secret")
def factor_scan(request: HttpRequest) -> HttpResponse:
    """The QR code until the first code comes back; the answer to that is the only page with the recovery codes."""
    draft = SecondFactor.objects.filter(user=me(request), confirmed_at__isnull=True).first()
    if draft is None:
        return redirect("villages:factor")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given, keep = form.cleaned_data["code"], request.session.session_key
        try:
            codes = factors.confirm(user=me(request), given=given, keep=keep, now=calendar.now())
            second_step.is_settled(request)
            return _codes(request, codes, "两步验证已启用")
        except Refused as refusal:
            form.add_error("code", str(refusal))
    secret = draft.secret
    context = {
        "form": form,
        "layout": _layout(request),
        "picture": totp.picture(totp.address(secret, me(request).username, factors.ISSUER)),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return render(request, "villages/factors/scan.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@sensitive_variables("codes")
def factor_codes(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST, prefix="codes")
    if form.is_valid():
        try:
            codes = factors.renew_codes(user=me(request), given=form.cleaned_data["code"], now=calendar.now())
            return _codes(request, codes, "新的备用码")
        except Refused as refusal:
            form.add_error("code", _words(refusal))
    return _page(request, codes=form)


@require_POST
def factor_off(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST, prefix="off")
    if form.is_valid():
        try:
            factors.switch_off(user=me(request), given=form.cleaned_data["code"], now=calendar.now())
            second_step.look(request, me(request))
            messages.success(request, "两步验证已停用")
            return redirect("villages:factor")
        except Refused as refusal:
            form.add_error("code", _words(refusal))
    return _page(request, off=form)


def _words(refusal: Refused) -> str:
    if isinstance(refusal, factors.MustWait):
        return f"连续 5 次没对上，{refusal.until.astimezone(calendar.SHANGHAI):%H:%M} 后可以再试"
    return str(refusal)


def _page(request: HttpRequest, **forms: Any) -> HttpResponse:
    user = me(request)
    held = factors.of(user)
    if held is None and not factors.offered(user):
        raise PermissionDenied
    context = {
        "factor": held,
        "codes_left": held.codes.filter(used_at__isnull=True).count() if held else 0,
        "is_due": second_step.is_due(request),
        "layout": _layout(request),
        "begin": forms.get("begin") or OwnPasswordForm(request),
        "codes": forms.get("codes") or CodeForm(prefix="codes"),
        "off": forms.get("off") or CodeForm(prefix="off"),
        "failed": next(iter(forms), ""),
    }
    return render(request, "villages/factors/detail.html", context, status=422 if forms else 200)


def _layout(request: HttpRequest) -> str:
    """Whoever has to set it up first gets no navigation: it would lead back here."""
    return "base_plain.html" if second_step.is_due(request) else "base.html"


def _codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    return render(request, "villages/factors/codes.html", {"codes": codes, "title": title})
