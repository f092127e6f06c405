"""Figures by name, so that rooms which must not import each other can still read each other's numbers.

An app registers its figures when it is ready; demonstration criteria and assessment schemes ask for them by name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.periods import Period

Value = Decimal | int | None
Compute = Callable[[Any, Period], Value]
# The figure of many villages at once: id → value, where there is one.
Many = Callable[[Iterable[Any], Period], Mapping[int, Value]]


@dataclass(frozen=True)
class Metric:
    name: str
    label: str
    unit: str
    compute: Compute
    many: Many | None = None
    formula: str = ""


class UnknownMetric(KeyError):
    """No app has registered a figure of that name."""


Family = Callable[[], "list[Metric]"]

_registry: dict[str, Metric] = {}
_families: list[Family] = []


def register(
    name: str, *, label: str, unit: str, formula: str = "", many: Many | None = None
) -> Callable[[Compute], Compute]:
    """Declare a figure: `compute(place, period)` answers its value in `unit`, or None where there is none.

    `formula` says in words, for whoever reads it, what is counted; `many` answers it for a list of villages in one go.
    """

    def keep(compute: Compute) -> Compute:
        if name in _registry and _registry[name].compute is not compute:
            raise ValueError(f"metric {name} is registered twice")
        _registry[name] = Metric(name, label, unit, compute, many, formula)
        return compute

    return keep


def family(members: Family) -> Family:
    """Declare figures that are themselves rows: `members()` answers those there are now."""
    if members not in _families:
        _families.append(members)
    return members


def value(name: str, place: Any, period: Period) -> Value:
    """The figure `name` of a place in a period. Raises UnknownMetric."""
    return find(name).compute(place, period)


def of_villages(name: str, villages: Iterable[Any], period: Period) -> dict[int, Value]:
    """The figure `name` of each village by id, where there is one. Raises UnknownMetric."""
    found, metric = list(villages), find(name)
    if metric.many:
        return dict(metric.many(found, period))
    values = {village.pk: metric.compute(village, period) for village in found}
    return {pk: value for pk, value in values.items() if value is not None}


def find(name: str) -> Metric:
    if name in _registry:
        return _registry[name]
    for metric in _of_families():
        if metric.name == name:
            return metric
    raise UnknownMetric(name)


def known() -> list[Metric]:
    fixed = [_registry[name] for name in sorted(_registry)]
    return [*fixed, *_of_families()]


def _of_families() -> list[Metric]:
    return [metric for members in _families for metric in members()]
