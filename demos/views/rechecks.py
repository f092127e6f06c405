"""动态管理: every recognised place with its last result, and the results of one day."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from demos import permissions, rechecks
from demos.forms.rechecks import DayForm, ResultForm
from demos.models import Candidate, Stage
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def recheck_all(request: HttpRequest) -> HttpResponse:
    if not permissions.can_recheck(request.user):
        raise PermissionDenied
    found = Candidate.objects.visible_to(request.user).open().filter(stage__key=Stage.Key.CARE)
    data = request.POST if request.method == "POST" else None
    day = DayForm(data, initial={"on": calendar.today()})
    forms = [ResultForm(one, data) for one in found.with_places().in_order()]
    refusal = ""
    if data is not None and all([day.is_valid(), *(form.is_valid() for form in forms)]):
        results = [form.result for form in forms if form.result]
        try:
            count = rechecks.recheck_all(
                results=results,
                on=day.cleaned_data["on"],
                by=request.user,  # type: ignore[arg-type]
                now=calendar.now(),
            )
            messages.success(request, f"已登记 {count} 个复核结果")
            return redirect("demos:recheck-all")
        except Refused as refused:
            refusal = str(refused)
    context = {
        "day": day,
        "forms": forms,
        "refusal": refusal,
        "wrong": [form for form in forms if data is not None and form.errors],
        "crumbs": [("示范创建", reverse("demos:board")), ("动态管理", "")],
    }
    return render(request, "demos/candidates/rechecks.html", context, status=200 if data is None else 422)
