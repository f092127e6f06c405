"""审核: a batch opened and decided by its reviewer, what was decided, and who sits on the panel."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request

from points import permissions, review
from points.api.rows import NOT_FOUND
from points.api.shapes import BatchOut, VersionIn, batches_seen, valid
from points.models import Batch, PanelMember, Review
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.api.errors import FieldsRefused
from villages import scope
from villages.api.access import Resource
from villages.api.writing import writes
from villages.models import Token

REVIEWERS = frozenset({"reviewer"})
READERS = scope.HOUSEHOLD_READERS - {"counter"}
MOST = 1000


class ReviewOut(serializers.ModelSerializer[Review]):
    batch = serializers.CharField(source="batch.number")
    village = serializers.CharField(source="batch.village.code", help_text="村的代码，12 位")
    decided_by = serializers.CharField(source="decided_by.name")
    present = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name", help_text="参评人")

    class Meta:
        model = Review
        fields = [
            "id",
            "batch",
            "village",
            "decided_by",
            "decided_at",
            "held_at",
            "present",
            "opinion",
            "approved",
            "returned",
        ]


class PanelMemberOut(serializers.ModelSerializer[PanelMember]):
    village = serializers.CharField(source="village.code", help_text="村的代码，12 位")

    class Meta:
        model = PanelMember
        fields = ["id", "village", "name", "is_head", "begins_on", "ends_on"]


class ReturnedIn(serializers.Serializer[Any]):
    claim = serializers.IntegerField(min_value=1, max_value=2**62, help_text="申报行的 id")
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=list(review.REASONS.items())), required=False, max_length=6
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)


class DecisionIn(VersionIn):
    approve = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        required=False,
        max_length=MOST,
        help_text="通过的申报行的 id",
    )
    returned = ReturnedIn(many=True, required=False, max_length=MOST, help_text="退回的行")
    present = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), max_length=50, help_text="参评人的 id"
    )
    held_at = serializers.DateTimeField(required=False, help_text="会议时间，不写是现在")
    opinion = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class ReviewFilter(filters.FilterSet):
    batch = filters.CharFilter(field_name="batch__number", label="批次号")
    village = filters.CharFilter(field_name="batch__village__code", label="村的代码")


class PanelFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="village__code", label="村的代码")
    on = filters.DateFilter(method="in_office", label="这一天在任的")

    def in_office(self, rows: QuerySet[PanelMember], _name: str, on: dt.date) -> QuerySet[PanelMember]:
        return rows.filter(pk__in=PanelMember.objects.visible_to(self.request.user).current(on).values("pk"))


class BatchReviews(Resource):
    """A batch in the hands of whoever may review it: never of its makers."""

    action_scopes = dict.fromkeys(("open", "decide"), Token.Scope.REVIEW)
    action_roles = dict.fromkeys(("open", "decide"), REVIEWERS)

    @writes(takes=None, gives=BatchOut, summary="开始审核一批，经办不能再撤回")
    @action(detail=True, methods=["post"])
    def open(self, request: Request, number: str) -> tuple[str, Any]:
        batch = self._to_review()
        if not permissions.can_review(request.user, batch):
            raise PermissionDenied
        review.open(batch=batch, checker=request.user, now=calendar.now())
        return number, BatchOut(batches_seen(request.user).get(number=number)).data

    @writes(takes=DecisionIn, gives=ReviewOut, code=201, summary="通过和退回一批里的行，没有写到的行仍待审核")
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, number: str) -> tuple[str, Any]:
        batch, given = self._to_review(), valid(DecisionIn, request)
        returned = {
            row["claim"]: review.ReturnNote(row.get("reasons", []), row["note"]) for row in given.get("returned", [])
        }
        made = review.decide(
            batch=batch,
            checker=request.user,
            version=given["version"],
            approve=given.get("approve", []),
            returned=returned,
            present=_present(batch, request.user, given["present"]),
            held_at=given.get("held_at") or calendar.now(),
            opinion=given["opinion"],
            now=calendar.now(),
        )
        return number, ReviewOut(made).data

    def _to_review(self) -> Batch:
        batch: Batch = self.get_object()
        if not scope.covers(self.request.user, REVIEWERS, batch.village):
            raise PermissionDenied
        return batch


class Reviews(ListModelMixin, RetrieveModelMixin, Resource):
    """评议，新的在前"""

    serializer_class = ReviewOut
    filterset_class = ReviewFilter
    token_scope = Token.Scope.PEOPLE
    readers = READERS
    ordering = ("-pk",)
    queryset = Review.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        seen = Review.objects.visible_to(self.request.user)
        return seen.select_related("batch__village", "decided_by").prefetch_related("present")


class Panel(ListModelMixin, Resource):
    """评议小组的成员，各届都在"""

    serializer_class = PanelMemberOut
    filterset_class = PanelFilter
    token_scope = Token.Scope.PEOPLE
    readers = READERS
    queryset = PanelMember.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return PanelMember.objects.visible_to(self.request.user).select_related("village")


def _present(batch: Batch, user: Any, ids: list[int]) -> list[PanelMember]:
    found = PanelMember.objects.visible_to(user).filter(village=batch.village, pk__in=ids)
    members = {member.pk: member for member in found}
    missing = {f"present.{at}": [NOT_FOUND] for at, pk in enumerate(ids) if pk not in members}
    if missing:
        raise FieldsRefused(missing)
    return list(members.values())
