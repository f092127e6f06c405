"""人员: who is responsible in a township, who serves in its villages, and who sits in their bodies."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qianjiang_portal.foundation import calendar, files, workbooks
from qianjiang_portal.foundation.refusals import Refused
from villages import bodies, people_pages, permissions, register_workbooks, scope
from villages.forms import EndPostForm, PostForm
from villages.models import Post, Township, Village
from villages.models.posts import READERS


@require_safe
def people_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    townships = list(Township.objects.visible_to(request.user).in_code_order())
    asked = request.GET.get("t", "")
    township = get_object_or_404(Township.objects.visible_to(request.user), code=asked) if asked else None
    township = township or (townships[0] if townships else None)
    group = request.GET.get("group", "")
    group = group if group in people_pages.GROUPS else "duty"
    found = people_pages.lines(request.user, township, group, calendar.today()) if township else []
    if township and workbooks.is_asked_for(request.GET):
        name = f"{township.name}{people_pages.GROUPS[group][0]}.xlsx"
        return files.attachment(name, register_workbooks.people(found), workbooks.XLSX)
    context = {
        "townships": townships,
        "township": township,
        "group": group,
        "groups": [(label, f"?group={key}&t={asked}", key == group) for key, (label, _) in people_pages.GROUPS.items()],
        "lines": found,
        "missing": people_pages.missing(found) if group == "duty" and _holds(request, township) else [],
        "to_end": people_pages.to_end(request.user, township, calendar.today()) if township else [],
        "can_name": bool(_villages(request)) or scope.holds(request.user, "district"),
    }
    return render(request, "villages/people/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def people_new(request: HttpRequest) -> HttpResponse:
    villages = _villages(request)
    if not villages:
        raise PermissionDenied
    townships = [
        town for town in {village.township for village in villages} if permissions.can_name(request.user, town)
    ]
    data = request.POST if request.method == "POST" else None
    form = PostForm(townships, villages, data, initial={"begins_on": calendar.today()})
    if form.is_valid():
        try:
            post = bodies.name_post(**form.cleaned_data, by=request.user, now=calendar.now())
            messages.success(request, f"已登记 {post}")
            town = post.township or post.village.township  # type: ignore[union-attr]
            return redirect(f"{reverse('villages:people-list')}?t={town.code}&group={_group(post)}")
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {"form": form, "crumbs": [("人员", reverse("villages:people-list")), ("登记", "")]}
    return render(request, "villages/people/new.html", context, status=422 if form.errors else 200)


@require_POST
def people_end(request: HttpRequest, pk: int) -> HttpResponse:
    found = Post.objects.visible_to(request.user).select_related("township", "village__township")
    post = get_object_or_404(found, pk=pk)
    if not permissions.can_name(request.user, post.township or post.village):  # type: ignore[arg-type]
        raise PermissionDenied
    form: forms.Form = EndPostForm(request.POST)
    said = "" if form.is_valid() else "结束日期写成 2026-11-30 这样"
    if not said:
        try:
            bodies.end_post(post=post, on=form.cleaned_data["ends_on"], by=request.user, now=calendar.now())
            messages.success(request, f"{post.name} 的任期已登记到 {form.cleaned_data['ends_on']}")
        except Refused as refusal:
            said = str(refusal)
    if said:
        messages.warning(request, said)
    town = post.township or post.village.township  # type: ignore[union-attr]
    return redirect(f"{reverse('villages:people-list')}?t={town.code}&group={_group(post)}")


def _villages(request: HttpRequest) -> list[Village]:
    found = Village.objects.for_role(request.user, "clerk", "leader", "district").open()
    return list(found.select_related("township").in_code_order())


def _holds(request: HttpRequest, township: Township | None) -> bool:
    return township is not None and scope.places(request.user, READERS).covers_township(township)


def _group(post: Post) -> str:
    return next(key for key, (_, kinds) in people_pages.GROUPS.items() if post.kind in kinds)
