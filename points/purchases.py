"""进货 to read: the goods that came in on one sheet, for their own page and for the book of money."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from points.models import Outlet, StockMove
from qianjiang_portal.foundation import calendar, purchases
from qianjiang_portal.foundation.purchases import Purchase


def lines(user: Any, key: UUID) -> list[StockMove]:
    """What came in on a sheet, of a store one sees."""
    seen = Outlet.objects.visible_to(user)
    rows = StockMove.objects.filter(kind=StockMove.Kind.RECEIPT, key=key, item__outlet__in=seen)
    return list(rows.select_related("item__outlet__village__township", "made_by").order_by("item__code"))


@purchases.teller
def tell(keys: Iterable[UUID]) -> list[Purchase]:
    rows = StockMove.objects.filter(kind=StockMove.Kind.RECEIPT, key__in=list(keys))
    found: dict[UUID, list[StockMove]] = defaultdict(list)
    for move in rows.select_related("item__outlet").order_by("item__code"):
        if move.key:
            found[move.key].append(move)
    return [_told(key, moves) for key, moves in found.items()]


def _told(key: UUID, moves: list[StockMove]) -> Purchase:
    first = moves[0]
    outlet = first.item.outlet
    what = "、".join(f"{move.item.name}×{move.quantity}" for move in moves)
    return Purchase(key, outlet.village_id, calendar.local_date(first.made_at), outlet.name, what)
