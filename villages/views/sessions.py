"""登录的设备: where a person is signed in, ended one by one or all but this one."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qianjiang_portal.foundation import calendar
from villages import browsers, sessions
from villages.models import Session


@dataclass(frozen=True)
class Line:
    """One browser: what it is in words, and whether it is the one that asks."""

    session: Session
    browser: str
    is_this: bool


@require_safe
@never_cache
def session_list(request: HttpRequest) -> HttpResponse:
    mine = Session.objects.visible_to(request.user).live().latest_first()
    here = request.session.session_key
    lines = [Line(session, browsers.words(session.agent), session.session_key == here) for session in mine]
    lines.sort(key=lambda line: not line.is_this)
    context = {"lines": lines, "others": len(lines) - 1, "minutes": request.session.get_session_cookie_age() // 60}
    return render(request, "villages/accounts/sessions.html", context)


@require_POST
def session_end(request: HttpRequest, digest: str) -> HttpResponse:
    session = get_object_or_404(Session.objects.visible_to(request.user).live(), digest=digest)
    if session.session_key == request.session.session_key:
        messages.info(request, "这台就是正在用的设备，要退出点“退出”")
        return redirect("villages:session-list")
    sessions.end(session=session, by=request.user, now=calendar.now())
    messages.success(request, f"已退出{browsers.words(session.agent)}")
    return redirect("villages:session-list")


@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_others(user=request.user, key=request.session.session_key, now=calendar.now())
    messages.success(request, f"已退出其他 {ended} 台设备" if ended else "没有其他设备在用")
    return redirect("villages:session-list")
