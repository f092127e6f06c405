"""工作总结 of all senders: who has handed in, reminding, taking in paper, and collecting them into the district's."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.foundation.responses import refuse_unless
from reports import collecting, permissions, summaries, summary_numbers, summary_pages
from reports.models import Sender
from reports.views import summaries as pages
from reports.views.periods import period_of


@require_GET
def summary_list(request: HttpRequest) -> HttpResponse:
    today = calendar.today()
    period = period_of(request, _is_summed) or summary_numbers.usual_period(today)
    context = {
        "page": summary_pages.summary_list(request.user, period, today),
        "periods": [
            (summary_numbers.title(offered), f"?period={offered.slug}", offered == period)
            for offered in summary_pages.periods_to_choose(period, today)
        ],
    }
    return render(request, "reports/summaries/list.html", context)


@require_POST
def summary_paper(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    owner = pages.sender_of(request, sender)
    refuse_unless(permissions.can_handle_summaries(request.user))
    try:
        summaries.take_paper(sender=owner, period=period, by=request.user, now=calendar.now())
        messages.success(request, f"已代收{owner.name}的纸质总结")
    except Refused as refused:
        messages.warning(request, str(refused))
    return pages.to_list(period)


@require_POST
def summary_remind(request: HttpRequest, period: Period) -> HttpResponse:
    """Remind the ticked senders, all that lack without a tick."""
    refuse_unless(permissions.can_handle_summaries(request.user))
    lacking = summary_pages.summary_list(request.user, period, calendar.today()).missing
    ticked = set(request.POST.getlist("sender"))
    lines = [line for line in lacking if not ticked or line.sender.slug in ticked]
    senders = [line.sender for line in lines]
    try:
        made = summaries.remind(senders=senders, period=period, by=request.user, now=calendar.now())
        messages.info(request, f"已提醒 {made} 个单位，今天不会重复提醒{_nobody_reads(lines)}")
    except Refused as refused:
        messages.warning(request, str(refused))
    return pages.to_list(period)


@require_POST
def summary_collect(request: HttpRequest, period: Period) -> HttpResponse:
    refuse_unless(permissions.can_write_summary(request.user, Sender()))
    try:
        made = collecting.collect(period=period, by=request.user, now=calendar.now())
    except Refused as refused:
        messages.warning(request, str(refused))
        return pages.to_list(period)
    _tell(request, made)
    return pages.to_summary(period, pages.DISTRICT)


def _tell(request: HttpRequest, done: collecting.Collected) -> None:
    if done.added:
        messages.success(request, f"汇总了 {len(done.added)} 个单位：{_some(done.added)}")
    else:
        messages.info(request, "没有新报送的，正文没有变")
    if done.changed:
        messages.warning(request, f"汇总以后又报过，请对照着改：{_some(done.changed)}")
    if done.left_out:
        messages.warning(request, f"一节最多 30000 字，放不下：{_some(done.left_out)}。先删减，再汇总")


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:3]) + (f"等 {len(names)} 个单位" if len(names) > 3 else "")


def _nobody_reads(lines: list[summary_pages.Line]) -> str:
    """Units without a liaison have nobody who sees a reminder: somebody has to ring."""
    names = [line.sender.name for line in lines if not line.contact]
    return f"。{_some(names)}没有联络人，请打电话" if names else ""


def _is_summed(period: Period) -> bool:
    return period.kind == "year" or (period.kind == "half-year" and period.index == 1)
