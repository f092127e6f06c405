"""培训和考核: the year of everybody with a post, the trainings, and one person's record."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import cadre_pages, cadre_workbook, cadres, permissions, scope
from villages.cadre_forms import AppraisalForm, TrainingForm, WhyForm
from villages.models import Appraisal, Post, Township, Training, Village
from villages.models.posts import READERS

PER_PAGE = 50


@require_safe
def record_list(request: HttpRequest) -> HttpResponse:
    """Everybody with a post, with their trainings and grade of a year."""
    asked = _asked(request)
    lines = cadre_pages.lines(request.user, asked["township"], asked["year"], asked["village"])
    context = asked | {"page": Paginator(lines, PER_PAGE).get_page(request.GET.get("page")), "total": len(lines)}
    context |= {"sees_grades": cadre_pages.sees_grades(request.user), "now": "people"}
    return render(request, "villages/cadres/people.html", context)


@require_safe
def record_export(request: HttpRequest) -> FileResponse:
    asked = _asked(request)
    where = (request.user, asked["township"], asked["year"], asked["village"])
    content = cadre_workbook.write(
        asked["year"],
        cadre_pages.lines(*where),
        cadre_pages.trainings(*where),
        grades=cadre_pages.sees_grades(request.user),
    )
    place = asked["village"].short_name if asked["village"] else asked["township"].name
    return files.attachment(f"{place}{asked['year']}年培训和考核.xlsx", content, workbooks.XLSX)


@require_safe
def training_list(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    found = cadre_pages.trainings(request.user, asked["township"], asked["year"], asked["village"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "villages/cadres/trainings.html", asked | {"page": page, "now": "trainings"})


@require_http_methods(["GET", "HEAD", "POST"])
def training_new(request: HttpRequest) -> HttpResponse:
    """The people of one township at a time; the district chooses which by `?t=`."""
    villages = list(
        Village.objects.for_role(request.user, "clerk", "leader", "district").select_related("township").in_code_order()
    )
    if not villages:
        raise PermissionDenied
    asked = request.GET.get("t") or villages[0].township.code
    township = get_object_or_404(Township.objects.visible_to(request.user), code=asked)
    own, today = [village for village in villages if village.township_id == township.pk], calendar.today()
    if not own:
        raise PermissionDenied
    people = cadre_pages.candidates(request.user, township, own, today)
    whole = permissions.can_name(request.user, township)
    data = request.POST if request.method == "POST" else None
    form = TrainingForm(township, whole, own, people, today, data, initial={"held_on": today})
    if form.is_valid():
        said = {"township": township, "village": form.village, "lesson": form.lesson, "people": form.chosen}
        try:
            made = cadres.enter_training(**said, by=request.user, now=calendar.now())
            messages.success(request, f"已登记“{made.topic}”，{len(form.chosen)} 人参加")
            return redirect("villages:training", made.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    towns = list({village.township.code: village.township for village in villages}.values())
    crumbs = [("干部培训", f"{reverse('villages:training-list')}?t={township.code}"), ("登记培训", "")]
    context: dict[str, Any] = {"form": form, "crumbs": crumbs, "townships": towns, "township": township}
    return render(request, "villages/cadres/training_new.html", context, status=422 if form.errors else 200)


@require_safe
def training(request: HttpRequest, pk: int) -> HttpResponse:
    return _training_page(request, _training(request, pk), WhyForm())


@require_POST
def training_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _training(request, pk), WhyForm(request.POST)
    if not permissions.can_train(request.user, found.village or found.township):
        raise PermissionDenied
    if form.is_valid():
        try:
            cadres.withdraw_training(training=found, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, "已撤下，不再计入学时")
            return redirect("villages:training", found.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _training_page(request, found, form)


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, _post(request, pk))


@require_POST
def person_appraise(request: HttpRequest, pk: int) -> HttpResponse:
    post, today = _post(request, pk), calendar.today()
    if not permissions.can_appraise(request.user, post):
        raise PermissionDenied
    form = AppraisalForm(cadre_pages.person(request.user, post, today).years, today, request.POST)
    if form.is_valid():
        try:
            made = cadres.appraise(post=post, judged=form.judged, by=request.user, now=calendar.now())
            messages.success(request, f"{post.name} {made.year} 年考核已登记")
            return redirect("villages:person", post.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _person_page(request, post, form)


@require_POST
def appraisal_withdraw(request: HttpRequest, pk: int, appraisal: int) -> HttpResponse:
    post, form = _post(request, pk), WhyForm(request.POST)
    if not permissions.can_appraise(request.user, post):
        raise PermissionDenied
    found = get_object_or_404(Appraisal.objects.visible_to(request.user).filter(post=post), pk=appraisal)
    if form.is_valid():
        try:
            cadres.withdraw_appraisal(appraisal=found, **form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, "已撤下，可以重新登记")
            return redirect("villages:person", post.pk)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _person_page(request, post, wrong=form)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Township, village and year from the address, among those the person may see."""
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    townships, today = list(Township.objects.visible_to(request.user).in_code_order()), calendar.today()
    code = request.GET.get("t", "")
    township = next((one for one in townships if one.code == code), townships[0])
    villages = list(Village.objects.visible_to(request.user).filter(township=township).in_code_order())
    village = next((one for one in villages if one.code == request.GET.get("v", "")), None)
    year = cadre_pages.year_of(request.GET.get("year", ""), today)
    where = f"?t={township.code}&v={village.code if village else ''}&year={year}"
    return {
        "townships": townships,
        "township": township,
        "villages": villages,
        "village": village,
        "year": year,
        "years": cadre_pages.years(today),
        "where": where,
        "can_name": any(permissions.can_name(request.user, one) for one in [township, *villages]),
    }


def _training(request: HttpRequest, pk: int) -> Training:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    rows = Training.objects.visible_to(request.user).select_related("township", "village__township", "made_by")
    return get_object_or_404(rows, pk=pk)


def _post(request: HttpRequest, pk: int) -> Post:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    rows = Post.objects.visible_to(request.user).select_related("township", "village__township")
    return get_object_or_404(rows, pk=pk)


def _training_page(request: HttpRequest, found: Training, form: WhyForm) -> HttpResponse:
    place = found.village or found.township
    crumbs = [("干部培训", f"{reverse('villages:training-list')}?t={found.township.code}"), (found.topic, "")]
    context = {
        "training": found,
        "people": cadre_pages.attendance(request.user, found),
        "can_withdraw": found.withdrawn_at is None and permissions.can_train(request.user, place),
        "form": form,
        "crumbs": crumbs,
    }
    return render(request, "villages/cadres/training.html", context, status=422 if form.errors else 200)


def _person_page(
    request: HttpRequest, post: Post, form: AppraisalForm | None = None, wrong: WhyForm | None = None
) -> HttpResponse:
    today = calendar.today()
    page = cadre_pages.person(request.user, post, today)
    town = post.township or post.village.township  # type: ignore[union-attr]
    crumbs = [("培训和考核", f"{reverse('villages:record-list')}?t={town.code}"), (post.name, "")]
    context = {
        "page": page,
        "form": form or AppraisalForm(page.years, today, initial={"on": today}),
        "opened": form is not None,
        "wrong": form or wrong,
        "crumbs": crumbs,
    }
    return render(request, "villages/cadres/person.html", context, status=422 if form or wrong else 200)
