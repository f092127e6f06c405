"""地方: townships, villages and grids within the person's places."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from villages.api.access import Resource
from villages.models import Grid, Township, Village


class TownshipOut(serializers.ModelSerializer[Township]):
    class Meta:
        model = Township
        fields = ["code", "name", "kind", "phone"]


class VillageOut(serializers.ModelSerializer[Village]):
    township = serializers.CharField(source="township.code", help_text="乡镇街道的代码，9 位")
    successor = serializers.CharField(
        source="successor.code", default=None, allow_null=True, help_text="撤并以后并入的村的代码"
    )

    class Meta:
        model = Village
        fields = ["code", "name", "short_name", "kind", "township", "phone", "uses_points", "closed_on", "successor"]


class GridOut(serializers.ModelSerializer[Grid]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")

    class Meta:
        model = Grid
        fields = ["village", "number", "name", "keeper"]


class VillageFilter(filters.FilterSet):
    township = filters.CharFilter(field_name="township__code", label="乡镇街道的代码")
    uses_points = filters.BooleanFilter(label="是否实行积分制")

    class Meta:
        model = Village
        fields: list[str] = []


class GridFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")

    class Meta:
        model = Grid
        fields: list[str] = []


class Townships(ListModelMixin, RetrieveModelMixin, Resource):
    """乡镇街道"""

    serializer_class = TownshipOut
    lookup_field = "code"
    ordering = ("code",)
    queryset = Township.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Township.objects.visible_to(self.request.user)


class Villages(ListModelMixin, RetrieveModelMixin, Resource):
    """村和社区"""

    serializer_class = VillageOut
    filterset_class = VillageFilter
    lookup_field = "code"
    ordering = ("code",)
    queryset = Village.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Village.objects.visible_to(self.request.user).select_related("township", "successor")


class Grids(ListModelMixin, Resource):
    """网格（组）"""

    serializer_class = GridOut
    filterset_class = GridFilter
    queryset = Grid.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Grid.objects.visible_to(self.request.user).select_related("village")
