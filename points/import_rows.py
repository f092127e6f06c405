"""The lines of a workbook against register, rules, days, other claims and caps: set by set in the database.

Lines that stand are `new`; others say what is wrong in `problems`. Nothing here writes claims.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum
from psycopg2.extras import execute_values

from points import caps
from points.caps import Used
from points.models import Claim, Import, ImportRow, Rule, RuleSet
from points.models.batches import RESERVING
from points.workbooks import cells
from points.workbooks.child import COLUMNS
from qianjiang_portal.foundation import calendar, options

# Who a name may be, in the order in which it is taken: head, by-name, other member, somebody who has left.
NAMES = """
names AS (
  SELECT name, min(rank) AS rank, count(DISTINCT id) AS n, min(id) AS id, min(resident) AS resident FROM (
    SELECT *, min(rank) OVER (PARTITION BY name) AS best FROM (
      SELECT head_name AS name, 1 AS rank, id, NULL::bigint AS resident FROM villages_household
        WHERE village_id = %(village)s AND state = 'active'
      UNION ALL SELECT unnest(string_to_array(aliases, '、')), 2, id, NULL FROM villages_household
        WHERE village_id = %(village)s AND state = 'active' AND aliases <> ''
      UNION ALL SELECT r.name, 3, h.id, r.id FROM villages_resident r JOIN villages_household h ON h.id = r.household_id
        WHERE h.village_id = %(village)s AND h.state = 'active' AND NOT r.is_head
      UNION ALL SELECT head_name, 4, id, NULL FROM villages_household
        WHERE village_id = %(village)s AND state <> 'active'
    ) known
  ) ranked WHERE rank = best GROUP BY name
)"""

# Nothing but the constant above goes into these; every value is a parameter.
RESOLVE = f"""
WITH {NAMES}, numbers AS (
  SELECT number AS key, id FROM villages_household WHERE village_id = %(village)s
  UNION ALL SELECT right(number, 4), id FROM villages_household WHERE village_id = %(village)s
), keys AS (SELECT * FROM unnest(%(keys)s::text[], %(key_rules)s::bigint[]) AS given(key, id))
UPDATE points_importrow i SET
  household_id = CASE WHEN s.number <> '' THEN numbers.id WHEN names.n = 1 THEN names.id END,
  resident_id = CASE WHEN r.unit <> 'person' THEN NULL
    WHEN s.member <> '' THEN (SELECT min(m.id) FROM villages_resident m WHERE m.name = s.member AND NOT m.is_head
      AND m.household_id = CASE WHEN s.number <> '' THEN numbers.id WHEN names.n = 1 THEN names.id END)
    WHEN s.raw_member <> '' THEN NULL
    WHEN s.number <> '' THEN member.id
    WHEN names.n = 1 AND names.rank = 3 THEN names.resident END,
  rule_id = r.id,
  points = CASE WHEN r.kind = 'deduction' THEN -abs(given.points) ELSE given.points END
FROM points_importrow s
  LEFT JOIN numbers ON s.number <> '' AND numbers.key = s.number
  LEFT JOIN names ON s.number = '' AND names.name = s.name
  LEFT JOIN villages_resident member ON member.household_id = numbers.id AND member.name = s.name AND NOT member.is_head
  LEFT JOIN keys ON keys.key = s.rule_key
  LEFT JOIN points_rule r ON r.id = keys.id
  CROSS JOIN LATERAL (SELECT CASE
    WHEN s.typed_points IS NULL AND (s.ticked OR s.raw_points = '' AND r.min_points = r.max_points)
    THEN r.default_points
    ELSE s.typed_points END AS points) given
WHERE i.id = s.id AND {{rows}}
"""  # noqa: S608

JUDGE = f"""
WITH {NAMES}, judged AS (
  SELECT s.id,
    CASE WHEN s.name = '' AND s.number = '' THEN {{H-00:name}}
         WHEN h.id IS NULL AND s.number ~* '^[0-9](\\.[0-9]+)?E\\+?[0-9]+$' THEN {{H-04:number}}
         WHEN h.id IS NULL AND s.number <> '' THEN {{H-03:number}}
         WHEN h.id IS NULL AND names.n > 1 THEN {{G-03:name}}
         WHEN h.id IS NULL THEN {{I-07:name}}
         WHEN h.state <> 'active' THEN {{H-02:name}}
         WHEN s.number <> '' AND s.name <> '' AND s.name <> h.head_name
              AND s.name <> ALL (string_to_array(h.aliases, '、')) AND NOT EXISTS (
                SELECT FROM villages_resident m WHERE m.household_id = h.id AND m.name = s.name) THEN {{H-05:name}}
         ELSE '[]' END
    || CASE WHEN s.member <> '' AND r.unit = 'person' AND h.id IS NOT NULL AND s.resident_id IS NULL
              AND s.member <> h.head_name THEN {{M-03:member}} ELSE '[]' END
    || CASE WHEN s.raw_rule = '' THEN {{R-00:rule}} WHEN r.id IS NULL THEN {{R-01:rule}} ELSE '[]' END
    || CASE WHEN s.day IS NULL THEN {{I-08:day}}
            WHEN s.day > %(today)s THEN {{G-09:day}}
            WHEN %(today)s > (date_trunc('month', s.day) + interval '1 month')::date - 1 + %(closes)s THEN {{G-10:day}}
            WHEN s.day < %(from)s OR s.day > %(to)s THEN {{G-18:day}} ELSE '[]' END
    || CASE WHEN s.points IS NULL AND s.raw_points = '' AND r.id IS NOT NULL THEN {{P-00:points}}
            WHEN s.points IS NULL AND s.typed_points IS NULL AND s.raw_points <> '' AND NOT s.ticked
            THEN {{G-08:points}}
            WHEN s.points = 0 OR abs(s.points) NOT BETWEEN r.min_points AND r.max_points
              OR sign(s.points) <> CASE r.kind WHEN 'deduction' THEN -1 ELSE 1 END THEN {{G-05:points}} ELSE '[]' END
    || CASE WHEN length(s.raw_note) > 60 THEN {{N-60:note}}
            WHEN s.raw_note <> '' AND foundation_personal_number(s.raw_note) <> '' THEN {{N-01:note}}
            ELSE '[]' END AS problems
  FROM points_importrow s
    LEFT JOIN villages_household h ON h.id = s.household_id
    LEFT JOIN points_rule r ON r.id = s.rule_id
    LEFT JOIN names ON s.household_id IS NULL AND names.name = s.name
  WHERE {{rows}}
)
UPDATE points_importrow i SET problems = judged.problems, standing = 'problem'
FROM judged WHERE judged.id = i.id AND judged.problems <> '[]'
"""  # noqa: S608

REPEATED = """
WITH turns AS (
  SELECT s.id, s.points, first_value(s.points) OVER turn AS first_points, first_value(s.line) OVER turn AS first_line,
    row_number() OVER turn AS n
  FROM points_importrow s WHERE {rows} AND s.standing = 'new'
  WINDOW turn AS (PARTITION BY s.household_id, s.resident_id, s.rule_id, s.day ORDER BY s.line, s.part)
)
UPDATE points_importrow i SET
  standing = CASE WHEN turns.points = first_points THEN 'duplicate' ELSE 'problem' END,
  problems = jsonb_build_array(jsonb_build_object(
    'field', 'name', 'code', CASE WHEN turns.points = first_points THEN 'D-01' ELSE 'G-04' END, 'line', first_line))
FROM turns WHERE turns.id = i.id AND n > 1
"""

STANDING_ALREADY = """
WITH twins AS (
  SELECT s.id, min(b.number) AS batch FROM points_importrow s
    JOIN points_rule r ON r.id = s.rule_id
    JOIN points_claim c ON c.household_id = s.household_id AND c.occurred_on = s.day AND c.points = s.points
      AND c.state <> 'withdrawn' AND c.reverses_id IS NULL
      AND c.resident_id IS NOT DISTINCT FROM s.resident_id
    JOIN points_rule cr ON cr.id = c.rule_id AND cr.code = r.code
    JOIN points_batch b ON b.id = c.batch_id AND (b.state <> 'draft' OR b.maker_id = %(maker)s)
  WHERE {rows} AND s.standing = 'new' GROUP BY s.id
)
UPDATE points_importrow i SET standing = 'duplicate',
  problems = jsonb_build_array(jsonb_build_object('field', 'name', 'code', 'D-02', 'batch', twins.batch))
FROM twins WHERE twins.id = i.id
"""

# A sheet with a column for members left it empty under a rule that counts persons: told, and taken as the head's.
HEADS_OWN = """
UPDATE points_importrow s SET warnings = s.warnings || '["按人计分，没有写成员，记在户主名下"]'::jsonb
FROM points_rule r WHERE {rows} AND s.standing = 'new' AND r.id = s.rule_id AND r.unit = 'person'
  AND s.raw_member = '' AND s.resident_id IS NULL
"""

LATE = """
UPDATE points_importrow s SET warnings = s.warnings || '["发生已久，算补录"]'::jsonb
WHERE {rows} AND s.standing = 'new' AND s.day < %(late)s
"""

RESET = """
UPDATE points_importrow s SET standing = 'new', problems = '[]', warnings = '[]' WHERE {rows}
"""


@dataclass(frozen=True)
class Check:
    """One run over an import: under which rules, at what time, and over which rows (all without `ids`)."""

    source: Import
    rule_set: RuleSet
    now: dt.datetime
    ids: tuple[int, ...] | None = None

    def execute(self, statement: str) -> None:
        rows = "s.source_id = %(source)s" + (" AND s.id = ANY(%(ids)s)" if self.ids is not None else "")
        with connection.cursor() as cursor:
            cursor.execute(_with_objects(statement).replace("{rows}", rows), self.facts)

    @property
    def facts(self) -> dict[str, Any]:
        today = calendar.local_date(self.now)
        keys = rule_keys(self.rule_set.rules.all())
        return {
            "source": self.source.pk,
            "ids": list(self.ids or ()),
            "village": self.source.village_id,
            "maker": self.source.maker_id,
            "keys": list(keys),
            "key_rules": [rule.pk for rule in keys.values()],
            "today": today,
            "closes": options.get("month_closes_after_days"),
            "late": today - dt.timedelta(days=options.get("late_entry_days")),
            "from": self.rule_set.effective_from or dt.date.max,
            "to": self.rule_set.effective_to or dt.date.max,
        }

    @property
    def rows(self) -> Any:
        found = ImportRow.objects.filter(source=self.source)
        return found if self.ids is None else found.filter(pk__in=self.ids)


def fill(source: Import, lines: IO[bytes]) -> int:
    """Take the lines of a file into the staging table in place of what was there; answers how many."""
    ImportRow.objects.filter(source=source).delete()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY points_importrow (source_id, {', '.join(COLUMNS)}) FROM STDIN", lines)
        count = int(cursor.rowcount)
        cursor.execute("ANALYZE points_importrow")
    return count


def latest_day(source: Import, now: dt.datetime) -> dt.date:
    """The newest day in the file that is not in the future: its rules are the ones that are meant."""
    past = ImportRow.objects.filter(source=source, day__lte=calendar.local_date(now))
    return past.aggregate(day=Max("day"))["day"] or source.default_day


def check(source: Import, rule_set: RuleSet, now: dt.datetime) -> None:
    """Judge every row anew."""
    _run(Check(source, rule_set, now))


def check_again(source: Import, rule_set: RuleSet, now: dt.datetime, ids: Iterable[int]) -> None:
    """Judge some rows anew after they were changed, and with them all rows of the households they name or named."""
    ids = tuple(ids)
    some = Check(source, rule_set, now, ids)
    before = set(some.rows.values_list("household", flat=True))
    some.execute(RESOLVE)
    households = (before | set(some.rows.values_list("household", flat=True))) - {None}
    beside = ImportRow.objects.filter(source=source, household__in=households).values_list("pk", flat=True)
    _run(Check(source, rule_set, now, tuple({*ids, *beside})))


def _run(work: Check) -> None:
    with options.held():
        for statement in (RESET, RESOLVE, JUDGE, REPEATED, STANDING_ALREADY):
            work.execute(statement)
        _hold_to_caps(work)
        if "member" in work.source.fields:
            work.execute(HEADS_OWN)
        work.execute(LATE)


def counts(source: Import) -> dict[str, int]:
    """Lines by standing, those with a reminder, and the points of what can be imported."""
    rows = ImportRow.objects.filter(source=source)
    new = Q(standing="new")
    found = rows.aggregate(
        all=Count("pk"),
        new=Count("pk", filter=new),
        problem=Count("pk", filter=Q(standing="problem")),
        duplicate=Count("pk", filter=Q(standing="duplicate")),
        warning=Count("pk", filter=new & ~Q(warnings=[])),
        points=Sum("points", filter=new, default=0),
    )
    return dict(found)


def problem_codes(source: Import) -> dict[str, int]:
    """How often each kind of problem occurs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p->>'code', count(*) FROM points_importrow, jsonb_array_elements(problems) p "
            "WHERE source_id = %s AND standing = 'problem' GROUP BY 1 ORDER BY 1",
            [source.pk],
        )
        return dict(cursor.fetchall())


def rule_keys(rules: Iterable[Rule]) -> dict[str, Rule]:
    """What a rule may be called in a sheet: code, whole item, a part of it that no other rule has, or code and item."""
    rules = list(rules)
    found: dict[str, Rule] = {}
    parts: dict[str, list[Rule]] = {}
    for rule in rules:
        item = cells.rule_key(rule.item)
        for part in {item, *item.split("/")}:
            parts.setdefault(part, []).append(rule)
        found |= {rule.code.upper(): rule, rule.code.upper() + item: rule}
    return {part: owners[0] for part, owners in parts.items() if len(owners) == 1} | found


Told = tuple[int, str, str, str]


def _hold_to_caps(work: Check) -> None:
    """Refuse what a cap does not allow any more, in the order of the sheet; a refused line uses nothing up."""
    capped = {rule.pk: rule for rule in work.rule_set.rules.exclude(cap_period="")}
    columns = ("pk", "household", "resident", "rule", "day", "points")
    rows = work.rows.filter(standing="new", rule__in=capped).order_by("line", "part").values_list(*columns)
    told = list(_over_caps(rows.iterator(chunk_size=5000), capped, _uses(work, capped)))
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE points_importrow i SET standing = v.standing, problems = v.problems::jsonb, "
            "warnings = v.warnings::jsonb FROM (VALUES %s) AS v(id, standing, problems, warnings) WHERE i.id = v.id",
            told,
            page_size=5000,
        )


Uses = dict[tuple[int, str, dt.date], list[tuple[int | None, int]]]


def _over_caps(rows: Iterable[tuple[Any, ...]], capped: dict[int, Rule], uses: Uses) -> Iterator[Told]:
    starts: dict[tuple[int, dt.date], dt.date] = {}
    for pk, household, resident, rule_id, day, points in rows:
        rule = capped[rule_id]
        start = starts.get((rule_id, day)) or starts.setdefault((rule_id, day), caps.window(rule, day)[0])
        others = uses.setdefault((household, rule.code, start), [])
        sizes = [size for who, size in others if rule.unit != Rule.Unit.PERSON or who == resident] if others else []
        use = Used(rule, len(sizes), sum(sizes))
        if refusal := use.refusal(points):
            problem = {"field": "name", "code": "G-07", "text": refusal}
            yield pk, "problem", json.dumps([problem], ensure_ascii=False), "[]"
            continue
        others.append((resident, abs(points)))
        if warning := use.warning():
            yield pk, "new", "[]", json.dumps([warning], ensure_ascii=False)


def _uses(work: Check, capped: dict[int, Rule]) -> Uses:
    """What was used of the caps before this file, by household, code and first day of the period."""
    by_code = {rule.code: rule for rule in capped.values()}
    bounds = work.rows.filter(standing="new", rule__in=capped).aggregate(first=Min("day"), last=Max("day"))
    if bounds["first"] is None:
        return {}
    lasting = Q(occurred_on__range=(bounds["first"].replace(month=1, day=1), bounds["last"].replace(month=12, day=31)))
    once = Q(rule__code__in=[rule.code for rule in capped.values() if rule.cap_period == Rule.CapPeriod.ONCE])
    claims = Claim.objects.filter(
        lasting | once,
        household__in=work.rows.filter(household__isnull=False).values("household"),
        state__in=RESERVING,
        rule__code__in=by_code,
        reverses__isnull=True,
    )
    found: Uses = {}
    columns = ("household_id", "rule__code", "resident_id", "occurred_on", "points")
    for household, code, resident, day, points in claims.values_list(*columns):
        start = caps.window(by_code[code], day)[0]
        found.setdefault((household, code, start), []).append((resident, abs(points)))
    return found


def _with_objects(statement: str) -> str:
    """`{I-08:day}` stands for a list of one problem with that code and field."""
    for field in ("name", "number", "member", "rule", "day", "points", "note"):
        while (at := statement.find(f":{field}}}")) > 0:
            begin = statement.rindex("{", 0, at)
            code = statement[begin + 1 : at]
            one = f"""'[{{"field": "{field}", "code": "{code}"}}]'::jsonb"""
            statement = statement[:begin] + one + statement[at + len(field) + 2 :]
    return statement
