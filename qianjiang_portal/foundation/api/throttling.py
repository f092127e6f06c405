"""How often one token, or one address without a token, may ask."""

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

log = logging.getLogger(__name__)


class Throttle(SimpleRateThrottle):
    """Counts in the cache. Without the cache nobody is counted: a portal that answers is worth more than a limit."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            return bool(super().allow_request(request, view))
        except RedisError:
            log.warning("the API counts nobody: no cache")
            return True


class ReadThrottle(Throttle):
    """All requests of a token; without one, of an address."""

    scope = "read"

    def __init__(self) -> None:
        """The rate is known only with the request."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.scope = "read" if request.auth else "public"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        return f"api:{self.scope}:{request.auth.pk if request.auth else self.get_ident(request)}"


class WriteThrottle(Throttle):
    """Requests of a token that change something."""

    scope = "write"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return f"api:write:{request.auth.pk}" if request.auth and request.method not in SAFE_METHODS else None
