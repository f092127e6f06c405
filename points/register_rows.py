"""The lines of a household sheet beside the village's register, by set and by set in the database.

What a line would do is worked out beside the households, read once. Nothing here writes to the register.
"""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import IO, Any

from django.db import connection
from django.db.models import Sum
from psycopg2.extras import execute_values

from points import opening_rows, passbooks, roster_rows
from points.models import RegisterFile, RegisterLine
from points.roster_rows import Does, Register
from points.workbooks.registers import COLUMNS, NEW
from qianjiang_portal.foundation import calendar
from villages.models import Household

# What judges the lines of a kind of sheet, and what tells of a sound one what it would do.
JUDGES: dict[str, tuple[str, type[roster_rows.Told] | type[opening_rows.Told]]] = {
    "roster": (roster_rows.JUDGE, roster_rows.Told),
    "opening": (opening_rows.JUDGE, opening_rows.Told),
}

# A household is found by its number; without one by its head, as long as there is one of that name (in that group).
RESOLVE = """
WITH numbers AS (
  SELECT number AS key, id FROM villages_household WHERE village_id = %(village)s
  UNION ALL SELECT right(number, 4), id FROM villages_household WHERE village_id = %(village)s
), heads AS (
  SELECT head_name, count(*) AS n, min(id) AS id FROM villages_household
  WHERE village_id = %(village)s AND state = 'active' GROUP BY head_name
), heads_there AS (
  SELECT head_name, grid_id, count(*) AS n, min(id) AS id FROM villages_household
  WHERE village_id = %(village)s AND state = 'active' GROUP BY head_name, grid_id
)
UPDATE points_registerline i SET
  grid_id = grid.id,
  grid_number = coalesce(s.grid_number, grid.number),
  into_id = target.id,
  household_id = CASE WHEN s.number = %(new)s THEN NULL WHEN s.number <> '' THEN numbers.id
    WHEN s.raw_grid = '' THEN CASE WHEN heads.n = 1 THEN heads.id END
    WHEN heads_there.n = 1 THEN heads_there.id END
FROM points_registerline s
  LEFT JOIN LATERAL (SELECT id, number FROM villages_grid g WHERE g.village_id = %(village)s AND s.raw_grid <> ''
    AND (g.number = s.grid_number OR s.grid_number IS NULL AND g.name = btrim(s.raw_grid)) ORDER BY number LIMIT 1
  ) grid ON true
  LEFT JOIN numbers ON numbers.key = s.number
  LEFT JOIN numbers target ON s.into_number <> '' AND target.key = s.into_number
  LEFT JOIN heads ON heads.head_name = s.name
  LEFT JOIN heads_there ON heads_there.head_name = s.name AND heads_there.grid_id = grid.id
WHERE i.id = s.id AND s.source_id = %(source)s
"""


# The same household twice, or twice the same new one without a word that these are two.
REPEATED = """
WITH turns AS (
  SELECT s.id, s.household_id, first_value(s.line) OVER turn AS first_line, row_number() OVER turn AS n
  FROM points_registerline s WHERE s.source_id = %(source)s AND s.does <> 'problem'
    AND (s.household_id IS NOT NULL OR s.number = '')
  WINDOW turn AS (PARTITION BY s.household_id, CASE WHEN s.household_id IS NULL THEN s.name END,
                  CASE WHEN s.household_id IS NULL THEN s.grid_number END ORDER BY s.line)
)
UPDATE points_registerline i SET does = 'problem', problems = jsonb_build_array(jsonb_build_object(
  'field', 'name', 'code', CASE WHEN turns.household_id IS NULL THEN 'D-03' ELSE 'D-01' END, 'line', first_line))
FROM turns WHERE turns.id = i.id AND n > 1
"""

RESET = """
UPDATE points_registerline SET does = 'same', problems = '[]', changes = '[]', warnings = '[]'
WHERE source_id = %(source)s
"""


def fill(source: RegisterFile, lines: IO[bytes]) -> int:
    """Take the lines of a file into the staging table in place of what was there; answers how many."""
    RegisterLine.objects.filter(source=source).delete()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY points_registerline (source_id, {', '.join(COLUMNS)}) FROM STDIN", lines)
        return int(cursor.rowcount)


def compare(source: RegisterFile, now: dt.datetime) -> str:
    """Judge every line anew beside the register as it is; answers the stamp of what was seen."""
    judge, tell = JUDGES[source.kind]
    facts: dict[str, Any] = {
        "source": source.pk,
        "village": source.village_id,
        "new": NEW,
        "in_flight": list(passbooks.IN_FLIGHT),
        "today": calendar.local_date(now),
    }
    with connection.cursor() as cursor:
        for statement in (RESET, RESOLVE, judge, REPEATED):
            cursor.execute(statement, facts)
    register = Register.read(source.village_id)
    told = [tell(line, register) for line in _sound(source)]
    _keep([_row(one) for one in told])
    return _stamp(source, register)


def counts(source: RegisterFile) -> dict[str, int]:
    """Lines by what they would do, and the households of the register that the sheet does not name."""
    lines = list(RegisterLine.objects.filter(source=source).values_list("does", "household", "warnings"))
    found = Counter(does for does, _, _ in lines)
    named = {home for _, home, _ in lines if home}
    absent = Household.objects.filter(village=source.village_id).active().exclude(pk__in=named).count()
    told = {does: found[does] for does in Does.values}
    writes = len(lines) - found[Does.SAME] - found[Does.PROBLEM]
    warned = sum(bool(warnings) and does != Does.PROBLEM for does, _, warnings in lines)
    points = RegisterLine.objects.filter(source=source, does=Does.NEW).aggregate(sum=Sum("points", default=0))["sum"]
    return told | {"all": len(lines), "writes": writes, "warning": warned, "absent": absent, "points": points}


def _sound(source: RegisterFile) -> Iterable[RegisterLine]:
    return RegisterLine.objects.filter(source=source).exclude(does=Does.PROBLEM).order_by("line")


def _row(told: roster_rows.Told | opening_rows.Told) -> tuple[Any, ...]:
    as_json = (json.dumps(one, ensure_ascii=False) for one in (told.changes, told.warnings))
    return (told.line.pk, told.does, *as_json)


def _keep(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE points_registerline i SET does = v.does, changes = v.changes::jsonb, warnings = v.warnings::jsonb "
            "FROM (VALUES %s) AS v(id, does, changes, warnings) WHERE i.id = v.id",
            rows,
            page_size=5000,
        )


def _stamp(source: RegisterFile, register: Register) -> str:
    """What was seen: lines, what each would do, and the versions and points of every household it touches."""
    columns = ("line", "does", "name", "household", "into", "grid_number", "points", "changes", "problems")
    seen = []
    for row in RegisterLine.objects.filter(source=source).order_by("line").values_list(*columns):
        touched = [register.homes[pk] for pk in row[3:5] if pk in register.homes]
        seen.append((*row, [(home.pk, home.version, register.posted.get(home.pk, 0)) for home in touched]))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]
