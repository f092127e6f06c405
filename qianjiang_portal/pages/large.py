"""大字版: remembered for a year once it is asked for by `?large=1`, and put away by `?large=0`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

YEAR = 365 * 24 * 60 * 60


class LargePrintMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        wanted = request.GET.get("large")
        if wanted in {"0", "1"}:
            response.set_cookie("large", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure())
        return response
