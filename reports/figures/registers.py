"""What was done beside the points: figures of other registers by name, in the groups a report tells them in."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from qianjiang_portal.foundation import metrics
from qianjiang_portal.foundation.periods import Period
from reports.figures.places import DISTRICT, Place
from villages.metrics import PREFIX

Value = int | Decimal | None

GROUPS: dict[str, tuple[str, ...]] = {
    "公示和异议": ("notices", "objections", "objections_in_time"),
    "录入": ("entered_on_time", "entered_promptly"),
    "积分兑换": ("points_redeemed", "redeeming_households", "points_outstanding", "store_liability"),
    "荣誉和活动": (
        "honours", "activities_party", "activities_self", "activities_law", "activities_virtue", "activities_economy",
        "activities_publicity",
    ),
    "公开和服务": ("disclosures_on_time", "charters_filed", "errands_in_time"),
    "人员": ("cadres_trained", "cadres_appraised"),
    "结对帮扶": ("pairing_visits", "pairing_people", "pairing_money", "pairing_goods"),
    "经费": ("funds_budget", "funds_income", "funds_spent", "funds_balance"),
    "示范创建": ("demos_under_way", "demos_recognised"),
    "宣传和督查": ("cases_adopted", "publicity_pieces", "rectified_in_time"),
}  # fmt: skip
# What is asked of the district alone: a township neither calls these meetings nor collects summaries.
OF_THE_DISTRICT = {"结对帮扶": ("special_meetings",), "宣传和督查": ("summaries_in_time",)}
INDICATORS = "村级指标"
MONEY = ("元", "万元")  # always with two decimals; what is counted in pieces only where there are any


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in each of the periods asked for; a rate is a share between 0 and 1."""

    group: str
    name: str
    label: str
    unit: str
    formula: str
    values: tuple[Value, ...]


def work(place: Place, periods: list[Period]) -> list[Line]:
    """All lines of a place, group by group; indicators that nobody reported are left out."""
    asked = None if place == DISTRICT else place
    return [line for group, metric in _wanted(place) if _is_told(line := _line(group, metric, asked, periods))]


def _wanted(place: Place) -> Iterator[tuple[str, metrics.Metric]]:
    for group, names in GROUPS.items():
        more = OF_THE_DISTRICT.get(group, ()) if place == DISTRICT else ()
        for name in (*names, *more):
            yield group, metrics.find(name)
    for metric in metrics.known():
        if metric.name.startswith(PREFIX):
            yield INDICATORS, metric


def _line(group: str, metric: metrics.Metric, place: object, periods: list[Period]) -> Line:
    values = tuple(_rounded(metric.compute(place, period), metric.unit) for period in periods)
    return Line(group, metric.name, metric.label, metric.unit, metric.formula, values)


def _is_told(line: Line) -> bool:
    return line.group != INDICATORS or any(value is not None for value in line.values)


def _rounded(value: metrics.Value, unit: str) -> Value:
    if value is None or isinstance(value, int):
        return value
    if unit == "%":
        return (value / 100).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    if unit not in MONEY and value == value.to_integral_value():
        return int(value)
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
