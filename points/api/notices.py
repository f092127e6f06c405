"""公示: what stands on the public pages, masked as there, with a token or without."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from points import boards
from points.models import Notice, NoticeLine
from qianjiang_portal.foundation import calendar
from villages.api.access import PublicResource


class NoticeOut(serializers.ModelSerializer[Notice]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")
    village_name = serializers.CharField(source="village.full_name")

    class Meta:
        model = Notice
        fields = [
            "code",
            "village",
            "village_name",
            "period",
            "number",
            "state",
            "starts_on",
            "ends_on",
            "due_at",
            "rules_title",
            "households",
            "awards",
            "deductions",
        ]


class NoticeLineOut(serializers.ModelSerializer[NoticeLine]):
    class Meta:
        model = NoticeLine
        fields = [
            "position",
            "masked_name",
            "grid_name",
            "tail",
            "points_self",
            "points_law",
            "points_virtue",
            "total",
            "cumulative",
        ]


class NoticeWithLinesOut(NoticeOut):
    lines = serializers.SerializerMethodField(help_text="公示期内的行，期满后为空")

    class Meta(NoticeOut.Meta):
        fields = [*NoticeOut.Meta.fields, "lines"]

    def get_lines(self, notice: Notice) -> list[dict[str, Any]]:
        if boards.is_over(notice, calendar.today()):
            return []
        rows: list[dict[str, Any]] = list(NoticeLineOut(notice.lines.order_by("position"), many=True).data)
        return rows


class NoticeFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    township = filters.CharFilter(field_name="village__township__code", label="乡镇街道的代码")
    period = filters.CharFilter(label="月份，如 2026-11")


class Notices(ListModelMixin, RetrieveModelMixin, PublicResource):
    """公示，人人可读：列出今天在公示的；一期里的行在期满后撤下"""

    filterset_class = NoticeFilter
    lookup_field = "code"
    ordering = ("-pk",)
    queryset = Notice.objects.none()

    def get_serializer_class(self) -> type[NoticeOut]:
        return NoticeOut if self.action == "list" else NoticeWithLinesOut

    def get_queryset(self) -> QuerySet[Any]:
        found = Notice.objects.select_related("village__township")
        today = calendar.today()
        return found.open().filter(starts_on__lte=today, ends_on__gte=today) if self.action == "list" else found

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Search engines stay away, as from the pages."""
        response = super().dispatch(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response
