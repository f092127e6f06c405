"""Addresses that lead nowhere, told in the portal's own words.

With DEBUG on as well: a demonstration too has visitors who guess addresses.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found


class NotFoundMiddleware:
    """The innermost middleware, so that an address without its last slash is still put right by those around it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page_not_found(request, exception) if isinstance(exception, Http404) else None


class NotOpenedMiddleware:
    """An address that only takes a form, opened by itself: by the address bar after a refusal, or by going on after
    signing in again. Django answers with a blank page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = self.get_response(request)
        if refused.status_code != 405 or refused.streaming or refused.content or request.method != "GET":
            return refused
        response = render(request, "405.html", status=405)
        response["Allow"] = refused["Allow"]
        return response
