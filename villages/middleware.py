from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from qianjiang_portal.foundation import calendar


class FirstPasswordMiddleware:
    """Whoever still has the password they were given sees only the page that changes it."""

    OPEN = ("villages:password", "villages:sign-out")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password and not self._is_open(request.path):
            return redirect("villages:password")
        return self.get_response(request)

    def _is_open(self, path: str) -> bool:
        return path.startswith("/static/") or path in {resolve_url(name) for name in self.OPEN}


class SlidingSessionMiddleware:
    """Put the end of a session off while somebody works, writing it down once a minute instead of at every click."""

    EVERY_SECONDS = 60

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            seen = int(calendar.now().timestamp())
            if abs(seen - request.session.get("seen", 0)) >= self.EVERY_SECONDS:
                request.session["seen"] = seen
        return self.get_response(request)
