"""Points brought over from another book: the first entry of a household, posted once under one seal."""

import datetime as dt

from points import ledger
from points.models import RegisterFile, RegisterLine
from points.models.ledger import Kind
from points.roster_rows import Does


def write(source: RegisterFile, now: dt.datetime) -> dict[str, int]:
    """Post every line that stands; answers what was done. Raises CannotPost."""
    lines = RegisterLine.objects.filter(source=source, does=Does.NEW).select_related("household__grid").order_by("line")
    posted = [_line(source, line) for line in lines]
    ledger.post(village=source.village, lines=posted, now=now)
    return {"households": len(posted), "points": sum(line.points for line in posted)}


def _line(source: RegisterFile, line: RegisterLine) -> ledger.Line:
    assert line.household
    assert line.points
    return ledger.Line.of(
        line.household,
        source=f"opening:{source.pk}:{line.line}",
        points=line.points,
        kind=Kind.OPENING,
        occurred_on=source.day,
    )
