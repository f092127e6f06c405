"""Two villages before they merge: what each has, what stands in the way, and which group becomes which."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from points import mergers
from points.models import ChainHead, VillageMerger
from points.models.ledger import shorten
from points.rules import in_force
from villages.models import Appointment, Grid, Village


@dataclass(frozen=True)
class Side:
    """One of the two villages."""

    village: Village
    standing: mergers.Standing
    rules: str
    seal: str


@dataclass(frozen=True)
class Held:
    """An appointment that does not go over by itself: whose, and what somebody has to do about it."""

    post: Appointment
    village: Village

    @property
    def does(self) -> str:
        into = self.village.successor.short_name if self.village.successor else "并入的村"
        if self.post.village:
            return f"在账号里换岗到{into}，或结束任职"
        return f"在结对帮扶里结束和{self.village.short_name}的结对，需要的和{into}登记"


@dataclass(frozen=True)
class Page:
    """What was chosen so far; `sides` once both villages are.

    `held` is who is tied to the village that ends, `left` who still is to one that has ended.
    """

    villages: tuple[Village, ...]
    source: Village | None
    into: Village | None
    sides: tuple[Side, ...]
    grids: tuple[tuple[str, str], ...]
    obstacles: tuple[str, ...]
    held: tuple[Held, ...]
    done: tuple[VillageMerger, ...]
    left: tuple[Held, ...]

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
        held=_held([source], today) if source and into else (),
        done=tuple(
            VillageMerger.objects.select_related("source__township", "into__township", "last_seal").order_by("-pk")
        ),
        left=_held(list(Village.objects.closed().select_related("township", "successor")), today),
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


def _held(villages: list[Village], today: dt.date) -> tuple[Held, ...]:
    """Who is appointed in these villages or in a unit paired with them, today or from a later day on, by account."""
    if not villages:
        return ()
    named = {village.pk: village for village in villages}
    posts = Appointment.objects.overlapping(today, None).tied_to(Village.objects.filter(pk__in=named))
    people = posts.filter(user__is_active=True).in_words().select_related("user").order_by("user__username", "pk")
    return tuple(
        Held(post, named[pk])
        for post in people
        for pk in ([post.village_id] if post.village_id else [one.pk for one in post.covered_villages])
        if pk in named
    )


def _grids(source: Village, into: Village) -> tuple[tuple[str, str], ...]:
    last = max(Grid.objects.filter(village=into).values_list("number", flat=True), default=0)
    old = Grid.objects.filter(village=source).in_order()
    return tuple((one.name, f"{last + at} {source.short_name}{one.name}") for at, one in enumerate(old, 1))
