"""大屏: the district's figures, its townships by one measure after another, three charts. Nobody is named on it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.periods import Period
from reports.dashboards import heat
from reports.dashboards.district import DistrictPage, district_page
from reports.dashboards.parts import Cell, Chart, Tile
from reports.figures import show

# Measures that take turns, with the cell of a township's row where each stands.
MEASURES = (
    ("participation", "各乡镇参与户率", 0),
    ("net_per_household", "各乡镇户均净积分", 1),
    ("notices_rate", "各乡镇按期公示村", 3),
)
LABELS = ("参与户率", "净积分", "按时审核率", "按期公示", "异议在办", "总结")


@dataclass(frozen=True, slots=True)
class Panel:
    """All townships in code order under one measure, with the ends of its steps."""

    key: str
    title: str
    low: str
    high: str
    places: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class WallPage:
    district: DistrictPage
    tiles: tuple[Tile, ...]
    panels: tuple[Panel, ...]
    charts: tuple[Chart, ...]

    @property
    def period(self) -> Period:
        return self.district.period


def wall_page(period: Period, user: Any) -> WallPage:
    page = district_page(period, "", user)
    tiles = tuple(tile for label in LABELS for tile in page.tiles if tile.label.endswith(label))
    panels = tuple(_panel(page, *measure) for measure in MEASURES)
    return WallPage(page, tiles, panels, page.charts[:3])


def _panel(page: DistrictPage, key: str, title: str, at: int) -> Panel:
    steps = [show(Decimal(step), heat.UNITS[key]) for step in heat.STEPS[key]]
    places = tuple((row.name, row.cells[at]) for row in page.rows)
    return Panel(key, title, f"{steps[0]} 以下", f"{steps[-1]} 以上", places)
