"""总结: what townships and member units handed in for a half-year or a year."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from reports.models import Summary, SummarySection
from reports.models.summaries import READERS
from villages.api.access import Resource


class SummaryOut(serializers.ModelSerializer[Summary]):
    sender = serializers.CharField(source="sender.slug", help_text="乡镇街道的代码、成员单位的代码，或区 500114")
    sender_name = serializers.CharField(source="sender.name")

    class Meta:
        model = Summary
        fields = [
            "id",
            "sender",
            "sender_name",
            "period",
            "state",
            "receipt",
            "submitted_at",
            "signed_at",
            "handled_at",
            "return_reason",
            "is_paper",
        ]


class SectionOut(serializers.ModelSerializer[SummarySection]):
    class Meta:
        model = SummarySection
        fields = ["key", "text", "version", "saved_at"]


class SummaryWithTextOut(SummaryOut):
    sections = SectionOut(many=True, help_text="写好的各节")

    class Meta(SummaryOut.Meta):
        fields = [*SummaryOut.Meta.fields, "note", "sections"]


class SummaryFilter(filters.FilterSet):
    period = filters.CharFilter(label="时期，如 2026H1、2026Y")
    township = filters.CharFilter(field_name="township__code", label="乡镇街道的代码")
    unit = filters.CharFilter(field_name="unit__code", label="成员单位的代码")
    state = filters.ChoiceFilter(choices=Summary.State.choices, label="状态")


class Summaries(ListModelMixin, RetrieveModelMixin, Resource):
    """半年和年终总结，新的在前"""

    filterset_class = SummaryFilter
    readers = READERS
    ordering = ("-pk",)
    queryset = Summary.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_serializer_class(self) -> type[SummaryOut]:
        return SummaryOut if self.action == "list" else SummaryWithTextOut

    def get_queryset(self) -> QuerySet[Any]:
        seen = Summary.objects.visible_to(self.request.user).select_related("township", "unit")
        return seen if self.action == "list" else seen.prefetch_related("sections")
