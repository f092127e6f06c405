"""The lines of a household sheet beside the village's register: what each would do, and what is wrong with it.

Judged set by set in the database; what would change is worked out beside the households, read once. Writes nothing.
"""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import connection
from psycopg2.extras import execute_values

from points import passbooks
from points.models import Balance, RegisterFile, RegisterLine
from points.workbooks import registers
from points.workbooks.registers import COLUMNS, NEW
from qianjiang_portal.foundation import calendar
from villages.models import Household

Does = RegisterLine.Does
MOST_MEMBERS = 30

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


def _found(place: str, code: str) -> str:
    return f"""'[{{"field": "{place}", "code": "{code}"}}]'::jsonb"""


# Nothing but constants of this module goes into it; every value is a parameter.
JUDGE = f"""
WITH judged AS (
  SELECT s.id,
    CASE WHEN s.name = '' AND (s.number IN ('', %(new)s)) THEN {_found("name", "H-00")}
         WHEN length(s.name) > 40 THEN {_found("name", "N-40")}
         WHEN s.name ~ '[0-9]' THEN {_found("name", "N-02")}
         WHEN s.number = '' AND h.id IS NULL AND EXISTS (SELECT FROM villages_household o
           WHERE o.village_id = %(village)s AND o.state = 'active' AND o.head_name = s.name)
         THEN {_found("name", "H-11")}
         ELSE '[]' END
    || CASE WHEN s.number IN ('', %(new)s) THEN '[]'
         WHEN h.id IS NULL AND s.number ~* '^[0-9](\\.[0-9]+)?E\\+?[0-9]+$' THEN {_found("number", "H-04")}
         WHEN h.id IS NULL THEN {_found("number", "H-03")}
         WHEN h.state <> 'active' THEN {_found("number", "H-02")} ELSE '[]' END
    || CASE WHEN s.raw_grid = '' AND s.number IN ('', %(new)s) AND h.id IS NULL THEN {_found("grid", "K-00")}
         WHEN s.raw_grid <> '' AND s.grid_id IS NULL AND (s.grid_number IS NULL OR s.grid_number NOT BETWEEN 1 AND 99)
         THEN {_found("grid", "K-01")} ELSE '[]' END
    || CASE WHEN s.raw_members <> '' AND (s.size IS NULL OR s.size NOT BETWEEN 1 AND {MOST_MEMBERS})
         THEN {_found("members", "M-01")} ELSE '[]' END
    || CASE WHEN length(s.raw_aliases) > 120 THEN {_found("aliases", "A-01")} ELSE '[]' END
    || CASE WHEN s.raw_people ~ '[0-9０-９]' THEN {_found("people", "N-02")} ELSE '[]' END
    || CASE WHEN s.raw_into = '' THEN '[]'
         WHEN h.id IS NULL THEN {_found("into", "T-00")}
         WHEN t.id IS NULL THEN {_found("into", "T-03")}
         WHEN t.id = h.id THEN {_found("into", "T-01")}
         WHEN t.state <> 'active' THEN {_found("into", "T-02")}
         WHEN EXISTS (SELECT FROM points_registerline o WHERE o.source_id = s.source_id AND o.household_id = t.id
           AND o.raw_into <> '') THEN {_found("into", "T-04")}
         WHEN EXISTS (SELECT FROM points_claim c WHERE c.household_id = h.id AND c.state = ANY(%(in_flight)s))
         THEN {_found("into", "T-11")}
         WHEN EXISTS (SELECT FROM points_panelmember p WHERE (p.household_id = h.id OR EXISTS (
           SELECT FROM points_panelmember_kin k WHERE k.panelmember_id = p.id AND k.household_id = h.id))
           AND p.begins_on <= %(today)s AND (p.ends_on IS NULL OR p.ends_on >= %(today)s)) THEN {_found("into", "T-12")}
         WHEN EXISTS (SELECT FROM points_suspension x WHERE x.household_id = h.id AND x.lifted_at IS NULL
           AND x.ends_on >= %(today)s) THEN {_found("into", "T-13")} ELSE '[]' END AS problems
  FROM points_registerline s
    LEFT JOIN villages_household h ON h.id = s.household_id
    LEFT JOIN villages_household t ON t.id = s.into_id
  WHERE s.source_id = %(source)s
)
UPDATE points_registerline i SET problems = judged.problems, does = 'problem'
FROM judged WHERE judged.id = i.id AND judged.problems <> '[]'
"""  # noqa: S608

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
    facts: dict[str, Any] = {
        "source": source.pk,
        "village": source.village_id,
        "new": NEW,
        "in_flight": list(passbooks.IN_FLIGHT),
        "today": calendar.local_date(now),
    }
    with connection.cursor() as cursor:
        for statement in (RESET, RESOLVE, JUDGE, REPEATED):
            cursor.execute(statement, facts)
    register = Register.read(source.village_id)
    told = [_Told(line, register) for line in _sound(source)]
    _keep([one.row for one in told])
    return _stamp(source, register)


@dataclass
class Register:
    """The households of a village as they are, with their members and what they hold."""

    homes: dict[int, Household]
    members: dict[int, list[tuple[str, bool]]]
    posted: dict[int, int]
    grids: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, village_id: int) -> "Register":
        homes = {one.pk: one for one in Household.objects.filter(village=village_id).select_related("grid")}
        members: dict[int, list[tuple[str, bool]]] = {}
        people = Household.objects.filter(village=village_id, residents__isnull=False).order_by("residents")
        for home, name, is_head in people.values_list("pk", "residents__name", "residents__is_head"):
            members.setdefault(home, []).append((name, is_head))
        posted = dict(Balance.objects.filter(household__in=homes).values_list("household_id", "posted"))
        return cls(homes, members, posted)


class _Told:
    """What one sound line would do."""

    def __init__(self, line: RegisterLine, register: Register) -> None:
        self.line, self.register = line, register
        self.home = register.homes.get(line.household_id or 0)
        self.warnings: list[str] = []
        self.changes = list(self._moves()) if line.into_id else list(self._changes())

    @property
    def row(self) -> tuple[Any, ...]:
        as_json = (json.dumps(one, ensure_ascii=False) for one in (self.changes, self.warnings))
        return (self.line.pk, self._does(), *as_json)

    def _does(self) -> str:
        if self.line.into_id:
            return Does.MERGE
        if self.home is None:
            return Does.NEW
        if any(label == "组" for label, _, _ in self.changes):
            return Does.REGROUP
        return Does.CHANGE if self.changes else Does.SAME

    def _moves(self) -> Iterator[tuple[str, str, str]]:
        assert self.home
        target = self.register.homes[self.line.into_id or 0]
        points = self.register.posted.get(self.home.pk, 0)
        yield "并入", f"{self.home.members}人，{points} 分", f"{target.head_name}户 {target.short_number}"

    def _changes(self) -> Iterator[tuple[str, str, str]]:
        line, home = self.line, self.home
        if line.name and line.name != (home.head_name if home else ""):
            yield "户主", home.head_name if home else "", line.name
            if home and not self._is_known(home):
                self.warnings.append("新户主不在册上的家庭成员里，看看户号有没有填错行")
        if line.grid_number and line.grid_number != (home.grid.number if home else 0):
            yield "组", home.grid.name if home else "", line.raw_grid if line.grid_id else f"{line.grid_number}组"
            if not line.grid_id:
                self.warnings.append(f"册上没有 {line.grid_number}组，写入时新设")
        yield from self._people()

    def _people(self) -> Iterator[tuple[str, str, str]]:
        line, home = self.line, self.home
        coming = newcomers(line, [name for name, _ in self.register.members.get(home.pk, [])] if home else [])
        size = size_of(line, home, len(coming))
        if size != (home.members if home else 0):
            yield "人口", f"{home.members}人" if home else "", f"{size}人"
        if line.raw_aliases and line.raw_aliases != (home.aliases if home else ""):
            yield "别名", home.aliases if home else "", line.raw_aliases
        if coming:
            yield "添成员", "", "、".join(name for name, _ in coming)

    def _is_known(self, home: Household) -> bool:
        """A member who heads it now, or the same person written otherwise."""
        names = {name for name, _ in self.register.members.get(home.pk, [])}
        one, other = self.line.name, home.head_name
        return one in names or (len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1)


def newcomers(line: RegisterLine, known: Iterable[str]) -> list[tuple[str, str]]:
    """The members a line names that are not written down yet, each once."""
    seen = {*known, line.name}
    found = []
    for name, relation in registers.people(line.raw_people):
        if name not in seen:
            seen.add(name)
            found.append((name[:40], relation[:20]))
    return found


def size_of(line: RegisterLine, home: Household | None, coming: int) -> int:
    """How many people a household has by its line: what is written, else what is known."""
    if line.size is not None:
        return line.size
    return home.members if home else 1 + coming


def counts(source: RegisterFile) -> dict[str, int]:
    """Lines by what they would do, and the households of the register that the sheet does not name."""
    lines = list(RegisterLine.objects.filter(source=source).values_list("does", "household", "warnings"))
    found = Counter(does for does, _, _ in lines)
    named = {home for _, home, _ in lines if home}
    absent = Household.objects.filter(village=source.village_id).active().exclude(pk__in=named).count()
    told = {does: found[does] for does in Does.values}
    writes = len(lines) - found[Does.SAME] - found[Does.PROBLEM]
    warned = sum(bool(warnings) and does != Does.PROBLEM for does, _, warnings in lines)
    return told | {"all": len(lines), "writes": writes, "warning": warned, "absent": absent}


def _sound(source: RegisterFile) -> Iterable[RegisterLine]:
    return RegisterLine.objects.filter(source=source).exclude(does=Does.PROBLEM).order_by("line")


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
    columns = ("line", "does", "name", "household", "into", "grid_number", "changes", "problems")
    seen = []
    for row in RegisterLine.objects.filter(source=source).order_by("line").values_list(*columns):
        touched = [register.homes[pk] for pk in row[3:5] if pk in register.homes]
        seen.append((*row, [(home.pk, home.version, register.posted.get(home.pk, 0)) for home in touched]))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]
