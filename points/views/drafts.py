"""积分细则 on the way to being published: begin a draft, edit its items, consult, adopt, publish, compare."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import catalogue, drafting, permissions, rule_lines, rule_pages, rule_workbook, rules
from points.forms.rules import AdoptForm, BeginForm, ConsultForm, PublishForm, ScaleForm
from points.models import RuleSet
from qianjiang_portal.foundation import calendar, files, uploads, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Township, Village

WORDS = {"new": ("ok", "新增"), "changed": ("info", "修改"), "same": ("plain", "不变"), "wrong": ("err", "要改")}
# Columns beyond these are nobody's; a few more than there are, since some offices leave one empty in between.
MOST_COLUMNS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def rule_begin(request: HttpRequest) -> HttpResponse:
    places = rule_pages.places(request.user)
    if not places:
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = BeginForm(places, posted, initial={"year": calendar.today().year + 1})
    if form.is_valid():
        code, year = form.cleaned_data["place"], form.cleaned_data["year"]
        village = Village.objects.visible_to(request.user).filter(code=code).select_related("township").first()
        township = Township.objects.filter(code=code).first()
        try:
            made = drafting.begin(year=year, township=township, village=village, by=request.user, now=calendar.now())
            return redirect("points:rule-edit", made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "crumbs": _crumbs(("新建一版", ""))}
    return render(request, "points/rules/begin.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid of a draft. A row is changed, struck out, brought back from the reference, or added below."""
    version = _draft(request, pk)
    if request.method != "POST":
        return _grid(request, version)
    grid = rule_pages.grid(version, request.POST)
    if grid.problems:
        return _grid(request, version, grid)
    try:
        drafting.put_items(
            rule_set=version,
            items=[line.rule for line in grid.lines],
            removed=grid.removed,
            restored=request.POST.getlist("restore"),
            version=_seen(request),
            by=request.user,
            now=calendar.now(),
        )
    except Refused as refusal:
        return _grid(request, version, grid, refusal)
    messages.success(request, f"已保存 {len(grid.lines)} 项")
    return redirect("points:rule-edit", version.pk)


@require_POST
def rule_paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows copied from Excel, written by their code; with one problem nothing is written."""
    version = _draft(request, pk)
    text = request.POST.get("pasted", "")
    lines = rule_lines.pasted(text)
    problems = [str(problem) for line in lines for problem in line.problems]
    if not lines:
        problems = ["没有读到事项，从 Excel 里连同编码一起复制再粘贴"]
    if not problems:
        try:
            items = [line.rule for line in lines]
            drafting.put_items(
                rule_set=version, items=items, version=_seen(request), by=request.user, now=calendar.now()
            )
            messages.success(request, f"已写入 {len(lines)} 项")
            return redirect("points:rule-edit", version.pk)
        except Refused as refusal:
            problems = [problem.text for problem in getattr(refusal, "problems", ())] or [str(refusal)]
    return _grid(request, version, pasted=text, paste_problems=problems)


@require_safe
def rule_export(request: HttpRequest, pk: int) -> FileResponse:
    version = _version(request, pk)
    return files.attachment(f"{version.title}.xlsx", rule_workbook.write(version), workbooks.XLSX)


@require_POST
def rule_import(request: HttpRequest, pk: int) -> HttpResponse:
    """A workbook of items laid beside the draft; with `step=write` what was seen is written."""
    version = _draft(request, pk)
    text, refusal = request.POST.get("text", ""), ""
    try:
        if sent := request.FILES.get("file"):
            text = workbooks.read(sent, MOST_COLUMNS)
        comparison = rule_workbook.compare(version, text)
        if not comparison.lines:
            raise workbooks.CannotRead("没有读到事项，第一行写列名，下面一行一项")
        if request.POST.get("step") == "write" and comparison.is_ready:
            drafting.put_items(
                rule_set=version, items=comparison.items, version=_seen(request), by=request.user, now=calendar.now()
            )
            messages.success(request, f"已写入：新增 {comparison.new} 项，修改 {comparison.changed} 项")
            return redirect("points:rule-edit", version.pk)
    except workbooks.CannotRead as bad:
        return _grid(request, version, file_problem=str(bad))
    except Refused as refused:
        refusal = str(refused)
    return _comparison(request, version, comparison, text, refusal)


def _comparison(
    request: HttpRequest, version: RuleSet, comparison: rule_workbook.Comparison, text: str, refusal: str
) -> HttpResponse:
    edit = reverse("points:rule-edit", args=[version.pk])
    context = {
        "version": version,
        "comparison": comparison,
        "marks": [(one, *WORDS[one.does]) for one in comparison.lines],
        "text": text,
        "refusal": refusal,
        "is_draft": version.state == RuleSet.State.DRAFT,
        "crumbs": _crumbs((version.title, edit), ("从表格导入", "")),
    }
    return render(request, "points/rules/import.html", context, status=422 if refusal or comparison.wrong else 200)


@require_safe
def rule_steps(request: HttpRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    drafts, publishes = _rights(request, version)
    if not (drafts or publishes):
        raise PermissionDenied
    return _steps(request, version)


@require_POST
def rule_consult(request: HttpRequest, pk: int) -> HttpResponse:
    version = _draft(request, pk)
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
    version = _draft(request, pk)
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
    version = _draft(request, pk)
    try:
        drafting.reopen(rule_set=version, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _steps(request, version, refusal=refusal)
    messages.success(request, "已收回，可以继续修改")
    return redirect("points:rule-edit", version.pk)


@require_POST
def rule_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    version = _draft(request, pk)
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
    version = _version(request, pk)
    if version.minutes is None or not permissions.can_read_minutes(request.user, version):
        raise Http404
    drafting.note_minutes(rule_set=version, by=request.user, now=calendar.now())
    return uploads.show(version.minutes)


@require_POST
def rule_publish(request: HttpRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
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


@require_safe
def rule_diff(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version changes, beside what it is made from or, by `?with=`, another of its place. Made to be printed."""
    version = _version(request, pk)
    others = rule_pages.comparable(version, request.user)
    asked = request.GET.get("with", "")
    first = next((other for other in others if other.pk == version.based_on_id), others[0] if others else None)
    other = next((one for one in others if str(one.pk) == asked), first)
    context = {
        "version": version,
        "other": other,
        "others": others,
        "difference": rule_pages.difference(version, other) if other else None,
        "crumbs": _crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("对照", "")),
        "printed_at": calendar.now(),
    }
    return render(request, "points/rules/diff.html", context)


def _version(request: HttpRequest, pk: int) -> RuleSet:
    found = RuleSet.objects.visible_to(request.user).select_related(
        "township", "village__township", "based_on", "minutes"
    )
    return get_object_or_404(found, pk=pk)


def _draft(request: HttpRequest, pk: int) -> RuleSet:
    version = _version(request, pk)
    if not permissions.can_draft_rules(request.user, version):
        raise PermissionDenied
    return version


def _rights(request: HttpRequest, version: RuleSet) -> tuple[bool, bool]:
    user = request.user
    return permissions.can_draft_rules(user, version), permissions.can_publish_rules(user, version)


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def _grid(
    request: HttpRequest,
    version: RuleSet,
    grid: rule_pages.Grid | None = None,
    refusal: Refused | None = None,
    pasted: str = "",
    paste_problems: list[str] | None = None,
    file_problem: str = "",
) -> HttpResponse:
    context = {
        "version": version,
        "seen": request.POST.get("version", version.version),
        "grid": grid or rule_pages.grid(version),
        "columns": rule_lines.COLUMNS,
        "refusal": refusal,
        "refused_items": getattr(refusal, "problems", ()),
        "pasted": pasted,
        "paste_problems": paste_problems,
        "file_problem": file_problem,
        "is_draft": version.state == RuleSet.State.DRAFT,
        "crumbs": _crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("改事项", "")),
    }
    return render(request, "points/rules/edit.html", context, status=422 if request.method == "POST" else 200)


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
        "reads_minutes": bool(version.minutes) and permissions.can_read_minutes(request.user, version),
        "needs_meeting": version.scope != RuleSet.Scope.DISTRICT,
        "crumbs": _crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("表决和发布", "")),
    }
    return render(request, "points/rules/steps.html", context, status=422 if request.method == "POST" else 200)


def _meeting(version: RuleSet) -> dict[str, Any]:
    names = ("held_on", "expected", "attended", "agreed", "decision", "filed_on", "received_by")
    return {name: getattr(version, name) for name in names}


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    return [("积分细则", reverse("points:rule-set-list")), *last]
