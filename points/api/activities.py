"""活动: what villages did, and who was there."""

from typing import Any

from django.db.models import Count, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from points.models import Activity, Attendance
from points.models.rules import Joy
from points.permissions import ACTIVITY_READERS
from villages.api.access import Resource
from villages.models import Token


class ActivityOut(serializers.ModelSerializer[Activity]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    batch = serializers.CharField(source="batch.number", default=None, allow_null=True, help_text="由名单转成的批次")
    attended = serializers.IntegerField(help_text="到场的户数和人数")

    class Meta:
        model = Activity
        fields = ["id", "village", "kind", "joy", "title", "held_on", "place", "attended", "batch", "made_at"]


class AttendanceOut(serializers.ModelSerializer[Attendance]):
    household = serializers.CharField(source="household.number", help_text="户号")
    head_name = serializers.CharField(source="household.head_name")
    resident = serializers.IntegerField(source="resident_id", allow_null=True, help_text="到场的成员，户主到场为空")

    class Meta:
        model = Attendance
        fields = ["household", "head_name", "resident", "note"]


class ActivityFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    kind = filters.ChoiceFilter(choices=Activity.Kind.choices, label="类型")
    joy = filters.ChoiceFilter(choices=Joy.choices, label="五乐")
    since = filters.DateFilter(field_name="held_on", lookup_expr="gte", label="在这一天或以后")
    until = filters.DateFilter(field_name="held_on", lookup_expr="lte", label="在这一天或以前")


class Activities(ListModelMixin, RetrieveModelMixin, Resource):
    """活动，后登记的在前"""

    serializer_class = ActivityOut
    filterset_class = ActivityFilter
    action_scopes = {"attendances": Token.Scope.PEOPLE}
    personal_actions = frozenset({"attendances"})
    readers = ACTIVITY_READERS
    ordering = ("-pk",)
    queryset = Activity.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        seen = Activity.objects.visible_to(self.request.user).select_related("village", "batch")
        return seen.annotate(attended=Count("attendances"))

    @extend_schema(summary="一次活动到场的农户", responses=AttendanceOut(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def attendances(self, request: Request, pk: str) -> Response:
        present = self.get_object().attendances.select_related("household").order_by("household__number", "pk")
        return Response(AttendanceOut(present, many=True).data)
