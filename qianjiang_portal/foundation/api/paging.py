"""Lists by cursor: a page stays what it was while rows are added before it."""

import binascii
from typing import Any

from django.core.exceptions import ValidationError as Unreadable
from django.db import DataError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

BAD_CURSOR = "cursor 用上一页 next 里的，不要自己写"
MOST = 200


class Pages(CursorPagination):
    """`{"next", "previous", "results"}`; `limit` 1 to 200 rows. A view names its order, which must be unique."""

    page_size = 100
    max_page_size = MOST
    page_size_query_param = "limit"
    ordering = ("pk",)
    cursor_query_description = "上一页回答里的 next 或 previous 带的位置"
    page_size_query_description = f"一页几行，1 到 {MOST}"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return getattr(view, "ordering", self.ordering)

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return self.page_size
        if not given.isdecimal() or not 1 <= int(given[:9]) <= MOST:
            raise ValidationError({"limit": [f"填 1 到 {MOST}"]}, code="range")
        return int(given)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            return super().decode_cursor(request)
        except (NotFound, binascii.Error, ValueError) as error:
            raise ValidationError({"cursor": [BAD_CURSOR]}, code="cursor") from error

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, DataError, Unreadable) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            # A cursor somebody made up may hold a position that is no number and no date.
            raise ValidationError({"cursor": [BAD_CURSOR]}, code="cursor") from error
