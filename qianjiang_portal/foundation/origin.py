"""Where a request comes from: the network address behind the proxies, and the browser.

Both are known to whatever is written while the request is answered.
"""

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_address: ContextVar[str | None] = ContextVar("origin_address", default=None)
_agent: ContextVar[str] = ContextVar("origin_agent", default="")


def address() -> str | None:
    """The address of the request being answered; None in a worker or a command."""
    return _address.get()


def agent() -> str:
    """What the asking browser calls itself; nothing in a worker or a command."""
    return _agent.get()


def address_of(request: HttpRequest) -> str | None:
    """Who asked. `X-Forwarded-For` counts only as far as the portal's own proxies wrote it: anybody may send one."""
    count = settings.PROXY_COUNT
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")] if count else []
    seen = told[-min(count, len(told))] if told and told != [""] else ""
    return _valid(seen) or _valid(request.META.get("REMOTE_ADDR", ""))


class OriginMiddleware:
    """Keep both for the length of the request, so that no view has to pass them on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address, agent = _address.set(address_of(request)), _agent.set(_plain(request.META.get("HTTP_USER_AGENT", "")))
        try:
            return self.get_response(request)
        finally:
            _address.reset(address)
            _agent.reset(agent)


class PermissionsPolicyMiddleware:
    """Tell the browser which of its devices no page of the portal ever asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = ", ".join(f"{feature}=({allowed})" for feature, allowed in settings.PERMISSIONS_POLICY.items())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = self.policy
        return response


def _plain(text: str) -> str:
    """A header as a column takes it."""
    return text.replace("\0", "")[:200]


def _valid(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
