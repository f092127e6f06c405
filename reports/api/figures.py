"""汇总数字: the figures of a place and period, the same ones the dashboards and reports print."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.periods import Period
from reports import figures
from reports.figures import DISTRICT, Place
from villages import scope
from villages.api.access import Resource
from villages.models import Township, Village

EARLIEST, LATEST = 2000, 2100
READERS = frozenset({"clerk", "reviewer", "leader", "district", "auditor"})


class FigureOut(serializers.Serializer[figures.Figure]):
    name = serializers.CharField()
    label = serializers.CharField(help_text="名称")
    value = serializers.DecimalField(
        max_digits=20, decimal_places=None, allow_null=True, coerce_to_string=False, help_text="率是 0 到 1 之间的数"
    )
    before = serializers.DecimalField(
        max_digits=20, decimal_places=None, allow_null=True, coerce_to_string=False, help_text="上一期"
    )
    unit = serializers.CharField()
    formula = serializers.CharField(help_text="口径")
    source = serializers.CharField(help_text="出处")


@extend_schema_serializer(many=False)
class FiguresOut(serializers.Serializer[Any]):
    place = serializers.CharField()
    place_name = serializers.CharField()
    period = serializers.CharField()
    figures = FigureOut(many=True)


ASKED = [
    OpenApiParameter("place", str, required=True, description="区 500114，或乡镇街道 9 位、村 12 位的代码"),
    OpenApiParameter("period", str, description="如 2026-11、2026Q4、2026H2、2026Y，不写是本月"),
]


class Figures(Resource):
    """汇总数字，和看板、报告同一口径"""

    pagination_class = None
    filter_backends = []
    parameters = ("place", "period")

    @extend_schema(parameters=ASKED, responses=FiguresOut, operation_id="figures_retrieve")
    def list(self, request: Request) -> Response:
        place, period = _place(request), _period(request)
        found = figures.place_figures(place, period)
        before = found.figures_before
        told = [
            vars_of(figure) | {"before": before[name].value if name in before else None}
            for name, figure in found.figures.items()
        ]
        said = {"place": place.code, "place_name": place.name, "period": period.slug, "figures": told}
        return Response(FiguresOut(said).data)


def vars_of(figure: figures.Figure) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in ("name", "label", "value", "unit", "formula", "source")}


def _place(request: Request) -> Place:
    """Within reach as on the pages: the district and a whole township by role, a village by `visible_to`."""
    code = request.query_params.get("place", "")
    if not code:
        raise ValidationError({"place": "没有填写"}, code="required")
    reach = scope.places(request.user, READERS)
    if code == DISTRICT.code and reach.everywhere:
        return DISTRICT
    township = Township.objects.visible_to(request.user).filter(code=code).first()
    if township and reach.covers_township(township):
        return township
    villages = Village.objects.filter(scope.within(request.user, READERS | {"liaison"}, path=""))
    if village := villages.filter(code=code).first():
        return village
    raise Http404


def _period(request: Request) -> Period:
    given = request.query_params.get("period")
    if given is None:
        return periods.of(calendar.today())
    try:
        found = periods.parse(given)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found.year <= LATEST:
        raise ValidationError({"period": "写成 2026-11、2026Q4、2026H2 或 2026Y"}, code="invalid")
    return found
