"""Figures by name, so that rooms which must not import each other can still read each other's numbers.

An app registers its figures when it is ready; demonstration criteria and assessment schemes ask for them by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.periods import Period

Compute = Callable[[Any, Period], Decimal | int | None]


@dataclass(frozen=True)
class Metric:
    name: str
    label: str
    unit: str
    compute: Compute


class UnknownMetric(KeyError):
    """No app has registered a figure of that name."""


Family = Callable[[], "list[Metric]"]

_registry: dict[str, Metric] = {}
_families: list[Family] = []


def register(name: str, *, label: str, unit: str) -> Callable[[Compute], Compute]:
    """Declare a figure: `compute(place, period)` answers its value in `unit`, or None where there is none."""

    def keep(compute: Compute) -> Compute:
        if name in _registry and _registry[name].compute is not compute:
            raise ValueError(f"metric {name} is registered twice")
        _registry[name] = Metric(name, label, unit, compute)
        return compute

    return keep


def family(members: Family) -> Family:
    """Declare figures that are themselves rows: `members()` answers those there are now."""
    if members not in _families:
        _families.append(members)
    return members


def value(name: str, place: Any, period: Period) -> Decimal | int | None:
    """The figure `name` of a place in a period. Raises UnknownMetric."""
    return find(name).compute(place, period)


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
