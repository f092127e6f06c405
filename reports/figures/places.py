"""The places figures are made for: the district, a township, a village."""

from dataclasses import dataclass
from typing import assert_never

from villages.models import Township, Village
from villages.models.places import VillageQuerySet


@dataclass(frozen=True, slots=True)
class District:
    """The whole district. There is one, so it has no row."""

    code: str = "500114"
    name: str = "黔江区"


DISTRICT = District()
Place = District | Township | Village


def villages_of(place: Place) -> VillageQuerySet:
    """The villages of a place that use points: the only ones its figures count."""
    villages = Village.objects.with_points()
    match place:
        case District():
            return villages
        case Township():
            return villages.filter(township=place)
        case Village():
            return villages.filter(pk=place.pk)
        case _:
            assert_never(place)
