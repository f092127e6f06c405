"""What a program sends: JSON, and no more of it than the address takes. Read whole, it lies in the process's memory.

The framework reads JSON through Django's own bound, one for all addresses, which answers with a page instead of JSON.
"""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

MEGABYTE = 1024 * 1024


class BodyTooLarge(APIException):
    """Refused by its length, before anything is read."""

    status_code = 413
    default_code = "too-large"


class BoundedJSONParser(BaseParser):
    """JSON of at most `view.largest_body` bytes, or a megabyte where the view names none.

    Raises BodyTooLarge, ParseError.
    """

    media_type = JSONParser.media_type

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        context = parser_context or {}
        most = getattr(context["view"], "largest_body", MEGABYTE)
        # WSGI hands out what the header says and not a byte more.
        if int(context["request"].META.get("CONTENT_LENGTH") or 0) > most:
            raise BodyTooLarge(f"内容超过 {most / MEGABYTE:.0f} MB，分几次发送")
        try:
            parsed: dict[str, Any] = JSONParser().parse(stream, media_type, context)
            # Half a character, such as "\\ud800", is JSON and is no text: neither database nor answer can hold it.
            json.dumps(parsed, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise ParseError from error
        return parsed


def refuse_unknown(shape: BaseSerializer[Any], data: Any) -> None:
    """Raises ValidationError for fields nobody knows: a misspelt one would be left as it is, and the answer be 200."""
    if unknown := list(_unknown(shape, data)):
        raise ValidationError({name: ["没有这一项"] for name in unknown}, code="unknown")


def _unknown(shape: Any, data: Any, path: str = "") -> Iterator[str]:
    if isinstance(shape, ListSerializer):
        for at, below in enumerate(data if isinstance(data, list) else ()):
            yield from _unknown(shape.child, below, f"{path}{at}.")
    elif isinstance(shape, Serializer) and isinstance(data, Mapping):
        for name, below in data.items():
            if name not in shape.fields:
                yield f"{path}{name}"
            else:
                yield from _unknown(shape.fields[name], below, f"{path}{name}.")
