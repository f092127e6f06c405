"""Page or partial: one rule for every view."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers


def page_or_partial(
    request: HttpRequest,
    template: str,
    partial: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only its partial where htmx asks for a region of the page."""
    wanted = f"{template}#{partial}" if wants_partial(request) else template
    response = render(request, wanted, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def wants_partial(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


# The field of a form whose page waits for the answer, and the cookie by which it hears that its session is over.
STAYS, ENDED = "_stays", "session-ended"


class SessionExpiredMiddleware:
    """Turn the redirect to the sign-in page into a 401 for scripts, and into no content for a form whose page waits.

    A fragment must never hold a sign-in page, and what was typed must not be left for one: the page shows its own
    dialog. Without scripts no page waits, and a form is led to sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 302 or not self._leads_to_sign_in(response):
            return response
        if self._asked_by_script(request):
            return HttpResponse(status=401, headers={"HX-Trigger": "session-expired"})
        return self._stay() if STAYS in request.POST else response

    def _stay(self) -> HttpResponse:
        """A browser that gets no content leaves the page as it is."""
        response = HttpResponse(status=204)
        response.set_cookie(ENDED, "1", max_age=60, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
        return response

    def _asked_by_script(self, request: HttpRequest) -> bool:
        return bool(request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch")

    def _leads_to_sign_in(self, response: HttpResponse) -> bool:
        return response.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
