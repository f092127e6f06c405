"""会议: the matrix of a year, one meeting, and what was decided."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demos import meeting_pages, meetings, permissions, register_workbooks
from demos.forms.meetings import LINES, AttachForm, DecisionForm, MeetingForm, SettleForm
from demos.models import Decision, Meeting, MeetingPaper
from demos.models.meetings import READERS
from qianjiang_portal.foundation import calendar, digits, files, uploads, workbooks
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages import scope
from villages.models import Unit

PER_PAGE = 50


@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    today = calendar.today()
    years = [today.year - back for back in range(3)]
    asked = request.GET.get("year", "")
    year = next((year for year in years if str(year) == asked), today.year)
    found = list(meeting_pages.decisions(request.user).open()[:8])
    context = {
        "matrix": meeting_pages.matrix(request.user, year, today),
        "decisions": found,
        "years": years,
        "today": today,
        "can_hold": _can_hold(request),
        "can_hold_joint": permissions.can_hold(request.user, None),
    }
    return render(request, "demos/meetings/list.html", context)


@require_safe
def decision_list(request: HttpRequest) -> HttpResponseBase:
    if not scope.holds(request.user, *READERS):
        raise PermissionDenied
    if workbooks.is_asked_for(request.GET):
        content = register_workbooks.decisions(meeting_pages.decisions(request.user))
        return files.attachment("决定事项.xlsx", content, workbooks.XLSX)
    page = Paginator(meeting_pages.decisions(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "demos/meetings/decisions.html", {"page": page, "today": calendar.today()})


@require_safe
def meeting_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _meeting(request, pk))


@dataclass(frozen=True)
class Draft:
    """What is being entered: the form, its lines, and the meeting it was planned as."""

    form: MeetingForm
    lines: list[DecisionForm]
    planned: Meeting | None

    def is_valid(self) -> bool:
        good = self.form.is_valid()
        fine = [line.is_valid() for line in self.lines]
        day = None if self.form.cleaned_data.get("is_planned") else self.form.cleaned_data.get("on")
        for line in self.lines:
            line.check_after(day)
        return good and all(fine) and not any(line.errors for line in self.lines)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Enter a meeting that was held or is planned, or what a planned one came to."""
    if not _can_hold(request):
        raise PermissionDenied
    draft = _draft(request)
    wrong = request.method == "POST"
    status = 422 if wrong else 200
    if wrong and draft.is_valid():
        try:
            meeting = _write(draft, request.user)
            messages.success(request, f"{meeting.title}已登记")
            return redirect("demos:meeting", meeting.pk)
        except Refused as refusal:
            draft.form.add_error(None, str(refusal))
            if isinstance(refusal, Conflict):
                draft.form.renew()
                status = 409
    context = {"draft": draft, "form": draft.form, "is_wrong": wrong, "crumbs": _crumbs("记会议")}
    return render(request, "demos/meetings/new.html", context, status=status)


@require_POST
def decision_settle(request: HttpRequest, pk: int) -> HttpResponse:
    decision = get_object_or_404(
        Decision.objects.visible_to(request.user).select_related("unit", "meeting__unit"), pk=pk
    )
    if not permissions.can_settle(request.user, decision):
        raise PermissionDenied
    form = SettleForm(request.POST)
    refusal = "" if form.is_valid() else form.errors["result"][0]
    if not refusal:
        try:
            meetings.settle(decision=decision, result=form.cleaned_data["result"], by=request.user, now=calendar.now())
            messages.success(request, f"“{decision.text}”已办结")
            return redirect("demos:meeting", decision.meeting_id)
        except Refused as refused:
            refusal = str(refused)
    return _page(request, decision.meeting, refusal)


@require_POST
def paper_add(request: HttpRequest, pk: int) -> HttpResponse:
    meeting = _seen_whole(request, pk)
    if not permissions.can_hold(request.user, meeting.unit):
        raise PermissionDenied
    form = AttachForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            meetings.attach(
                meeting=meeting, caption=given["caption"], sent=given["file"], by=request.user, now=calendar.now()
            )
            messages.success(request, "文件已上传")
            return redirect("demos:meeting", meeting.pk)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return _page(request, meeting, attach=form)


@require_POST
def paper_withdraw(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    meeting = _seen_whole(request, pk)
    if not permissions.can_hold(request.user, meeting.unit):
        raise PermissionDenied
    found = get_object_or_404(MeetingPaper.objects.visible_to(request.user).filter(meeting=meeting), pk=paper)
    try:
        meetings.detach(paper=found, by=request.user, now=calendar.now())
        messages.success(request, "文件已撤下")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("demos:meeting", meeting.pk)


@require_safe
def paper_show(request: HttpRequest, pk: int, paper: int) -> FileResponse:
    rows = MeetingPaper.objects.visible_to(request.user).standing().filter(meeting=pk).select_related("file")
    return uploads.show(get_object_or_404(rows, pk=paper).file)


def _seen_whole(request: HttpRequest, pk: int) -> Meeting:
    """A meeting one sees with all its papers, not only what it gave one's unit to do."""
    return get_object_or_404(Meeting.objects.visible_to(request.user).select_related("unit", "made_by"), pk=pk)


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    """A meeting one sees, or one that gave one's unit something to do."""
    seen = Meeting.objects.visible_to(request.user).values("pk")
    given = Decision.objects.visible_to(request.user).values("meeting")
    found = Meeting.objects.filter(Q(pk__in=seen) | Q(pk__in=given)).select_related("unit", "made_by")
    return get_object_or_404(found, pk=pk)


def _page(request: HttpRequest, meeting: Meeting, refusal: str = "", attach: AttachForm | None = None) -> HttpResponse:
    rows = Decision.objects.visible_to(request.user).filter(meeting=meeting).select_related("unit")
    mine = {one.pk for one in rows if permissions.can_settle(request.user, one)}
    context = {
        "meeting": meeting,
        "attendees": list(meeting.attendees.order_by("position", "code")),
        "decisions": list(rows.order_by("due_on", "pk")),
        "mine": mine,
        "refusal": refusal,
        "papers": list(MeetingPaper.objects.visible_to(request.user).standing().filter(meeting=meeting).order_by("pk")),
        "attach": attach or AttachForm(initial={"caption": "会议纪要"}),
        "wrong": attach,
        "today": calendar.today(),
        "can_hold": permissions.can_hold(request.user, meeting.unit),
        "sees_whole": Meeting.objects.visible_to(request.user).filter(pk=meeting.pk).exists(),
        "crumbs": _crumbs(meeting.title),
    }
    return render(request, "demos/meetings/detail.html", context, status=422 if refusal or attach else 200)


def _draft(request: HttpRequest) -> Draft:
    units = list(Unit.objects.order_by("position", "code"))
    joint = permissions.can_hold(request.user, None)
    own = units if joint else [unit for unit in units if permissions.speaks_for(request.user, unit)]
    planned = _planned(request)
    data = request.POST if request.method == "POST" else None
    form = MeetingForm(units, own, joint, data, initial=_initial(request, planned, own, joint))
    lines = [DecisionForm(data, prefix=f"d{at}", units=units) for at in range(1, LINES + 1)]
    return Draft(form, lines, planned)


def _planned(request: HttpRequest) -> Meeting | None:
    asked = digits.number(request.POST.get("planned") or request.GET.get("planned", ""))
    if asked is None:
        return None
    seen = Meeting.objects.visible_to(request.user).filter(planned_on__isnull=False).select_related("unit")
    if request.method != "POST":  # one that is sent again, when it was held meanwhile, is told so
        seen = seen.filter(held_on__isnull=True)
    return get_object_or_404(seen, pk=asked)


def _initial(request: HttpRequest, planned: Meeting | None, own: list[Unit], joint: bool) -> dict[str, Any]:
    today = calendar.today()
    if planned:
        day: dt.date = min(planned.planned_on or today, today)
        facts = {"kind": planned.kind, "unit": planned.unit.code if planned.unit else "", "on": day}
        return {**facts, "place": planned.place, "host": planned.host, "topic": planned.topic}
    code = request.GET.get("unit", "") or ("" if joint else own[0].code)
    return {"kind": "special" if code else "joint", "unit": code, "on": today}


def _write(draft: Draft, user: Any) -> Meeting:
    given, now = draft.form.cleaned_data, calendar.now()
    facts = meetings.Facts(
        place=given["place"],
        host=given["host"],
        topic=given["topic"],
        minutes=given["minutes"],
        attendees=tuple(given["attendees"]),
    )
    who = {"kind": given["kind"], "unit": given["unit"], "on": given["on"], "by": user, "now": now, "facts": facts}
    if given["is_planned"]:
        return meetings.plan(**who, key=given["key"])
    decided = [one for line in draft.lines if (one := line.decided())]
    return meetings.hold(**who, decided=decided, planned=draft.planned, key=given["key"])


def _can_hold(request: HttpRequest) -> bool:
    return scope.holds(request.user, "district", "liaison")


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [("会议与结对", reverse("demos:meeting-list")), (last, "")]
