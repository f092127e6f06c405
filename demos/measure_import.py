"""A year's measures added from a list that was compared first."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from demos import measure_lines, measures
from demos.measures import CannotSet
from demos.models import Measure
from qianjiang_portal.foundation import workbooks
from qianjiang_portal.foundation.workbooks import Blank
from villages import lists
from villages.models import Unit, User


@transaction.atomic
def add_all(*, text: str, stamp: str, year: int, by: User, now: dt.datetime) -> list[Measure]:
    """Write what `measure_lines.compare` showed under `stamp`, all or nothing. Raises CannotSet or Changed."""
    compared = measure_lines.compare(text, measures.lock_units(), year)
    lists.refuse_unseen(compared, stamp, "举措", CannotSet)
    return measures.add(year=year, lines=compared.given, by=by, now=now)


def template(units: Sequence[Unit]) -> bytes:
    """An empty table to fill in, with the units that may lead."""
    names = [unit.name for unit in units]
    return workbooks.blank(
        "重点举措",
        [
            Blank("重点举措", 60, "写明做什么，最多 200 个字"),
            Blank("牵头单位", 22, "一个单位", names),
            Blank("配合单位", 40, "几个单位之间用顿号，可以空着"),
            Blank("时限", 14, "写成 2026-11-30 这样"),
        ],
        measure_lines.MOST,
    )
