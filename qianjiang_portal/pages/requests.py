"""One line in the log for each request, with its number, and its time for the metrics."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from qianjiang_portal.pages import exposition

logger = logging.getLogger("portal.requests")
# Probes ask every few seconds and say nothing about people's work.
QUIET = frozenset({"healthz", "readyz", "metrics"})


class RequestLogMiddleware:
    """Stands outermost, so that its time is what the reader waited for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        self.write(request, response, time.perf_counter() - began)
        return response

    def write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        """Route, status and time; never the query or the body: they may hold names."""
        route = request.resolver_match.view_name if request.resolver_match else "none"
        if route in QUIET:
            return
        exposition.observe(route=route, method=request.method or "", status=response.status_code, seconds=seconds)
        user = getattr(request, "_cached_user", None)  # set only where somebody asked; asking here would cost a query
        facts = {
            "route": route,
            "method": request.method,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "user": user.pk if user is not None else None,
        }
        logger.info("%s %s %s", request.method, route, response.status_code, extra=facts)
