"""便民代办 to read: what was taken on and how late it is, and what each village does for people."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from villages.models import Errand


@dataclass(frozen=True)
class Line:
    errand: Errand
    late: int

    @property
    def late_words(self) -> str:
        return f"逾期 {self.late} 天"


def lines(errands: Iterable[Errand], today: dt.date) -> list[Line]:
    """Errands with the days past the promised one; what is done is not late any more."""
    return [Line(one, 0 if one.done_on else max(0, (today - one.promised_on).days)) for one in errands]
