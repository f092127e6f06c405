"""Two villages before they merge: what each has, what stands in the way, and which group becomes which."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from points import mergers
from points.models import ChainHead, VillageMerger
from points.models.ledger import shorten
from points.rules import in_force
from villages.models import Grid, Village


@dataclass(frozen=True)
class Side:
    """One of the two villages."""

    village: Village
    standing: mergers.Standing
    rules: str
    seal: str


@dataclass(frozen=True)
class Page:
    """What was chosen so far; `sides` once both villages are."""

    villages: tuple[Village, ...]
    source: Village | None
    into: Village | None
    sides: tuple[Side, ...]
    grids: tuple[tuple[str, str], ...]
    obstacles: tuple[str, ...]
    done: tuple[VillageMerger, ...]

    @property
    def is_chosen(self) -> bool:
        return bool(self.source and self.into)

    @property
    def mark(self) -> str:
        return self.sides[0].standing.mark if self.sides else ""


def read(given: Mapping[str, str], today: dt.date) -> Page:
    """The page for `source` and `into`, statistics codes, as they stand in an address or a form."""
    villages = list(Village.objects.open().select_related("township").in_code_order())
    by_code = {village.code: village for village in villages}
    source, into = by_code.get(given.get("source", "")), by_code.get(given.get("into", ""))
    both = [source, into] if source and into else []
    return Page(
        villages=tuple(villages),
        source=source,
        into=into,
        sides=tuple(_side(village, today) for village in both if village),
        grids=_grids(source, into) if source and into and source != into else (),
        obstacles=tuple(mergers.obstacles(source, into, today)) if source and into else (),
        done=tuple(
            VillageMerger.objects.select_related("source__township", "into__township", "last_seal").order_by("-pk")
        ),
    )


def _side(village: Village, today: dt.date) -> Side:
    head = ChainHead.objects.filter(village=village).first()
    found = in_force(village, today)
    return Side(
        village=village,
        standing=mergers.standing(village, today),
        rules=found.title if found else "",
        seal=shorten(head.digest) if head else "",
    )


def _grids(source: Village, into: Village) -> tuple[tuple[str, str], ...]:
    last = max(Grid.objects.filter(village=into).values_list("number", flat=True), default=0)
    old = Grid.objects.filter(village=source).in_order()
    return tuple((one.name, f"{last + at} {source.short_name}{one.name}") for at, one in enumerate(old, 1))
