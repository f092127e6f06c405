"""Notices for the staff: what waits to go up, the maker with its preview, one notice, its sheet, its posting."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from points import notices, objections, permissions, posters, postings, scanning
from points.forms.notices import NoticeForm, to_choose, usual_month
from points.models import Claim, Notice, Objection
from points.models.batches import State
from points.posters import Poster
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope
from villages.choices import Places
from villages.models import Township, Village

TEMPLATES = "points/notices"
PER_PAGE = 50


@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *permissions.NOTICE_READERS):
        raise PermissionDenied
    places = Places.read(request.user, request.GET)
    township = _township(request)
    month = _month(request)
    found = _readable(request.user).filter(**_chosen(places, request.GET.get("state", "")))
    if month:
        found = found.filter(period=month.slug)
    if township:
        found = found.filter(village__township=township)
    found = found.select_related("village__township").order_by("-starts_on", "village__code", "-number")
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "places": places,
        "township": township,
        "month": month,
        "state": request.GET.get("state", ""),
        "waiting": _waiting(request.user),
        "today": calendar.today(),
    }
    return render(request, f"{TEMPLATES}/list.html", context)


def notice_new(request: HttpRequest) -> HttpResponse:
    """GET previews, POST puts up exactly what the preview showed."""
    villages = list(Village.objects.for_role(request.user, "clerk").open().in_code_order().select_related("township"))
    if not villages:
        raise PermissionDenied
    _check_village(request, villages)
    form = NoticeForm(villages, calendar.today(), _choice(request, villages))
    if request.method == "POST" and form.is_valid():
        return _publish(request, form)
    return _maker(request, form, status=422 if request.method == "POST" else 200)


@require_POST
def notice_clear(request: HttpRequest, code: str) -> HttpResponse:
    """Take remarks with somebody's number off what waits in a village, and look at the preview again."""
    village = get_object_or_404(Village.objects.visible_to(request.user), code=code)
    if not permissions.can_publish(request.user, village):
        raise PermissionDenied
    form = NoticeForm([village], calendar.today(), _choice(request, [village]) | {"village": code})
    if form.is_valid():
        period = periods.parse(form.cleaned_data["period"])
        cleared = notices.clear_remarks(village=village, period=period, by=request.user, now=calendar.now())
        messages.success(request, f"已去掉 {cleared} 行的备注，分值没有变")
    asked = urlencode({"village": village.code, "period": request.POST.get("period", "")})
    return redirect(f"{reverse('points:notice-new')}?{asked}")


@require_GET
def notice_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, notice_of(request, code))


@require_GET
def notice_print(request: HttpRequest, code: str) -> HttpResponse:
    notice = notice_of(request, code)
    columns = request.GET.get("columns", "")
    poster = poster_of(request, notice, int(columns) if columns in ("1", "2") else 0)
    return render(request, f"{TEMPLATES}/print.html", {"poster": poster, "notice": notice})


@posted("points:notice", "code")
def notice_post(request: HttpRequest, code: str) -> HttpResponse:
    notice = notice_of(request, code)
    if not permissions.can_post(request.user, notice):
        raise PermissionDenied
    try:
        done = postings.post(notice=notice, now=calendar.now(), by=request.user)
    except Refused as refusal:
        return _page(request, notice, refusal=str(refusal), status=409)
    aside = f"，{done.contested} 行转入核实中" if done.contested else ""
    posted_now = f"已入账 {done.effective} 行{aside}" if done.effective or done.contested else ""
    messages.success(request, posted_now or "这一期已经入过账，没有重复入账")
    return redirect("points:notice", notice.code)


def public_address(request: HttpRequest, code: str) -> str:
    """Where villagers read a notice: the portal's public name where it has one, else the name it was asked by."""
    base = settings.PORTAL_PUBLIC_URL or request.build_absolute_uri("/")
    return base.rstrip("/") + reverse("points:public-notice", args=[code])


def _publish(request: HttpRequest, form: NoticeForm) -> HttpResponse:
    village, period = form.cleaned_data["village"], periods.parse(form.cleaned_data["period"])
    try:
        notice = notices.publish(
            village=village,
            period=period,
            publisher=request.user,
            now=calendar.now(),
            days=form.cleaned_data["days"],
            seen=form.cleaned_data["seen"],
        )
    except Conflict as conflict:
        return _maker(request, form, status=409, warning=str(conflict))
    except Refused as refusal:
        return _maker(request, form, status=422, warning=str(refusal))
    messages.success(request, "已发布。打印后张贴在村务公开栏")
    return redirect("points:notice-print", notice.code)


def _maker(request: HttpRequest, form: NoticeForm, status: int = 200, warning: str = "") -> HttpResponse:
    poster, mark = _preview(request, form)
    context = {"form": form, "poster": poster, "mark": mark, "warning": warning}
    return render(request, f"{TEMPLATES}/new.html", context, status=status)


def _preview(request: HttpRequest, form: NoticeForm) -> tuple[Poster | None, str]:
    """The sheet as it would be printed, and the mark of the rows it stands on."""
    form.is_valid()
    values = form.cleaned_data
    if not values.get("village") or not values.get("period"):
        return None, ""
    village, period = values["village"], periods.parse(values["period"])
    claims = notices.waiting(village, period)
    if not claims:
        return None, ""
    notice = notices.draft(village=village, period=period, claims=claims, now=calendar.now(), days=values.get("days"))
    lines, address = notices.lines_of(claims), public_address(request, notice.code)
    return Poster(notice, lines, address, remarks=scanning.of_claims(claims)), notices.mark_of(claims)


def _choice(request: HttpRequest, villages: list[Village]) -> dict[str, Any]:
    """What is asked for, and for the rest the village and month that have something waiting."""
    given = (request.POST or request.GET).dict()
    if "village" not in given:
        given["village"] = next((row["code"] for row in _waiting(request.user)), villages[0].code)
    if "period" not in given:
        asked = [village for village in villages if village.code == given["village"]]
        given["period"] = usual_month(asked, calendar.today())
    return {"days": options.get("notice_days")} | given


def _check_village(request: HttpRequest, villages: list[Village]) -> None:
    code = request.POST.get("village") or request.GET.get("village")
    if code and code not in {village.code for village in villages}:
        get_object_or_404(Village.objects.visible_to(request.user), code=code)
        raise PermissionDenied


def _page(request: HttpRequest, notice: Notice, refusal: str = "", status: int = 200) -> HttpResponse:
    now = calendar.now()
    doubted = list(notice.objections.select_related("line").order_by("pk"))
    settled = [one for one in doubted if one.state == Objection.State.SETTLED]
    corrections = list(objections.corrections(notice)) if settled else []
    context = {
        "notice": notice,
        "poster": poster_of(request, notice),
        "contested": posters.contested(notice),
        "seal": posters.seal_of(notice),
        "is_due": notice.state == Notice.State.OPEN and now >= notice.due_at,
        "may_post": permissions.can_post(request.user, notice),
        "may_note": permissions.can_note_objection(request.user, notice.village),
        "waiting": [one for one in doubted if one.state != Objection.State.SETTLED],
        "settled": settled,
        "corrected": {row.objection.line_id for row in corrections},
        "correcting": {row.objection_id for row in corrections},
        "may_settle": permissions.can_settle(request.user, notice.village),
        "left": (notice.ends_on - calendar.local_date(now)).days,
        "refusal": refusal,
    }
    return render(request, f"{TEMPLATES}/detail.html", context, status=status)


def poster_of(request: HttpRequest, notice: Notice, columns: int = 0) -> Poster:
    lines = list(notice.lines.order_by("position"))
    return Poster(notice, lines, public_address(request, notice.code), columns)


def notice_of(request: HttpRequest, code: str) -> Notice:
    """The notice, for whoever reads notices of its village."""
    found = Notice.objects.visible_to(request.user).select_related("village__township", "published_by", "posted_by")
    notice: Notice = get_object_or_404(found, code=code)
    if not scope.covers(request.user, permissions.NOTICE_READERS, notice.village):
        raise PermissionDenied
    return notice


def _readable(user: Any) -> Any:
    return Notice.objects.visible_to(user).filter(scope.within(user, permissions.NOTICE_READERS))


def _township(request: HttpRequest) -> Township | None:
    """The township in the address, `t`."""
    code = request.GET.get("t", "")
    return get_object_or_404(Township.objects.visible_to(request.user), code=code) if code else None


def _chosen(places: Places, state: str) -> dict[str, Any]:
    chosen: dict[str, Any] = {"village": places.village} if places.village else {}
    return chosen | ({"state": state} if state in Notice.State.values else {})


def _month(request: HttpRequest) -> Period | None:
    """The month in the address; what is none counts as not said."""
    try:
        return periods.parse(request.GET.get("period", ""))
    except ValueError:
        return None


def _waiting(user: Any) -> list[dict[str, Any]]:
    """Villages this person makes notices for that have approved rows not on one yet."""
    rows = Claim.objects.filter(
        scope.within(user, {"clerk"}, path="batch__village"), Q(state=State.APPROVED, notice__isnull=True)
    )
    named = rows.values("batch__village__code", "batch__village__short_name", "batch__village__township__name")
    counted = named.annotate(
        households=Count("household", distinct=True), rows=Count("pk"), latest=Max("occurred_on")
    ).order_by("batch__village__code")
    today = calendar.today()
    months = [to_choose(periods.of(row["latest"]), today) for row in counted]
    return [
        {
            "code": row["batch__village__code"],
            "name": row["batch__village__township__name"] + row["batch__village__short_name"],
            "households": row["households"],
            "rows": row["rows"],
            "period": month.slug,
            "month": month.title,
        }
        for row, month in zip(counted, months, strict=True)
    ]
