"""What a token opens, and what every address of the API has in common."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.api.conditional import with_etag
from villages import scope
from villages.models import Token


class TokenCovers(BasePermission):
    """The token may do this kind of thing at all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        wanted = view.scope_of(request)
        if wanted not in request.auth.scopes:
            raise PermissionDenied(f"这个令牌没有勾选“{Token.Scope(wanted).label}”", "token-scope")
        return True


class HoldsRole(BasePermission):
    """The person holds, somewhere, a role that this list is for; which rows they see is `visible_to`'s to say."""

    def has_permission(self, request: Request, view: Any) -> bool:
        roles = view.action_roles.get(view.action, view.readers)
        return roles is None or scope.holds(request.user, *roles)


class Resource(GenericViewSet[models.Model]):
    """The base of every address: a token with its scope, no parameter unknown, an ETag, and a note of who was read."""

    permission_classes = [IsAuthenticated, TokenCovers, HoldsRole]
    token_scope: str = Token.Scope.READ
    # Other scopes for single actions, such as {"submit": "enter"}.
    action_scopes: dict[str, str] = {}
    readers: frozenset[str] | None = None
    # Other roles for single actions, such as {"submit": {"clerk"}}.
    action_roles: dict[str, frozenset[str]] = {}
    # Query parameters of a list besides its filters and pages.
    parameters: tuple[str, ...] = ()
    # Whether rows tell something of a person, so that reading them is recorded.
    is_personal = False
    personal_actions: frozenset[str] = frozenset()

    def scope_of(self, request: Request) -> str:
        return self.action_scopes.get(self.action, self.token_scope)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "GET":
            self._refuse_unknown(request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        response = with_etag(request, super().dispatch(request, *args, **kwargs))
        tells = self.is_personal or getattr(self, "action", None) in self.personal_actions
        if tells and request.method == "GET" and response.status_code == 200:
            self._note_read(getattr(response, "data", None))
        return response

    def _refuse_unknown(self, request: Request) -> None:
        """A misspelt filter would answer with everything."""
        known = set(self._own_parameters())
        if unknown := [name for name in request.query_params if name not in known]:
            raise ValidationError(dict.fromkeys(unknown, "没有这个参数"), code="unknown")

    def _own_parameters(self) -> list[str]:
        if self.detail or self.paginator is None:
            return list(self.parameters)
        filters = getattr(self, "filterset_class", None)
        own = list(filters.base_filters) if filters else []
        return [*own, self.paginator.cursor_query_param, self.paginator.page_size_query_param]

    def _note_read(self, data: Any) -> None:
        request, kwargs = self.request, self.kwargs
        asked = kwargs.get(self.lookup_url_kwarg or self.lookup_field, "") if self.detail else request.GET.urlencode()
        name = f"api.{self.basename}" + ("" if self.action in ("list", "retrieve") else f".{self.action}")
        audit.record(
            actor=request.user,
            action=name,
            target=str(asked)[:120],
            place=request.GET.get("village", "")[:12],
            facts={"rows": _rows_of(data), "token": request.auth.prefix},
        )


def _rows_of(data: Any) -> int:
    if isinstance(data, dict):
        return len(data["results"]) if "results" in data else 1
    return len(data)


class PublicResource(Resource):
    """What everybody may read on the public pages, with a token or without."""

    permission_classes = [AllowAny]
