"""The village and group a list is narrowed to by its address, among those a person may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from villages.models import Grid, Village


@dataclass(frozen=True)
class Places:
    """What may be chosen and what is; a place that is unknown or out of sight counts as not chosen."""

    villages: list[Village]
    grids: list[Grid]
    village: Village | None
    grid: Grid | None

    @classmethod
    def read(cls, user: Any, given: Mapping[str, str]) -> "Places":
        """Reads `village` (a statistics code) and `grid` (its number in the village)."""
        villages = list(Village.objects.visible_to(user).in_code_order().select_related("township"))
        village = next((place for place in villages if place.code == given.get("village")), None)
        grids = list(Grid.objects.filter(village=village).in_order()) if village else []
        grid = next((place for place in grids if str(place.number) == given.get("grid")), None)
        return cls(villages, grids, village, grid)

    @property
    def filters(self) -> dict[str, Village | Grid]:
        chosen = {"village": self.village, "grid": self.grid}
        return {name: place for name, place in chosen.items() if place}

    @property
    def is_wide(self) -> bool:
        """Whether the places reach over one township, so that short names may repeat."""
        return len({village.township_id for village in self.villages}) > 1
