"""What the schema says about every address besides what its view gives: how a refusal looks, and which there are."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

READ = ("400", "401", "403", "404", "406", "429")
WRITE = (*READ, "409", "413", "415", "422")
UNCHANGED = {"304": {"description": "和上次一样（If-None-Match）"}}
WORDS = {
    "400": "写法不对，`fields` 说明是哪一项",
    "401": "没有令牌，或令牌没用了",
    "403": "令牌没有勾选这件事，或没有这样的任职",
    "404": "没有找到，或不在任职范围内",
    "406": "只能用 JSON 回答",
    "409": "刚被改过，或同样的请求正在处理",
    "413": "内容太长",
    "415": "内容不是 JSON",
    "422": "看懂了，但按规则不能这样做，什么也没有写入",
    "429": "请求太密，`Retry-After` 是要等的秒数",
}


class FieldProblem(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField(help_text="中文，可以直接给人看")


class Problem(serializers.Serializer[Any]):
    """没有办成时的回答，都是这个样子"""

    code = serializers.CharField(help_text="一个词，如 token-scope、G-05")
    message = serializers.CharField(help_text="中文，可以直接给人看")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=FieldProblem(many=True), help_text="哪一项有什么不对，列表里的写成 rows.0.points"
    )


class Described(AutoSchema):
    """The schema of one address, refusals included."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        if self.method == "GET":
            bodies |= UNCHANGED
        for code in READ if self.method == "GET" else WRITE:
            bodies.setdefault(code, self._get_response_for_code(Problem, code) | {"description": WORDS[code]})
        return dict(sorted(bodies.items()))


class KeptGenerator(SchemaGenerator):
    """Draws the schema up once in the life of a process: it is the same for everybody, and takes a second of work."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        return _drawn_up()


@cache
def _drawn_up() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    for name, shape in schema["components"]["schemas"].items():
        if name.endswith("Request"):
            # Fields nobody knows are refused (`bodies.refuse_unknown`).
            shape["additionalProperties"] = False
    return schema
