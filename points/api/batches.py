"""批次和申报行: what has been entered and how far it is."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from points.models import Batch, Claim
from points.models.batches import State
from villages import scope
from villages.api.access import Resource
from villages.models import Token

READERS = scope.HOUSEHOLD_READERS - {"counter"}


class BatchOut(serializers.ModelSerializer[Batch]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    rule_set = serializers.IntegerField(source="rule_set_id")
    rule = serializers.CharField(source="rule.code", default=None, help_text="整批同一事项时的编码")
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
    notice = serializers.CharField(source="notice.code", default=None, help_text="公示编号")
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


class BatchFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    state = filters.ChoiceFilter(choices=State.choices, label="状态")
    source = filters.ChoiceFilter(choices=Batch.Source.choices, label="来源")


class ClaimFilter(filters.FilterSet):
    batch = filters.CharFilter(field_name="batch__number", label="批次号")
    village = filters.CharFilter(field_name="batch__village__code", label="村的代码")
    household = filters.CharFilter(field_name="household__number", label="户号")
    rule = filters.CharFilter(field_name="rule__code", label="事项的编码")
    state = filters.ChoiceFilter(choices=State.choices, label="状态")
    since = filters.DateFilter(field_name="occurred_on", lookup_expr="gte", label="发生在这一天或以后")
    until = filters.DateFilter(field_name="occurred_on", lookup_expr="lte", label="发生在这一天或以前")


def batches_seen(user: Any) -> QuerySet[Batch]:
    live = ~Q(claims__state=State.WITHDRAWN)
    summed = Batch.objects.visible_to(user).annotate(
        rows=Count("claims", filter=live), points=Sum("claims__points", filter=live, default=0)
    )
    return summed.select_related("village", "rule", "maker")


def claims_seen(user: Any) -> QuerySet[Claim]:
    return Claim.objects.visible_to(user).select_related("batch", "household", "rule", "notice")


class Batches(ListModelMixin, RetrieveModelMixin, Resource):
    """批次，新的在前"""

    serializer_class = BatchOut
    filterset_class = BatchFilter
    token_scope = Token.Scope.PEOPLE
    readers = READERS
    lookup_field = "number"
    ordering = ("-pk",)
    queryset = Batch.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return batches_seen(self.request.user)


class Claims(ListModelMixin, RetrieveModelMixin, Resource):
    """申报行，新的在前"""

    serializer_class = ClaimOut
    filterset_class = ClaimFilter
    token_scope = Token.Scope.PEOPLE
    readers = READERS
    is_personal = True
    ordering = ("-pk",)
    queryset = Claim.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return claims_seen(self.request.user)
