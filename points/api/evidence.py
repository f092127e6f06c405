"""证明: the photographs and papers behind rows, sent and taken back by whoever enters them."""

import base64
import binascii
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request

from points import evidence, permissions
from points.api.entering import CLERKS
from points.api.reviews import READERS
from points.api.rows import NOT_FOUND
from points.api.shapes import LARGEST, batches_seen, valid
from points.models import Batch, Claim, Evidence
from qianjiang_portal.foundation import calendar, options, uploads
from qianjiang_portal.foundation.api.bodies import MEGABYTE
from qianjiang_portal.foundation.api.errors import FieldsRefused
from villages.api.access import Resource
from villages.api.writing import writes
from villages.models import Token


class EvidenceOut(serializers.ModelSerializer[Evidence]):
    village = serializers.CharField(source="batch.village.code", help_text="村的代码，12 位")
    batch = serializers.CharField(source="batch.number", help_text="批次号")
    line = serializers.IntegerField(source="claim.line", default=None, allow_null=True, help_text="行；空是整批的")
    name = serializers.CharField(source="file.name", help_text="文件名")
    content_type = serializers.CharField(source="file.content_type")
    size = serializers.IntegerField(source="file.size", help_text="字节")
    made_by = serializers.CharField(source="made_by.name")

    class Meta:
        model = Evidence
        fields = ["id", "village", "batch", "line", "name", "content_type", "size", "caption", "made_by", "made_at",
                  "withdrawn_at"]  # fmt: skip


class EvidenceIn(serializers.Serializer[Any]):
    batch = serializers.CharField(max_length=40, help_text="批次号")
    line = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST, help_text="行；不写是整批的")
    name = serializers.CharField(max_length=200, help_text="文件名")
    content = serializers.CharField(help_text="照片(JPG、PNG、WebP)或 PDF，写成 Base64", trim_whitespace=False)
    caption = serializers.CharField(required=False, default="", allow_blank=True, max_length=40, help_text="说明")

    def validate_content(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise serializers.ValidationError("内容要写成 Base64", "base64") from None


class EvidenceFilter(filters.FilterSet):
    batch = filters.CharFilter(field_name="batch__number", label="批次号")
    village = filters.CharFilter(field_name="batch__village__code", label="村的代码")
    line = filters.NumberFilter(field_name="claim__line", label="行", min_value=1, max_value=LARGEST)


class Proofs(ListModelMixin, RetrieveModelMixin, Resource):
    """申报行的证明，新的在前；照片本身在页面上看"""

    serializer_class = EvidenceOut
    filterset_class = EvidenceFilter
    token_scope = Token.Scope.PEOPLE
    action_scopes = dict.fromkeys(("create", "destroy"), Token.Scope.ENTER)
    action_roles = dict.fromkeys(("create", "destroy"), CLERKS)
    readers = READERS
    is_personal = True
    ordering = ("-pk",)
    queryset = Evidence.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def largest_body(self) -> int:
        """Base64 takes four characters for three bytes; the rest is the fields around it."""
        return (options.get("upload_megabytes") * 4 // 3 + 1) * MEGABYTE

    def get_queryset(self) -> QuerySet[Any]:
        seen = Evidence.objects.visible_to(self.request.user)
        return seen.select_related("batch__village", "claim", "file", "made_by")

    @writes(takes=EvidenceIn, gives=EvidenceOut, code=201, summary="给一行或整批传一份证明")
    def create(self, request: Request) -> tuple[str, Any]:
        given = valid(EvidenceIn, request)
        batch = batches_seen(request.user).filter(number=given["batch"]).first()
        if batch is None:
            raise FieldsRefused({"batch": [NOT_FOUND]})
        self._may_change(batch)
        claim = _claim(batch, given.get("line"))
        file = ContentFile(given["content"], given["name"])
        try:
            made = evidence.add(
                batch=batch, claim=claim, file=file, caption=given["caption"], by=request.user, now=calendar.now()
            )
        except uploads.BadUpload as refusal:
            raise FieldsRefused({"content": [("content", str(refusal))]}) from refusal
        return self._told(made)

    @writes(takes=None, gives=EvidenceOut, summary="撤下还没有送审的证明")
    def destroy(self, request: Request, pk: str) -> tuple[str, Any]:
        found: Evidence = self.get_object()
        self._may_change(found.batch)
        return self._told(evidence.withdraw(evidence=found, by=request.user, now=calendar.now()))

    def _may_change(self, batch: Batch) -> None:
        if not permissions.can_enter(self.request.user, batch.village):
            raise PermissionDenied

    def _told(self, made: Evidence) -> tuple[str, Any]:
        return made.batch.number, EvidenceOut(self.get_queryset().get(pk=made.pk)).data


def _claim(batch: Batch, line: int | None) -> Claim | None:
    if line is None:
        return None
    claim = batch.claims.live().select_related("rule").filter(line=line).first()
    if claim is None:
        raise FieldsRefused({"line": [NOT_FOUND]})
    return claim
