"""What every write of the API has in common: a key, one transaction, an answer that can be told again, a note."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from qianjiang_portal.foundation import audit, calendar
from villages import answers
from villages.api.access import Resource

HEADER = "Idempotency-Key"
AGAIN = "Idempotency-Replayed"
KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": "^[!-~]{8,64}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="程序自己取的键，一次写入一个。同一个键再发一次，只做一次，回答和第一次一样",
)

Write = Callable[..., tuple[str, Any]]


def writes(*, takes: Any, gives: Any, code: int = status.HTTP_200_OK, summary: str = "") -> Callable[[Write], Any]:
    """Make a method of a Resource a write: it answers what was changed (for the note) and the body."""

    def wrap(write: Write) -> Any:
        @wraps(write)
        def answered(self: Resource, request: Request, *args: Any, **kwargs: Any) -> Response:
            def do() -> tuple[int, Any]:
                target, body = write(self, request, *args, **kwargs)
                _note(self, request, target, body)
                return code, json.loads(JSONRenderer().render(body))

            given = answers.once(
                token=request.auth, key=_key(request), asked=_digest(request), do=do, now=calendar.now()
            )
            return Response(given.body, given.status, headers={AGAIN: "true"} if given.again else None)

        described = extend_schema(parameters=[KEY], request=takes, responses={code: gives}, summary=summary or None)
        return described(answered)

    return wrap


def _key(request: Request) -> str:
    given = request.headers.get(HEADER, "")
    if not answers.KEY.fullmatch(given):
        raise ValidationError({HEADER: ["写 8 到 64 个字母、数字或符号，一次写入一个"]}, code="key")
    return given


def _digest(request: Request) -> str:
    """Of what was asked, whatever its spaces and the order of its fields."""
    content = json.dumps(request.data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{request.method} {request.path}\n{content}".encode()).hexdigest()


def _note(view: Resource, request: Request, target: str, body: Any) -> None:
    """Which token did it; what was done is noted by the function that did it."""
    audit.record(
        actor=request.user,
        action=f"api.{view.basename}.{view.action}",
        target=target,
        place=str(body.get("village", ""))[:12],
        facts={"token": request.auth.prefix},
    )
