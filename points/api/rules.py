"""细则: versions of the rules within the person's places, and their items."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from points import rules
from points.models import Rule, RuleSet
from points.models.rules import Dimension
from points.rule_lines import COLUMNS
from qianjiang_portal.foundation import calendar
from villages.api.access import Resource
from villages.models import Village


class RuleSetOut(serializers.ModelSerializer[RuleSet]):
    township = serializers.CharField(
        source="township.code", default=None, allow_null=True, help_text="乡镇版本所在的乡镇街道"
    )
    village = serializers.CharField(source="village.code", default=None, allow_null=True, help_text="村级版本所在的村")

    class Meta:
        model = RuleSet
        fields = [
            "id",
            "scope",
            "township",
            "village",
            "title",
            "year",
            "state",
            "effective_from",
            "effective_to",
            "meeting",
            "held_on",
            "expected",
            "attended",
            "agreed",
        ]


class RuleOut(serializers.ModelSerializer[Rule]):
    rule_set = serializers.IntegerField(source="rule_set_id")

    class Meta:
        model = Rule
        fields = ["id", "rule_set", *COLUMNS, "basis"]


class RuleSetFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=RuleSet.State.choices, label="状态")
    year = filters.NumberFilter(label="版本年份", min_value=2000, max_value=2100)


class RuleFilter(filters.FilterSet):
    rule_set = filters.NumberFilter(field_name="rule_set_id", label="哪一版", min_value=1, max_value=2**62)
    in_force = filters.CharFilter(method="for_village", label="村的代码，只要这个村今天适用的一版")
    dimension = filters.ChoiceFilter(choices=Dimension.choices, label="三治")

    def for_village(self, rows: QuerySet[Rule], _name: str, code: str) -> QuerySet[Rule]:
        village = Village.objects.visible_to(self.request.user).filter(code=code).first()
        found = rules.in_force(village, calendar.today()) if village else None
        return rows.filter(rule_set=found) if found else rows.filter(Q(pk__in=()))


class RuleSets(ListModelMixin, RetrieveModelMixin, Resource):
    """积分细则的版本"""

    serializer_class = RuleSetOut
    filterset_class = RuleSetFilter
    queryset = RuleSet.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return RuleSet.objects.visible_to(self.request.user).select_related("township", "village")


class Rules(ListModelMixin, RetrieveModelMixin, Resource):
    """细则条目"""

    serializer_class = RuleOut
    filterset_class = RuleFilter
    queryset = Rule.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return Rule.objects.visible_to(self.request.user)
