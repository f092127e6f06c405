"""指标: what is asked of every village once a quarter, and what they reported."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin

from villages.api.access import Resource
from villages.models import Indicator, IndicatorValue
from villages.models.indicators import READERS


class IndicatorOut(serializers.ModelSerializer[Indicator]):
    class Meta:
        model = Indicator
        fields = ["code", "name", "unit", "decimals", "kind", "meaning", "source", "is_active"]


class IndicatorValueOut(serializers.ModelSerializer[IndicatorValue]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    indicator = serializers.CharField(source="indicator.code", help_text="指标的代码")

    class Meta:
        model = IndicatorValue
        fields = ["village", "indicator", "period", "value", "compared_with", "note", "entered_at"]
        extra_kwargs = {"value": {"coerce_to_string": False}, "compared_with": {"coerce_to_string": False}}


class IndicatorFilter(filters.FilterSet):
    is_active = filters.BooleanFilter(label="是否在用")


class IndicatorValueFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    township = filters.CharFilter(field_name="village__township__code", label="乡镇街道的代码")
    indicator = filters.CharFilter(field_name="indicator__code", label="指标的代码")
    period = filters.CharFilter(label="季度，如 2026Q3")


class Indicators(ListModelMixin, Resource):
    """每季填报的指标"""

    serializer_class = IndicatorOut
    filterset_class = IndicatorFilter
    readers = READERS
    ordering = ("position", "code")
    queryset = Indicator.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Indicator.objects.in_order()


class IndicatorValues(ListModelMixin, Resource):
    """各村填报的数值，后填的在前"""

    serializer_class = IndicatorValueOut
    filterset_class = IndicatorValueFilter
    readers = READERS
    ordering = ("-pk",)
    queryset = IndicatorValue.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return IndicatorValue.objects.visible_to(self.request.user).select_related("village", "indicator")
