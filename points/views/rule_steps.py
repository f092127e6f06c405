"""积分细则 from draft to force: scale, consultation, the meeting's vote, publishing."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from points import catalogue, drafting, permissions, rule_pages, rules
from points.forms.rules import AdoptForm, ConsultForm, PublishForm, ScaleForm
from points.models import RuleSet
from points.views import drafts as pages
from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused


@require_safe
def rule_steps(request: HttpRequest, pk: int) -> HttpResponse:
    version = pages.version_of(request, pk)
    drafts, publishes = _rights(request, version)
    if not (drafts or publishes):
        raise PermissionDenied
    return _steps(request, version)


@require_POST
def rule_consult(request: HttpRequest, pk: int) -> HttpResponse:
    version = pages.draft_of(request, pk)
    form = ConsultForm(request.POST)
    if form.is_valid():
        until = form.cleaned_data["until"]
        try:
            drafting.consult(rule_set=version, until=until, by=request.user, now=calendar.now())
            messages.success(request, "已开始征求意见，事项暂不能改")
            return redirect("points:rule-steps", version.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _steps(request, version, consult=form)


@require_POST
def rule_scale(request: HttpRequest, pk: int) -> HttpResponse:
    """The stars of a year and the items whose points never expire, while the version is a draft."""
    version = pages.draft_of(request, pk)
    form = ScaleForm(request.POST)
    if form.is_valid():
        try:
            drafting.put_scale(rule_set=version, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, "星级和不清零的事项已保存")
            return redirect("points:rule-steps", version.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _steps(request, version, scale=form)


@require_POST
def rule_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    version = pages.draft_of(request, pk)
    try:
        drafting.reopen(rule_set=version, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _steps(request, version, refusal=refusal)
    messages.success(request, "已收回，可以继续修改")
    return redirect("points:rule-edit", version.pk)


@require_POST
def rule_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    version = pages.draft_of(request, pk)
    form = AdoptForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            drafting.adopt(
                rule_set=version,
                adoption=form.adoption,
                filing=form.filing,
                minutes=form.cleaned_data["minutes"],
                by=request.user,
                now=calendar.now(),
            )
            messages.success(request, "表决记录已保存")
            return redirect("points:rule-steps", version.pk)
        except uploads.BadUpload as bad:
            form.add_error("minutes", str(bad))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _steps(request, version, adopt=form)


@require_safe
def rule_minutes(request: HttpRequest, pk: int) -> FileResponse:
    """The signed paper of the meeting; every time it is handed out is written down."""
    version = pages.version_of(request, pk)
    if version.minutes is None or not permissions.can_read_minutes(request.user, version):
        raise Http404
    drafting.note_minutes(rule_set=version, by=request.user, now=calendar.now())
    return uploads.show(version.minutes)


@require_POST
def rule_publish(request: HttpRequest, pk: int) -> HttpResponse:
    version = pages.version_of(request, pk)
    if not permissions.can_publish_rules(request.user, version):
        raise PermissionDenied
    form = PublishForm(version, request.POST)
    if form.is_valid():
        try:
            rules.publish(rule_set=version, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"{version.title}已发布")
            return redirect("points:rule-set", version.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _steps(request, version, publish=form)


def _rights(request: HttpRequest, version: RuleSet) -> tuple[bool, bool]:
    user = request.user
    return permissions.can_draft_rules(user, version), permissions.can_publish_rules(user, version)


def _steps(request: HttpRequest, version: RuleSet, refusal: Refused | None = None, **given: forms.Form) -> HttpResponse:
    today = calendar.today()
    drafts, publishes = _rights(request, version)
    context: dict[str, Any] = {
        "version": version,
        "adoption": catalogue.adoption(version),
        "scale": given.get("scale") or ScaleForm(initial=ScaleForm.shown(version)),
        "consult": given.get("consult") or ConsultForm(),
        "adopt": given.get("adopt") or AdoptForm(initial=_meeting(version) | {"meeting": version.meeting}),
        "publish": given.get("publish") or PublishForm(version, initial={"effective_from": _next_month(today)}),
        "form": next(iter(given.values()), None),
        "refusal": refusal,
        "drafts": drafts,
        "publishes": publishes,
        "own_deductions": rules.own_deductions(version),
        "effects": rule_pages.effects(version, today) if publishes else None,
        "reads_minutes": bool(version.minutes) and permissions.can_read_minutes(request.user, version),
        "needs_meeting": version.scope != RuleSet.Scope.DISTRICT,
        "crumbs": pages.crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("表决和发布", "")),
    }
    return render(request, "points/rules/steps.html", context, status=422 if request.method == "POST" else 200)


def _meeting(version: RuleSet) -> dict[str, Any]:
    names = ("held_on", "expected", "attended", "agreed", "decision", "filed_on", "received_by")
    return {name: getattr(version, name) for name in names}


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
