"""Addresses: where the portal is read from outside, and those that no page can answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found


def public_address(request: HttpRequest, path: str) -> str:
    """Where villagers read a page: by the portal's public name where it has one, else by the name it was asked by."""
    base = settings.PORTAL_PUBLIC_URL or request.build_absolute_uri("/")
    return str(base).rstrip("/") + path


class NullCharacterMiddleware:
    """No place, name or number holds a null character, and PostgreSQL takes none: such an address is not found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META["QUERY_STRING"]:
            return _told_a_program() if request.path.startswith("/api/") else page_not_found(request, Http404())
        return self.get_response(request)


def _told_a_program() -> HttpResponse:
    return JsonResponse({"code": "not_found", "message": "没有找到，或不在任职范围内", "fields": {}}, status=404)
