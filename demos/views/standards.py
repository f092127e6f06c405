"""创建标准: the criteria of a programme to read, and the next version of them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from demos import criteria, permissions, standard_pages
from demos.forms.criteria import ItemsFormSet, VetoForm, figures, initial, items_of
from demos.models import Programme
from qianjiang_portal.foundation import calendar, digits
from qianjiang_portal.foundation.refusals import Refused


@require_safe
def standard(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of the criteria; whoever works with targets may read them."""
    programme = get_object_or_404(Programme.objects.visible_to(request.user), pk=pk)
    context = {
        "page": standard_pages.page(request.user, programme, request.GET.get("version", "")),
        "programme": programme,
        "crumbs": [("示范创建", reverse("demos:board")), (f"{programme}的标准", "")],
    }
    return render(request, "demos/programmes/standard.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version, begun from the last one or, with `preset`, from the usual items."""
    programme = get_object_or_404(Programme.objects.visible_to(request.user), pk=pk)
    if not permissions.can_set_targets(request.user):
        raise PermissionDenied
    last = criteria.current(programme)
    usual = "preset" in request.GET or last is None
    lines, vetoes = initial(criteria.preset(programme.kind) if usual else standard_pages.items_of(last))
    data = request.POST if request.method == "POST" else None
    grid = ItemsFormSet(data, initial=lines, prefix="item", form_kwargs={"metric_choices": figures()})
    veto = VetoForm(data, initial=vetoes)
    refusal = ""
    if data is not None and grid.is_valid() and veto.is_valid():
        try:
            made = criteria.publish(
                programme=programme,
                items=items_of(grid, veto),
                by=request.user,  # type: ignore[arg-type]
                now=calendar.now(),
                seen=_seen(request),
            )
            messages.success(request, f"{programme.title}标准第 {made.version} 版已发布")
            return redirect("demos:standard", programme.pk)
        except Refused as refused:
            refusal, last = str(refused), criteria.current(programme)
    wrong = bool(data is not None)
    context = {
        "programme": programme,
        "grid": grid,
        "veto": veto,
        "refusal": refusal,
        "aspects": list(dict.fromkeys(item.aspect for item in criteria.preset(programme.kind) if not item.is_veto)),
        "next_version": last.version + 1 if last else 1,
        "usual": usual,
        "sum": sum(line["weight"] for line in lines),
        "crumbs": [
            ("示范创建", reverse("demos:board")),
            (f"{programme}的标准", reverse("demos:standard", args=[pk])),
            ("改标准", ""),
        ],
    }
    return render(request, "demos/programmes/standard_edit.html", context, status=422 if wrong else 200)


def _seen(request: HttpRequest) -> int:
    """The version the page began from; 0 where there was none, or where the form does not say."""
    return digits.number(request.POST.get("seen", "")) or 0
