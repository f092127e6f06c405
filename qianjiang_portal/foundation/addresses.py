"""Addresses: where the portal is read from outside, and those that no page can answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.defaults import page_not_found


def public_address(request: HttpRequest, path: str) -> str:
    """Where villagers read a page: by the portal's public name where it has one, else by the name it was asked by."""
    base = settings.PORTAL_PUBLIC_URL or request.build_absolute_uri("/")
    return str(base).rstrip("/") + path


FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class NullCharacterMiddleware:
    """No place, name or number holds a null character, and PostgreSQL takes none: such an address is not found, and a
    form arrives without.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META["QUERY_STRING"]:
            return _told_a_program() if request.path.startswith("/api/") else page_not_found(request, Http404())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """The guard against forged forms has read the form by now."""
        if request.content_type in FORMS and _holds_null(request.POST):
            given = request.POST.copy()
            for name, values in request.POST.lists():
                given.setlist(name, [str(value).replace("\0", "") for value in values])
            given._mutable = False
            request.POST = given  # type: ignore[assignment]


def _holds_null(given: QueryDict) -> bool:
    return any("\0" in value for _, values in given.lists() for value in values)


def _told_a_program() -> HttpResponse:
    return JsonResponse({"code": "not_found", "message": "没有找到，或不在任职范围内", "fields": {}}, status=404)
