"""Figures for Prometheus: what `health` reads now, and what each request took, from all processes of the web server."""

import math
import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from qianjiang_portal.pages import health

REQUESTS = Counter("portal_requests", "Requests answered", ("route", "method", "status"))
SECONDS = Histogram(
    "portal_request_seconds",
    "Time to answer",
    ("route",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one request. The route is the name of the address, never the address: numbers of households stay out."""
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


class HealthCollector(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = health.look()
        yield GaugeMetricFamily("portal_ready", "1 when requests can be answered", value=float(found.is_ready))
        well = GaugeMetricFamily("portal_reading_ok", "1 for each reading within its limit", labels=["reading"])
        for reading in found.readings:
            well.add_metric([reading.name], float(reading.state == "ok"))
            # What was never done, or cannot be seen, is older than any limit.
            value = math.inf if reading.number is None else reading.number
            yield GaugeMetricFamily(f"portal_{reading.name}", reading.name, value=value)
        yield well


def text() -> bytes:
    """Everything in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(HealthCollector())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    return generate_latest(registry)
