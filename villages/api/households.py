"""农户: the register of households, and the names in one of them."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from villages import scope, search
from villages.api.access import Resource
from villages.models import Household, Resident, Token


class HouseholdOut(serializers.ModelSerializer[Household]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    grid = serializers.IntegerField(source="grid.number", help_text="组的序号")
    grid_name = serializers.CharField(source="grid.name")

    class Meta:
        model = Household
        fields = [
            "number",
            "village",
            "grid",
            "grid_name",
            "head_name",
            "members",
            "state",
            "joined_on",
            "left_on",
        ]


class ResidentOut(serializers.ModelSerializer[Resident]):
    class Meta:
        model = Resident
        fields = ["id", "name", "relation", "is_head"]


class HouseholdFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    township = filters.CharFilter(field_name="village__township__code", label="乡镇街道的代码")
    grid = filters.NumberFilter(field_name="grid__number", label="组的序号", min_value=1, max_value=99)
    state = filters.ChoiceFilter(choices=Household.State.choices, label="状态")
    q = filters.CharFilter(method="find", label="户主、拼音首字母或户号")

    class Meta:
        model = Household
        fields: list[str] = []

    def find(self, rows: QuerySet[Household], _name: str, text: str) -> QuerySet[Household]:
        return rows.filter(search.households(text[:40]))


class Households(ListModelMixin, RetrieveModelMixin, Resource):
    """农户"""

    serializer_class = HouseholdOut
    filterset_class = HouseholdFilter
    token_scope = Token.Scope.PEOPLE
    readers = scope.HOUSEHOLD_READERS
    is_personal = True
    lookup_field = "number"
    ordering = ("number",)
    queryset = Household.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Household.objects.visible_to(self.request.user).select_related("village", "grid")

    @extend_schema(summary="一户的家庭成员", responses=ResidentOut(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def members(self, request: Request, number: str) -> Response:
        household = self.get_object()
        return Response(ResidentOut(household.residents.order_by("-is_head", "pk"), many=True).data)
