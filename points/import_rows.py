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

from points import caps, import_statements
from points.caps import Used
from points.models import Claim, Import, ImportRow, Rule, RuleSet
from points.models.batches import RESERVING
from points.workbooks import cells
from points.workbooks.child import COLUMNS
from qianjiang_portal.foundation import calendar, options


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
            cursor.execute(import_statements.with_objects(statement).replace("{rows}", rows), self.facts)

    @property
    def facts(self) -> dict[str, Any]:
        today = calendar.local_date(self.now)
        keys = self._keys()
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

    def _keys(self) -> dict[str, Rule]:
        """What each word means: the rules' own names, and those that were settled for this workbook."""
        rules = {rule.code: rule for rule in self.rule_set.rules.all()}
        settled = {word: rules.get(meant["code"]) for word, meant in self.source.words.items()}
        return {word: rule for word, rule in settled.items() if rule} | rule_keys(rules.values())

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
    some.execute(import_statements.RESOLVE)
    households = (before | set(some.rows.values_list("household", flat=True))) - {None}
    beside = ImportRow.objects.filter(source=source, household__in=households).values_list("pk", flat=True)
    _run(Check(source, rule_set, now, tuple({*ids, *beside})))


def _run(work: Check) -> None:
    with options.held():
        for statement in import_statements.JUDGING:
            work.execute(statement)
        _hold_to_caps(work)
        if "member" in work.source.fields:
            work.execute(import_statements.HEADS_OWN)
        work.execute(import_statements.LATE)


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
