from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import patch_cache_control

from villages import second_step, sessions


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


class SecondFactorMiddleware:
    """Whoever has to set a second factor up sees only the pages for that, and a first password comes before it."""

    OPEN = ("villages:factor", "villages:factor-begin", "villages:factor-scan", *FirstPasswordMiddleware.OPEN)

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and second_step.is_due(request) and not self._is_open(request.path):
            return redirect("villages:factor")
        return self.get_response(request)

    def _is_open(self, path: str) -> bool:
        return path.startswith("/static/") or path in {resolve_url(name) for name in self.OPEN}


class SlidingSessionMiddleware:
    """A session that is worked in does not run out, and no proxy on the way keeps what it was shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.keep(request)
            return _for_one_person(self.get_response(request))
        return self.get_response(request)


def _for_one_person(response: HttpResponse) -> HttpResponse:
    """A browser may still keep the page for Back: what a view says itself about keeping stands."""
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, private=True, no_cache=True)
    return response
