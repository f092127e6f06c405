"""Criteria as they were published, to look at; the next version is made on the page of the programme."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from demos.models import Criterion
from qianjiang_portal.foundation.admin import ReadAdmin


@admin.register(Criterion)
class CriterionAdmin(ReadAdmin):
    fields = ("version", "position", "aspect", "text", "weight", "needs_evidence", "is_veto", "metric")
    readonly_fields = ("version",)
    list_display = ("text", "aspect", "weight", "needs_evidence", "is_veto", "version")
    list_filter = ("needs_evidence", "is_veto", "aspect")
    search_fields = ("text", "aspect")
    date_hierarchy = "standard__made_at"
    ordering = ("standard", "position")

    @admin.display(description="标准")
    def version(self, criterion: Criterion) -> str:
        return str(criterion.standard)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        return super().get_queryset(request).select_related("standard__programme")
