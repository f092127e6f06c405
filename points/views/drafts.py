"""积分细则 on the way to being published: begin a draft, edit its items, compare."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import drafting, permissions, rule_lines, rule_pages, rule_workbook
from points.forms.rules import BeginForm
from points.models import RuleSet
from qianjiang_portal.foundation import calendar, digits, files, workbooks
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
    context = {"form": form, "crumbs": crumbs(("新建一版", ""))}
    return render(request, "points/rules/begin.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid of a draft. A row is changed, struck out, brought back from the reference, or added below."""
    version = draft_of(request, pk)
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
    version = draft_of(request, pk)
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
    version = version_of(request, pk)
    return files.attachment(f"{version.title}.xlsx", rule_workbook.write(version), workbooks.XLSX)


@require_POST
def rule_import(request: HttpRequest, pk: int) -> HttpResponse:
    """A workbook of items laid beside the draft; with `step=write` what was seen is written."""
    version = draft_of(request, pk)
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
        "crumbs": crumbs((version.title, edit), ("从表格导入", "")),
    }
    return render(request, "points/rules/import.html", context, status=422 if refusal or comparison.wrong else 200)


@require_safe
def rule_diff(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version changes, beside what it is made from or, by `?with=`, another of its place. Made to be printed."""
    version = version_of(request, pk)
    others = rule_pages.comparable(version, request.user)
    asked = request.GET.get("with", "")
    first = next((other for other in others if other.pk == version.based_on_id), others[0] if others else None)
    other = next((one for one in others if str(one.pk) == asked), first)
    context = {
        "version": version,
        "other": other,
        "others": others,
        "difference": rule_pages.difference(version, other) if other else None,
        "crumbs": crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("对照", "")),
        "printed_at": calendar.now(),
    }
    return render(request, "points/rules/diff.html", context)


def version_of(request: HttpRequest, pk: int) -> RuleSet:
    found = RuleSet.objects.visible_to(request.user).select_related(
        "township", "village__township", "based_on", "minutes"
    )
    return get_object_or_404(found, pk=pk)


def draft_of(request: HttpRequest, pk: int) -> RuleSet:
    version = version_of(request, pk)
    if not permissions.can_draft_rules(request.user, version):
        raise PermissionDenied
    return version


def _seen(request: HttpRequest) -> int:
    return digits.number(request.POST.get("version", "")) or 0


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
        "crumbs": crumbs((version.title, reverse("points:rule-set", args=[version.pk])), ("改事项", "")),
    }
    return render(request, "points/rules/edit.html", context, status=422 if request.method == "POST" else 200)


def crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    return [("积分细则", reverse("points:rule-set-list")), *last]
