"""How batches and their rows are written in the API, given and taken."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from rest_framework import serializers
from rest_framework.request import Request

from points.models import Batch, Claim
from points.models.batches import State
from qianjiang_portal.foundation.api.bodies import refuse_unknown

LARGEST = 99999
MOST_ROWS = 200


class BatchOut(serializers.ModelSerializer[Batch]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    rule_set = serializers.IntegerField(source="rule_set_id")
    rule = serializers.CharField(source="rule.code", default=None, allow_null=True, help_text="整批同一事项时的编码")
    maker = serializers.CharField(source="maker.name")
    rows = serializers.IntegerField(help_text="行数，不含已撤销")
    points = serializers.IntegerField(help_text="分值合计，不含已撤销")

    class Meta:
        model = Batch
        fields = [
            "number",
            "village",
            "rule_set",
            "rule",
            "occurred_on",
            "source",
            "state",
            "maker",
            "version",
            "rows",
            "points",
            "made_at",
            "updated_at",
            "submitted_at",
            "decided_at",
        ]


class ClaimOut(serializers.ModelSerializer[Claim]):
    batch = serializers.CharField(source="batch.number")
    household = serializers.CharField(source="household.number", help_text="户号")
    head_name = serializers.CharField(source="household.head_name")
    resident = serializers.IntegerField(source="resident_id", allow_null=True, help_text="按人计分时的成员")
    rule = serializers.CharField(source="rule.code", help_text="事项的编码")
    notice = serializers.CharField(source="notice.code", default=None, allow_null=True, help_text="公示编号")
    return_reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Claim
        fields = [
            "id",
            "batch",
            "line",
            "household",
            "head_name",
            "resident",
            "rule",
            "quantity",
            "points",
            "occurred_on",
            "note",
            "state",
            "version",
            "return_reasons",
            "return_note",
            "notice",
        ]


class RowIn(serializers.Serializer[Any]):
    """要加的一行，没有写的按整批的事项、常用分和日期"""

    household = serializers.CharField(max_length=20, help_text="户号")
    resident = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**62, help_text="按人计分时的成员"
    )
    rule = serializers.CharField(required=False, max_length=8, help_text="事项的编码，不写是整批的事项")
    points = serializers.IntegerField(
        required=False, min_value=-LARGEST, max_value=LARGEST, help_text="带正负号，不写是事项的常用分"
    )
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=LARGEST)
    occurred_on = serializers.DateField(required=False, help_text="不写是整批的日期")
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)


class RowsIn(serializers.Serializer[Any]):
    rows = RowIn(many=True, allow_empty=False, min_length=1, max_length=MOST_ROWS, help_text=f"1 到 {MOST_ROWS} 行")


class BatchIn(RowsIn):
    village = serializers.CharField(max_length=12, help_text="村的代码，12 位")
    rule = serializers.CharField(required=False, max_length=8, help_text="整批同一事项时的编码")
    occurred_on = serializers.DateField(help_text="日期")


class VersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="读到的 version，变了就不写入")


class ClaimIn(VersionIn):
    """要改的，没有写的不变"""

    household = serializers.CharField(required=False, max_length=20, help_text="户号")
    points = serializers.IntegerField(required=False, min_value=-LARGEST, max_value=LARGEST)
    quantity = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    occurred_on = serializers.DateField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=60)


class WarningOut(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="行")
    message = serializers.CharField()


class BatchWithRowsOut(BatchOut):
    claims = ClaimOut(many=True, source="claims_told", help_text="这次写入的行")
    warnings = WarningOut(many=True, help_text="能写入，但要留意的行")

    class Meta(BatchOut.Meta):
        fields = [*BatchOut.Meta.fields, "claims", "warnings"]


class ClaimSavedOut(ClaimOut):
    warnings = serializers.ListField(child=serializers.CharField(), help_text="能写入，但要留意的")

    class Meta(ClaimOut.Meta):
        fields = [*ClaimOut.Meta.fields, "warnings"]


def valid(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    refuse_unknown(given, request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def batches_seen(user: Any) -> QuerySet[Batch]:
    live = ~Q(claims__state=State.WITHDRAWN)
    summed = Batch.objects.visible_to(user).annotate(
        rows=Count("claims", filter=live), points=Sum("claims__points", filter=live, default=0)
    )
    return summed.select_related("village", "rule", "maker")


def claims_seen(user: Any) -> QuerySet[Claim]:
    return Claim.objects.visible_to(user).select_related("batch", "household", "rule", "notice")
