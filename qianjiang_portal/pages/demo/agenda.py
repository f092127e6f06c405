"""What happens when, in order, with the portal's clock held at each moment."""

import datetime as dt
import heapq
from collections.abc import Callable
from itertools import count

from qianjiang_portal.foundation import calendar

Action = Callable[[dt.datetime], None]


class Agenda:
    """Actions by moment. One that runs may put more on the agenda; at the same moment, the first put runs first."""

    def __init__(self) -> None:
        self._order = count()
        self._items: list[tuple[dt.datetime, int, Action]] = []

    def at(self, moment: dt.datetime, action: Action) -> None:
        heapq.heappush(self._items, (moment, next(self._order), action))

    def run(self, until: dt.datetime) -> None:
        """Do everything that comes before `until`; what would come later is left as it lies."""
        while self._items and self._items[0][0] < until:
            moment, _, action = heapq.heappop(self._items)
            with calendar.at(moment):
                action(moment)
