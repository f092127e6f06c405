"""One shape for everything that is not done: `{"code", "message", "fields"}`, the words in Chinese.

`fields` names what has to be changed: `{"points": [{"code": "G-05", "message": "每次 +2 到 +8 分"}]}`; the fields of a
list are written `rows.0.points`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied as NotPermitted
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from qianjiang_portal.foundation.refusals import Conflict, Refused

MESSAGES = {
    "not_authenticated": "请求里没有令牌，写成 Authorization: Bearer <令牌>",
    "permission_denied": "没有做这件事的任职",
    "not_found": "没有找到，或不在任职范围内",
    "method_not_allowed": "这个地址不接受这种请求",
    "not_acceptable": "只能用 JSON 回答",
    "unsupported_media_type": "内容用 JSON 发送",
    "parse_error": "内容不是完整的 JSON",
}
FIELD_MESSAGES = {
    "required": "没有填写",
    "null": "不能为空",
    "blank": "不能为空",
    "empty": "不能为空",
    "invalid_choice": "不在可选的值里",
    "does_not_exist": "没有找到，或不在任职范围内",
    "null_characters_not_allowed": "里面有看不见的空字符，去掉再发",
    "not_a_list": "要写成列表",
    "not_a_dict": "要写成对象",
    "date": "日期写成 2026-11-30 这样",
}
# Where the frameworks tell how much there may be, their number in the portal's own words.
LIMITS = {
    "max_length": "最多 {} 个字",
    "min_length": "至少 {} 个字",
    "max_value": "最大是 {}",
    "min_value": "最小是 {}",
}
WHOLE, ANY, DAY, MOMENT = "只填整数", "只填数字", FIELD_MESSAGES["date"], "时间写成 2026-11-30T09:00:00+08:00 这样"
# What their fields call no value of theirs, all under one code.
NO_VALUE: tuple[tuple[Any, str], ...] = (
    (serializers.CharField, "要写成文字"),
    (serializers.IntegerField, WHOLE),
    (serializers.DecimalField, ANY),
    (serializers.BooleanField, "只写 true 或 false"),
    (serializers.DateTimeField, MOMENT),
    (serializers.DateField, DAY),
    (serializers.Serializer, FIELD_MESSAGES["not_a_dict"]),
    (forms.DateTimeField, MOMENT),
    (forms.DateField, DAY),
    (forms.IntegerField, WHOLE),
    (forms.DecimalField, ANY),
)
SEVERAL = "fields"


class FieldsRefused(Refused):
    """Single fields cannot stand: path such as `rows.0.points` → [(code, message)]."""

    code = SEVERAL

    def __init__(self, fields: Mapping[str, list[tuple[str, str]]]) -> None:
        super().__init__(f"有 {len(fields)} 处要改")
        self.fields = {
            name: [{"code": code, "message": text} for code, text in problems] for name, problems in fields.items()
        }


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal in the portal's own shape; what nobody foresaw stays a 500."""
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, NotPermitted):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = _body(error)
    return response


def _refused(error: Refused) -> Response:
    code = status.HTTP_409_CONFLICT if isinstance(error, Conflict) else status.HTTP_422_UNPROCESSABLE_ENTITY
    fields = error.fields if isinstance(error, FieldsRefused) else {}
    return Response({"code": error.code or "refused", "message": str(error), "fields": fields}, code)


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields: dict[str, list[dict[str, str]]] = {}
        for name, detail in _flat(error.detail):
            fields.setdefault(name or "_", []).append({"code": str(detail.code), "message": _field_message(detail)})
        return {"code": SEVERAL, "message": f"有 {len(fields)} 处要改", "fields": fields}
    if isinstance(error, exceptions.Throttled):
        return {"code": "throttled", "message": f"请求太密，{error.wait or 1:.0f} 秒后再试", "fields": {}}
    detail = error.detail
    code = str(getattr(detail, "code", error.default_code))
    return {"code": code, "message": MESSAGES.get(code, str(detail)), "fields": {}}


def _field_message(detail: exceptions.ErrorDetail) -> str:
    """The portal's own words, where it is a framework that speaks."""
    code, text = str(detail.code), str(detail)
    number = re.search(r"-?\d+(\.\d+)?", text)
    if code in LIMITS and number:
        return LIMITS[code].format(number[0])
    if code == "invalid":
        return next((words for field, words in NO_VALUE if text.startswith(_said_by(field))), text)
    return FIELD_MESSAGES.get(code, text)


def _said_by(field: Any) -> str:
    """How a field begins to say that something is no value of its kind."""
    return str(field.default_error_messages["invalid"]).partition("{")[0]


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Every message with the path that leads to it."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            name = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            yield from _flat(below, name)
    elif isinstance(detail, list):
        for at, below in enumerate(detail):
            is_text = isinstance(below, exceptions.ErrorDetail)
            yield from [(path, below)] if is_text else _flat(below, f"{path}.{at}".lstrip("."))
    else:
        yield path, detail
