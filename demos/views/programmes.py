"""创建目标: what the district wants in a year, and the stages on the way."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from demos import board, permissions, programmes
from demos.forms.candidates import StagesForm, TargetForm
from demos.models import Programme
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def programme_list(request: HttpRequest) -> HttpResponse:
    """The targets of a year; posted, one of them is set."""
    if not permissions.can_set_targets(request.user):
        raise PermissionDenied
    year = board.Wanted.read(request.GET, calendar.today().year).year
    form = TargetForm(request.POST if request.method == "POST" else None, initial={"year": year})
    if request.method == "POST" and form.is_valid():
        try:
            made = programmes.set_target(**form.cleaned_data, by=request.user, now=calendar.now())  # type: ignore[arg-type]
            messages.success(request, f"{made.title}目标已保存")
            return redirect(f"{reverse('demos:programme-list')}?year={made.year}")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "targets": board.targets(request.user, year),
        "year": year,
        "years": board.years(request.user, calendar.today().year),
        "form": form,
        "crumbs": [("示范创建", reverse("demos:board")), ("创建目标", "")],
    }
    return render(request, "demos/programmes/list.html", context, status=422 if form.errors else 200)


@require_POST
def programme_by_plan(request: HttpRequest) -> HttpResponse:
    if not permissions.can_set_targets(request.user):
        raise PermissionDenied
    year = calendar.today().year
    try:
        programmes.set_by_plan(year=year, by=request.user, now=calendar.now())  # type: ignore[arg-type]
        messages.success(request, f"{year}年的目标已按工作方案设好")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("demos:programme-list")


@require_http_methods(["GET", "HEAD", "POST"])
def programme_stages(request: HttpRequest, pk: int) -> HttpResponse:
    programme = get_object_or_404(Programme.objects.visible_to(request.user), pk=pk)
    if not permissions.can_set_targets(request.user):
        raise PermissionDenied
    form = StagesForm(programme, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            programmes.set_stages(programme=programme, names=form.names, by=request.user, now=calendar.now())  # type: ignore[arg-type]
            messages.success(request, f"{programme.title}的阶段已保存")
            return redirect("demos:programme-stages", programme.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "programme": programme,
        "form": form,
        "crumbs": [
            ("示范创建", reverse("demos:board")),
            ("创建目标", reverse("demos:programme-list")),
            (f"{programme}", ""),
        ],
    }
    return render(request, "demos/programmes/stages.html", context, status=422 if form.errors else 200)
