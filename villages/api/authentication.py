"""Who asks: a token stands for a person and for a part of what that person may do."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from qianjiang_portal.foundation import calendar, origin
from villages import tokens
from villages.models import Token, User

KEYWORD = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer qj_…`; no session opens the API, so that no page can be made to use it."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("写成 Authorization: Bearer <令牌>", "token-unknown")
        text = words[1].decode("latin-1")
        try:
            token = tokens.recognise(text=text, address=origin.address(), now=calendar.now())
        except tokens.NotAccepted as refusal:
            raise AuthenticationFailed(str(refusal), refusal.code) from refusal
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "在“接口令牌”里新建的令牌"}
