"""兑换: outlets, their goods, the slips, and points becoming goods."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request

from points import counter_pages, permissions, store
from points.api.rows import NOT_FOUND
from points.api.shapes import valid
from points.forms.store import UNDO_REASONS
from points.models import Item, Outlet, Redemption, RedemptionLine
from points.models.store import STORE_READERS
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.api.errors import FieldsRefused
from villages.api.access import Resource
from villages.api.writing import HEADER, writes
from villages.models import Household, Token

KEEPERS = frozenset({"counter", "clerk"})
NAMESPACE = uuid.UUID("7a0f5c1e-58f0-4a4a-9d0c-3e1b1f1f8a64")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"})
class HourOut(serializers.TimeField):
    """A time of day as on the door: 08:00."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)


class OutletOut(serializers.ModelSerializer[Outlet]):
    village = serializers.CharField(source="village.code", help_text="所在村的代码")
    villages = serializers.SlugRelatedField(many=True, read_only=True, slug_field="code", help_text="服务的村")
    opens_at = HourOut()
    closes_at = HourOut()

    class Meta:
        model = Outlet
        fields = ["id", "name", "village", "villages", "weekdays", "opens_at", "closes_at", "closed_on"]


class ItemOut(serializers.ModelSerializer[Item]):
    outlet = serializers.IntegerField(source="outlet_id")

    class Meta:
        model = Item
        fields = ["outlet", "code", "name", "unit", "points", "barcode", "stock", "restock_on", "is_listed"]


class SlipLineOut(serializers.ModelSerializer[RedemptionLine]):
    item = serializers.CharField(source="item.code", help_text="物品的编码")

    class Meta:
        model = RedemptionLine
        fields = ["item", "name", "unit", "price", "quantity"]


class RedemptionOut(serializers.ModelSerializer[Redemption]):
    number = serializers.CharField(help_text="小票号，一个兑换点一天里不重复")
    outlet = serializers.IntegerField(source="outlet_id")
    household = serializers.CharField(source="household.number", help_text="户号")
    head_name = serializers.CharField(source="household.head_name")
    village = serializers.CharField(source="household.village.code", help_text="农户的村")
    lines = SlipLineOut(many=True)
    made_by = serializers.CharField(source="made_by.name")

    class Meta:
        model = Redemption
        fields = [
            "id",
            "number",
            "outlet",
            "household",
            "head_name",
            "village",
            "on",
            "points",
            "balance",
            "lines",
            "collector",
            "made_by",
            "made_at",
            "undone_at",
            "undo_reason",
        ]


class SlipLineIn(serializers.Serializer[Any]):
    item = serializers.CharField(max_length=12, help_text="物品的编码")
    quantity = serializers.IntegerField(min_value=1, max_value=store.MOST_OF_ONE)


class RedemptionIn(serializers.Serializer[Any]):
    outlet = serializers.IntegerField(min_value=1, max_value=2**62)
    household = serializers.CharField(max_length=20, help_text="户号")
    lines = SlipLineIn(many=True, allow_empty=False, min_length=1, max_length=50)
    seen = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="给农户看过的可兑换分，变了就不兑换"
    )
    collector = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40, help_text="领取人，本人领不写"
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["item"] for line in lines}) < len(lines):
            raise serializers.ValidationError("同一物品只写一行", "repeated")
        return lines


class UndoIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=[(word, word) for word in UNDO_REASONS])


class OutletFilter(filters.FilterSet):
    village = filters.CharFilter(field_name="villages__code", label="服务的村的代码")


class ItemFilter(filters.FilterSet):
    outlet = filters.NumberFilter(field_name="outlet_id", label="兑换点", min_value=1, max_value=2**62)
    is_listed = filters.BooleanFilter(label="现在能不能兑换")


class RedemptionFilter(filters.FilterSet):
    outlet = filters.NumberFilter(field_name="outlet_id", label="兑换点", min_value=1, max_value=2**62)
    village = filters.CharFilter(field_name="household__village__code", label="农户的村的代码")
    household = filters.CharFilter(field_name="household__number", label="户号")
    since = filters.DateFilter(field_name="on", lookup_expr="gte", label="在这一天或以后")
    until = filters.DateFilter(field_name="on", lookup_expr="lte", label="在这一天或以前")
    undone = filters.BooleanFilter(field_name="undone_at", lookup_expr="isnull", exclude=True, label="是否已撤销")


class Outlets(ListModelMixin, RetrieveModelMixin, Resource):
    """兑换点"""

    serializer_class = OutletOut
    filterset_class = OutletFilter
    readers = STORE_READERS
    queryset = Outlet.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        seen = Outlet.objects.visible_to(self.request.user)
        return seen.select_related("village").prefetch_related("villages")


class Items(ListModelMixin, Resource):
    """兑换点的物品和库存"""

    serializer_class = ItemOut
    filterset_class = ItemFilter
    readers = STORE_READERS
    queryset = Item.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Item.objects.visible_to(self.request.user)


class Redemptions(ListModelMixin, RetrieveModelMixin, Resource):
    """兑换，新的在前"""

    serializer_class = RedemptionOut
    filterset_class = RedemptionFilter
    token_scope = Token.Scope.PEOPLE
    action_scopes = dict.fromkeys(("create", "undo"), Token.Scope.REDEEM)
    action_roles = dict.fromkeys(("create", "undo"), KEEPERS)
    readers = STORE_READERS
    is_personal = True
    ordering = ("-pk",)
    queryset = Redemption.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        seen = Redemption.objects.visible_to(self.request.user)
        related = seen.select_related("household__village", "outlet__village", "made_by")
        return related.prefetch_related("lines__item")

    @writes(takes=RedemptionIn, gives=RedemptionOut, code=201, summary="兑换，扣分、出库和小票一次写成")
    def create(self, request: Request) -> tuple[str, Any]:
        given = valid(RedemptionIn, request)
        outlet = Outlet.objects.visible_to(request.user).select_related("village").filter(pk=given["outlet"]).first()
        if outlet is None:
            raise FieldsRefused({"outlet": [NOT_FOUND]})
        if not permissions.can_redeem(request.user, outlet):
            raise PermissionDenied
        made = store.redeem(
            outlet=outlet,
            household=_household(request.user, outlet, given["household"]),
            basket=_basket(outlet, given["lines"]),
            # Should the kept answer be forgotten, the slip still knows its key.
            key=uuid.uuid5(NAMESPACE, f"{request.auth.pk} {request.headers[HEADER]}"),
            seen=given.get("seen"),
            collector=given["collector"],
            by=request.user,
            now=calendar.now(),
        )
        return self._told(made)

    @writes(takes=UndoIn, gives=RedemptionOut, summary="撤销当天的兑换")
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> tuple[str, Any]:
        made: Redemption = self.get_object()
        if not permissions.can_redeem(request.user, made.outlet):
            raise PermissionDenied
        reason = valid(UndoIn, request)["reason"]
        return self._told(store.undo(redemption=made, reason=reason, by=request.user, now=calendar.now()))

    def _told(self, made: Redemption) -> tuple[str, Any]:
        return made.number, RedemptionOut(self.get_queryset().get(pk=made.pk)).data


def _household(user: Any, outlet: Outlet, number: str) -> Household:
    found = counter_pages.served(user, outlet).filter(number=number).first()
    if found is None:
        raise FieldsRefused({"household": [NOT_FOUND]})
    return found


def _basket(outlet: Outlet, lines: list[dict[str, Any]]) -> dict[int, int]:
    items = dict(outlet.items.filter(code__in=[line["item"] for line in lines]).values_list("code", "pk"))
    missing = {f"lines.{at}.item": [NOT_FOUND] for at, line in enumerate(lines) if line["item"] not in items}
    if missing:
        raise FieldsRefused(missing)
    return {items[line["item"]]: line["quantity"] for line in lines}
