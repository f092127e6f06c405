"""接口令牌: a person's own tokens for programs, made, shown once, and revoked."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import tokens
from villages.forms import TokenForm
from villages.models import Token

STATES = {"live": ("ok", "在用"), "over": ("plain", "已到期"), "revoked": ("plain", "已停用")}


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    now = calendar.now()
    mine = list(Token.objects.visible_to(request.user).newest_first())
    lines = [(token, *STATES[token.state(now)], token.state(now) == "live") for token in mine]
    return render(request, "villages/tokens/list.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("made")
def token_new(request: HttpRequest) -> HttpResponse:
    """The answer to the POST is the only page that ever holds the token's text."""
    form = TokenForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = tokens.make(user=request.user, now=calendar.now(), **_wanted(form))
            return render(request, "villages/tokens/made.html", {"made": made})
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "villages/tokens/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(Token.objects.visible_to(request.user), pk=pk)
    tokens.revoke(token=token, by=request.user, now=calendar.now())
    messages.success(request, f"已停用 {token.name}")
    return redirect("villages:token-list")


def _wanted(form: TokenForm) -> dict[str, Any]:
    return {key: value for key, value in form.cleaned_data.items() if key != "password"}
