"""Households that changed shortly before the last day: one moved next door, two became one, one changed its group."""

import datetime as dt
from collections.abc import Iterator, Sequence

from points import households
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo.people import Cast
from villages.models import Grid, Household, Village


def happen(casts: Sequence[tuple[Village, Cast]], until: dt.date) -> None:
    """In the first villages with a history, as far as they have households with nothing on its way."""
    day = until - dt.timedelta(days=2)
    now = calendar.moment(day, 15)
    (village, cast), *others = casts
    free = _free(village, day)
    with calendar.at(now):
        said = {"by": cast.maker, "now": now}
        if other := next((one for one, _ in others if one.township_id == village.township_id), None):
            grid, home = (
                Grid.objects.filter(village=other).select_related("village").in_order().first(),
                next(free, None),
            )
            if grid and home:
                households.move(household=home, grid=grid, reason=f"搬到{other.short_name}居住", **said)
        one, into, regrouped = next(free, None), next(free, None), next(free, None)
        if one and into:
            households.merge(household=one, into=into, reason="父子两户合并", **said)
        if regrouped:
            grid = Grid.objects.filter(village=village).exclude(pk=regrouped.grid_id).in_order().first()
            if grid:
                households.regroup(household=regrouped, grid=grid, reason="按住址调整", **said)


def _free(village: Village, today: dt.date) -> Iterator[Household]:
    """Households of a village that may be handed over, with points first."""
    homes = Household.objects.filter(village=village).active().select_related("village__township", "grid")
    for home in homes.order_by("-balance__posted", "number"):
        if not households.obstacles(home, today):
            yield home
