"""批次和申报行: what has been entered and how far it is."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from points.api.entering import BatchWrites, ClaimWrites
from points.api.reviews import READERS, BatchReviews
from points.api.shapes import BatchOut, ClaimOut, batches_seen, claims_seen
from points.models import Batch, Claim
from points.models.batches import State
from qianjiang_portal.foundation.api.moments import MomentFilter
from villages.api.access import Resource
from villages.models import Token


class BatchFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    state = filters.ChoiceFilter(choices=State.choices, label="状态")
    source = filters.ChoiceFilter(choices=Batch.Source.choices, label="来源")
    since = filters.DateFilter(field_name="occurred_on", lookup_expr="gte", label="发生在这一天或以后")
    until = filters.DateFilter(field_name="occurred_on", lookup_expr="lte", label="发生在这一天或以前")
    changed_since = MomentFilter(field_name="updated_at", lookup_expr="gte", label="这一刻以后改过的")


class ClaimFilter(filters.FilterSet):
    batch = filters.CharFilter(field_name="batch__number", label="批次号")
    village = filters.CharFilter(field_name="batch__village__code", label="村的代码")
    household = filters.CharFilter(field_name="household__number", label="户号")
    rule = filters.CharFilter(field_name="rule__code", label="事项的编码")
    state = filters.ChoiceFilter(choices=State.choices, label="状态")
    since = filters.DateFilter(field_name="occurred_on", lookup_expr="gte", label="发生在这一天或以后")
    until = filters.DateFilter(field_name="occurred_on", lookup_expr="lte", label="发生在这一天或以前")


class Batches(ListModelMixin, RetrieveModelMixin, BatchWrites, BatchReviews, Resource):
    """批次，新的在前"""

    serializer_class = BatchOut
    filterset_class = BatchFilter
    token_scope = Token.Scope.PEOPLE
    action_scopes = BatchWrites.action_scopes | BatchReviews.action_scopes
    action_roles = BatchWrites.action_roles | BatchReviews.action_roles
    readers = READERS
    lookup_field = "number"
    ordering = ("-pk",)
    queryset = Batch.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return batches_seen(self.request.user)


class Claims(ListModelMixin, RetrieveModelMixin, ClaimWrites, Resource):
    """申报行，新的在前"""

    serializer_class = ClaimOut
    filterset_class = ClaimFilter
    token_scope = Token.Scope.PEOPLE
    readers = READERS
    is_personal = True
    ordering = ("-pk",)
    queryset = Claim.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return claims_seen(self.request.user)
