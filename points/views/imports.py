"""Excel import: choose a file, look at what was understood, put right what was not, confirm, undo."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from points import entering, import_pages, imports
from points.forms.imports import UploadForm, WordForm
from points.models import Import
from points.views import sent
from qianjiang_portal.foundation import calendar, digits, files, workbooks
from qianjiang_portal.foundation.htmx import page_or_partial, wants_partial
from qianjiang_portal.foundation.refusals import Refused
from villages import scope

TEMPLATES = "points/imports"


@sent.refusals_on
def _refused(request: HttpRequest, pk: int, refusal: str) -> HttpResponse:
    return _page(request, _import(request, pk), refusal=refusal)


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    _clerks_only(request)
    mine = Import.objects.visible_to(request.user).select_related("village", "batch").order_by("-made_at")
    page = Paginator(mine, 50).get_page(request.GET.get("page"))
    return render(request, f"{TEMPLATES}/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    _clerks_only(request)
    villages = list(entering.enterable(request.user))
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = UploadForm(*given, villages=villages, chosen=request.GET.get("v", ""))
    if request.method == "POST" and form.is_valid():
        chosen = next(one for one in villages if one.code == form.cleaned_data["village"])
        try:
            return redirect("points:import", _begin(request, form, chosen).pk)
        except imports.AlreadyThere as found:
            if found.source.maker_id == request.user.pk:
                messages.warning(request, str(found))
                return redirect("points:import", found.source.pk)
            form.add_error("file", str(found))
        except Refused as refusal:
            form.add_error("file", str(refusal))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"{TEMPLATES}/new.html", {"form": form, "villages": villages}, status=status)


@require_safe
def import_template(request: HttpRequest) -> FileResponse:
    """The sheet of one village, of the only one where none is asked for."""
    villages = entering.enterable(request.user)
    code = request.GET.get("v")
    village = get_object_or_404(villages, code=code) if code else villages.first()
    if village is None:
        raise PermissionDenied
    return files.attachment(f"{village.short_name}积分导入表.xlsx", import_pages.template(village), workbooks.XLSX)


@require_safe
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    source = _import(request, pk)
    if imports.needs_reading(source):
        source = imports.recheck(source=source, now=calendar.now())
    return _page(request, source)


@require_POST
@_refused
def import_fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one cell; the answer is the preview with the next problem in focus."""
    source = _import(request, pk)
    row, change, line = sent.fix(request)
    source = imports.fix(source=source, row_id=row, **change, now=calendar.now())
    return _page(request, source, after=line) if wants_partial(request) else redirect("points:import", pk)


@require_POST
@_refused
def import_word(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which item a word of the sheet means, here and in the village's next sheets."""
    source = _import(request, pk)
    given = sent.read(WordForm(request.POST), "没有读到是哪一个叫法，请再选一次")
    source = imports.settle(
        source=source, word=given["word"], code=given["code"], maker=request.user, now=calendar.now()
    )
    return _page(request, source) if wants_partial(request) else redirect("points:import", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@_refused
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What will be written, read before it is written; POST queues it."""
    source = _import(request, pk)
    if request.method != "POST":
        if source.state != Import.State.CHECKED or not source.counts.get("new"):
            return redirect("points:import", pk)
        return render(request, f"{TEMPLATES}/confirm.html", {"source": source})
    expected = digits.number(request.POST.get("expected", "")) or 0
    imports.confirm(source=source, maker=request.user, expected=expected, now=calendar.now())
    return redirect("points:import", pk)


@require_POST
@_refused
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    imports.undo(source=_import(request, pk), maker=request.user, now=calendar.now())
    messages.success(request, "已撤销")
    return redirect("points:import", pk)


@require_POST
@_refused
def import_drop(request: HttpRequest, pk: int) -> HttpResponse:
    source = _import(request, pk)
    imports.drop(source=source, maker=request.user, now=calendar.now())
    messages.success(request, f"{source.name} 不再导入，没有写入任何数据")
    return redirect("points:import-list")


@require_POST
@_refused
def import_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    imports.recheck(source=_import(request, pk), now=calendar.now())
    return redirect("points:import", pk)


@require_safe
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    source = _import(request, pk)
    if source.state != Import.State.CHECKED or not source.counts.get("problem"):
        return redirect("points:import", pk)
    name = f"{source.name.rpartition('.')[0]}-要改{source.counts['problem']}行.xlsx"
    return files.attachment(name, import_pages.error_workbook(source), workbooks.XLSX)


def _clerks_only(request: HttpRequest) -> None:
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied


def _import(request: HttpRequest, pk: int) -> Import:
    mine = Import.objects.visible_to(request.user)
    return get_object_or_404(mine.select_related("village__township", "batch", "job", "rule_set", "maker"), pk=pk)


def _begin(request: HttpRequest, form: UploadForm, village: Any) -> Import:
    file = form.cleaned_data["file"]
    return imports.begin(
        village=village, maker=request.user, name=file.name, content=file.read(),
        default_day=form.cleaned_data["day"], now=calendar.now(),
    )  # fmt: skip


def _page(request: HttpRequest, source: Import, *, refusal: str = "", after: int = 0) -> HttpResponse:
    context: dict[str, Any] = {"source": source, "refusal": refusal, "step": _step(source)}
    if source.is_busy and source.job:
        context |= {"is_stuck": source.job.state == "failed"}
    elif source.state == Import.State.CHECKED:
        given = request.GET or request.POST
        context["preview"] = import_pages.preview(source, given.get("show", ""), given.get("page", ""), after)
    return page_or_partial(request, f"{TEMPLATES}/detail.html", "body", context, status=422 if refusal else 200)


def _step(source: Import) -> int:
    return {"confirming": 3, "done": 4, "undone": 4, "failed": 1, "dropped": 1}.get(source.state, 2)
