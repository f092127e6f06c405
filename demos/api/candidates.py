"""示范创建: a year's targets, and the places on their way to them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from demos.models import Candidate, Milestone, Move, Programme, Stage
from demos.models.programmes import READERS
from villages.api.access import Resource


class StageOut(serializers.ModelSerializer[Stage]):
    class Meta:
        model = Stage
        fields = ["key", "name", "days"]


class ProgrammeOut(serializers.ModelSerializer[Programme]):
    title = serializers.CharField(help_text="如“区级示范村”")
    stages = StageOut(many=True, help_text="环节，按先后")

    class Meta:
        model = Programme
        fields = ["id", "year", "level", "kind", "title", "minimum", "hoped", "stages"]


class CandidateOut(serializers.ModelSerializer[Candidate]):
    programme = serializers.IntegerField(source="programme_id")
    village = serializers.CharField(
        source="village.code", default=None, allow_null=True, help_text="村的代码，创建示范镇时为空"
    )
    township = serializers.CharField(source="town.code", help_text="乡镇街道的代码")
    name = serializers.CharField()
    stage = serializers.ChoiceField(source="stage.key", choices=Stage.Key.choices)
    stage_name = serializers.CharField(source="stage.name")

    class Meta:
        model = Candidate
        fields = [
            "id",
            "programme",
            "village",
            "township",
            "name",
            "stage",
            "stage_name",
            "since",
            "owner",
            "standing",
            "mend_by",
            "closed_on",
        ]


class MoveOut(serializers.ModelSerializer[Move]):
    from_stage = serializers.CharField(source="from_stage.name", default=None, allow_null=True)
    to_stage = serializers.CharField(source="to_stage.name")

    class Meta:
        model = Move
        fields = ["kind", "on", "from_stage", "to_stage", "standing", "note"]


class MilestoneOut(serializers.ModelSerializer[Milestone]):
    class Meta:
        model = Milestone
        fields = ["name", "owner", "planned_on", "done_on"]


class CandidateWithWayOut(CandidateOut):
    moves = MoveOut(many=True, help_text="历程，按先后")
    milestones = MilestoneOut(many=True, help_text="节点")

    class Meta(CandidateOut.Meta):
        fields = [*CandidateOut.Meta.fields, "moves", "milestones"]


class ProgrammeFilter(filters.FilterSet):
    year = filters.NumberFilter(label="年度", min_value=2000, max_value=2100)


class CandidateFilter(filters.FilterSet):
    programme = filters.NumberFilter(field_name="programme_id", label="创建计划", min_value=1, max_value=2**62)
    township = filters.CharFilter(method="of_township", label="乡镇街道的代码")
    stage = filters.ChoiceFilter(field_name="stage__key", choices=Stage.Key.choices, label="环节")
    closed = filters.BooleanFilter(field_name="closed_on", lookup_expr="isnull", exclude=True, label="是否已退出")

    def of_township(self, rows: QuerySet[Candidate], _name: str, code: str) -> QuerySet[Candidate]:
        return rows.filter(township__code=code) | rows.filter(village__township__code=code)


class Programmes(ListModelMixin, RetrieveModelMixin, Resource):
    """创建计划"""

    serializer_class = ProgrammeOut
    filterset_class = ProgrammeFilter
    readers = READERS
    queryset = Programme.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return Programme.objects.visible_to(self.request.user).prefetch_related(
            Prefetch("stages", Stage.objects.order_by("position"))
        )


class Candidates(ListModelMixin, RetrieveModelMixin, Resource):
    """创建对象"""

    filterset_class = CandidateFilter
    readers = READERS
    queryset = Candidate.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_serializer_class(self) -> type[CandidateOut]:
        return CandidateOut if self.action == "list" else CandidateWithWayOut

    def get_queryset(self) -> QuerySet[Any]:
        seen = Candidate.objects.visible_to(self.request.user).with_places()
        return (
            seen
            if self.action == "list"
            else seen.prefetch_related(
                Prefetch("milestones", Milestone.objects.order_by("planned_on", "pk")),
                Prefetch("moves", Move.objects.select_related("from_stage", "to_stage").order_by("pk")),
            )
        )
