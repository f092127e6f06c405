"""工作总结: one summary to write, check, sign, send back and take in."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import calendar, digits, glyphs, periods, uploads
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import permissions, summaries, summary_numbers, summary_pages
from reports.documents import inserts
from reports.models import Sender, Summary, SummarySection
from villages.models import Township, Unit

DISTRICT = "500114"
# Told at the field whose text is still there when an appointment ended while somebody wrote.
NO_LONGER = "没有保存：现在没有填写这份总结的任职。文字还在，先复制出来"


@require_GET
def summary(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    """One summary: to write for whoever may while it is open, else to read."""
    return render(request, "reports/summaries/detail.html", _shown(request, period, sender_of(request, sender)))


@require_POST
def summary_save(request: HttpRequest, period: Period, sender: str, key: str) -> HttpResponse:
    """Keep one section; a script gets back the line that says so, a plain form the page."""
    try:
        owner = sender_of(request, sender)
        refuse_unless(permissions.can_write_summary(request.user, owner))
    except (Http404, PermissionDenied):
        if not request.headers.get("HX-Request"):
            raise
        return render(request, "reports/summaries/_saved_line.html", {"refusal": NO_LONGER}, status=422)
    text, version = request.POST.get("text", ""), request.POST.get("version", "")
    refusal = ""
    try:
        summaries.save_section(
            sender=owner, period=period, key=_key(key), text=text,
            version=digits.number(version) or 0, by=request.user, now=calendar.now(),
        )  # fmt: skip
    except Refused as refused:
        refusal = str(refused)
    context = _shown(request, period, owner) | {"refusal": refusal, "saved_key": key, "typed": text}
    status = 422 if refusal else 200
    if request.headers.get("HX-Request"):
        return render(request, "reports/summaries/_saved.html", context, status=status)
    if refusal:
        return render(request, "reports/summaries/detail.html", context, status=status)
    return to_summary(period, sender)


@require_POST
def summary_note(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    found = kept(request, period, sender)
    refuse_unless(permissions.can_write_summary(request.user, found.sender))
    return done(request, found, lambda: summaries.save_note(
        summary=found, note=request.POST.get("note", ""), by=request.user, now=calendar.now()
    ), "已保存")  # fmt: skip


@require_GET
def summary_check(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    owner = sender_of(request, sender)
    refuse_unless(permissions.can_write_summary(request.user, owner))
    return render(request, "reports/summaries/check.html", _shown(request, period, owner))


@require_POST
def summary_submit(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    found = kept(request, period, sender)
    refuse_unless(permissions.can_write_summary(request.user, found.sender))
    try:
        summaries.submit(
            summary=found, by=request.user, now=calendar.now(), signed_on_paper=request.POST.get("signed_on_paper", "")
        )
    except Refused as refused:
        context = _shown(request, period, found.sender) | {"refusal": str(refused)}
        return render(request, "reports/summaries/check.html", context, status=422)
    return to_summary(period, sender)


@require_POST
def summary_sign(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    """Sign; where numbers moved since it was submitted, show them and ask for a second press."""
    found = kept(request, period, sender)
    refuse_unless(permissions.can_sign_summary(request.user, found.sender))
    seen = [tuple(line.split("|")) for line in request.POST.getlist("seen")]
    try:
        summaries.sign(summary=found, by=request.user, now=calendar.now(), seen=seen)  # type: ignore[arg-type]
    except summaries.NumbersMoved as moved:
        context = _shown(request, period, found.sender) | {"refusal": str(moved), "moved": moved.moved}
        return render(request, "reports/summaries/detail.html", context, status=422)
    except Refused as refused:
        messages.warning(request, str(refused))
    return to_summary(period, sender)


@require_POST
def summary_return(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    found = kept(request, period, sender)
    may_sign = permissions.can_sign_summary(request.user, found.sender)
    refuse_unless(may_sign or permissions.can_handle_summaries(request.user))
    return done(request, found, lambda: summaries.send_back(
        summary=found, reason=request.POST.get("reason", ""), by=request.user, now=calendar.now()
    ), "已退回")  # fmt: skip


@require_POST
def summary_accept(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    """Take in; pressed in the list, the list comes back."""
    found = kept(request, period, sender)
    refuse_unless(permissions.can_handle_summaries(request.user))
    to_page = done(request, found, lambda: summaries.accept(
        summary=found, by=request.user, now=calendar.now()
    ), f"已收下{found.sender.name}的总结")  # fmt: skip
    return to_list(period) if request.POST.get("back") == "list" else to_page


def _shown(request: HttpRequest, period: Period, owner: Sender) -> dict[str, Any]:
    user, now = request.user, calendar.now()
    found = Summary.objects.visible_to(user).of(owner, period.slug).select_related(
        "submitted_by", "signed_by", "handled_by", "township", "unit"
    ).first()  # fmt: skip
    counted = summary_pages.counted(owner, found, period, now)
    parts = summary_pages.sections(owner, found, counted, user, now)
    is_early = now.date() < summary_numbers.opens_on(period)
    due_on = summary_numbers.due_on(period)
    may_sign = permissions.can_sign_summary(user, owner)
    is_submitted = found is not None and found.state == Summary.State.SUBMITTED
    return {
        "owner": owner,
        "period": period,
        "title": summary_numbers.title(period),
        "summary": found,
        "parts": parts,
        "counted": counted,
        "counted_at": dt.datetime.fromisoformat(counted["at"]),
        "meanings": summary_numbers.meanings(counted),
        "inserts": [(name, inserts.line(name)) for name in inserts.INSERTS],
        "missing": [part.heading for part in parts if not part.text],
        "done": sum(bool(part.text) for part in parts),
        "due_on": due_on,
        "days_left": (due_on - now.date()).days,
        "punctual": _punctual(found, due_on),
        "opens_on": summary_numbers.opens_on(period) if is_early else None,
        "can_write": not is_early and permissions.can_write_summary(user, owner) and (not found or found.is_open),
        "can_sign": is_submitted and may_sign and found.submitted_by_id != user.pk,  # type: ignore[union-attr]
        "can_handle": found is not None and found.state == "signed" and permissions.can_handle_summaries(user),
        "can_scan": found is not None and found.is_paper and permissions.can_handle_summaries(user),
        "scan_limits": uploads.limits() if found and found.is_paper else "",
        "scan_accept": uploads.ACCEPT,
        "can_accept": not owner.is_district,
        "unprinted": _unprinted(found, parts) if found and found.signed_at else [],
        "versions": list(found.versions.order_by("-number")) if found else [],
        "last_year": summary_pages.last_year(owner, period),
    }


def _punctual(found: Summary | None, due_on: dt.date) -> str:
    """按时, 逾期 2 天; nothing for the district, which nobody waits for by that day."""
    if found is None or found.signed_at is None or found.sender.is_district:
        return ""
    late = summary_pages.days_late(found.signed_at, due_on)
    return f"逾期 {late} 天" if late else "按时"


def _unprinted(found: Summary, parts: Sequence[summary_pages.Section]) -> list[str]:
    return glyphs.unprinted("".join([found.note, *(part.text for part in parts)]))


def sender_of(request: HttpRequest, slug: str) -> Sender:
    """Whose summary an address names. Http404 where the person may not read it."""
    if slug == DISTRICT:
        found = Sender()
    elif slug.isdecimal():
        found = Sender(township=Township.objects.filter(code=slug).first())
    else:
        found = Sender(unit=Unit.objects.filter(code=slug).first())
    if (found.is_district and slug != DISTRICT) or not permissions.can_read_summary(request.user, found):
        raise Http404
    return found


def kept(request: HttpRequest, period: Period, slug: str) -> Summary:
    owner = sender_of(request, slug)
    found = Summary.objects.visible_to(request.user).of(owner, period.slug).select_related("township", "unit").first()
    if found is None:
        raise Http404
    return found


def _key(key: str) -> str:
    if key not in SummarySection.Key.values:
        raise Http404
    return key


def done(request: HttpRequest, found: Summary, write: Any, word: str) -> HttpResponse:
    try:
        write()
        messages.success(request, word)
    except Refused as refused:
        messages.warning(request, str(refused))
    return to_summary(periods.parse(found.period), found.sender.slug)


def to_summary(period: Period, sender: str) -> HttpResponse:
    return redirect("reports:summary", period, sender)


def to_list(period: Period) -> HttpResponse:
    return redirect(f"{reverse('reports:summary-list')}?period={period.slug}")
