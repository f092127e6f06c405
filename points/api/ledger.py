"""流水和余额: the lines of passbooks and what households hold."""

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from points import passbooks
from points.models import Entry
from points.models.ledger import Kind
from qianjiang_portal.foundation.api.moments import MomentFilter
from villages import scope
from villages.api.access import Resource
from villages.models import Household, Token


class EntryOut(serializers.ModelSerializer[Entry]):
    household = serializers.CharField(source="household.number", help_text="户号")
    head_name = serializers.CharField(source="household.head_name")
    village = serializers.CharField(source="village.code", help_text="入账时所在的村")
    rule = serializers.CharField(source="rule.code", default=None, allow_null=True, help_text="事项的编码")
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True, help_text="冲正的是哪一笔")
    seal = serializers.CharField(source="seal.short", help_text="封签的前 20 位")

    class Meta:
        model = Entry
        fields = [
            "id",
            "household",
            "head_name",
            "village",
            "kind",
            "points",
            "rule",
            "dimension",
            "joy",
            "occurred_on",
            "posted_at",
            "period",
            "reverses",
            "seal",
        ]


class BalanceOut(serializers.ModelSerializer[Household]):
    household = serializers.CharField(source="number", help_text="户号")
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    posted = serializers.IntegerField(help_text="已入账，可能小于 0")
    earned = serializers.IntegerField(help_text="累计")
    available = serializers.IntegerField(help_text="可兑换")
    on_notice = serializers.IntegerField(help_text="公示中，还不能兑换")

    class Meta:
        model = Household
        fields = ["household", "head_name", "village", "posted", "earned", "available", "on_notice"]


class EntryFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    household = filters.CharFilter(field_name="household__number", label="户号")
    kind = filters.ChoiceFilter(choices=Kind.choices, label="类别")
    period = filters.CharFilter(label="入账月份，如 2026-11")
    posted_since = MomentFilter(field_name="posted_at", lookup_expr="gte", label="这一刻以后入账的")
    since = filters.DateFilter(field_name="occurred_on", lookup_expr="gte", label="发生在这一天或以后")
    until = filters.DateFilter(field_name="occurred_on", lookup_expr="lte", label="发生在这一天或以前")


class BalanceFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    grid = filters.NumberFilter(field_name="grid__number", label="组的序号", min_value=1, max_value=99)


class Entries(ListModelMixin, RetrieveModelMixin, Resource):
    """流水，新的在前"""

    serializer_class = EntryOut
    filterset_class = EntryFilter
    token_scope = Token.Scope.PEOPLE
    readers = scope.HOUSEHOLD_READERS
    is_personal = True
    ordering = ("-pk",)
    queryset = Entry.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return Entry.objects.visible_to(self.request.user).select_related("household", "village", "rule", "seal")


class Balances(ListModelMixin, RetrieveModelMixin, Resource):
    """余额，按户号排列"""

    serializer_class = BalanceOut
    filterset_class = BalanceFilter
    token_scope = Token.Scope.PEOPLE
    readers = scope.HOUSEHOLD_READERS
    is_personal = True
    lookup_field = "number"
    ordering = ("number",)
    queryset = Household.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        seen = Household.objects.visible_to(self.request.user).select_related("village")
        return passbooks.with_figures(seen).annotate(posted=Coalesce(F("balance__posted"), 0))
