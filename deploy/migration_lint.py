"""Can the migrations be run while people work? Looks at every operation of the portal's own rooms.

    .venv/bin/python deploy/migration_lint.py        exit 1 and what is found, one line each

An upgrade migrates first and renews the processes afterwards: for a minute the version before works on the new tables.
Nothing it asks for may be gone, and nothing it does not know of may be demanded. A table that grows must not be read
whole, written anew or indexed under a lock that keeps writers out. And each step needs a way back.
What is right all the same stands in deploy/migrations-accepted.txt: room, migration, model or `-`, finding, why.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianjiang_portal.settings")

import django

django.setup()  # generated columns and triggers ask for it already

from django.contrib.postgres import operations as postgres
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

ACCEPTED = ROOT / "deploy" / "migrations-accepted.txt"
# Tables with a row for each row of a clerk, each entry, each household or each thing done.
LARGE: dict[str, set[str]] = {
    "points": {"batch", "claim", "entry", "noticeline", "balance", "rollup", "gridrollup", "ruleusage", "participation"}
    | {"redemption", "redemptionline", "stockmove", "importrow", "registerline", "evidence", "seal", "attendance"},
    "villages": {"household", "resident", "session", "errand"},
    "foundation": {"auditevent", "change", "file", "job"},
    "demos": set(),
    "reports": set(),
}
INDEX_IN_SQL = re.compile(r"\bCREATE\s+(UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)", re.IGNORECASE)
FILLED_IN_SQL = re.compile(r"\bGENERATED\s+ALWAYS\s+AS\s*\(.*\)\s*STORED\b", re.IGNORECASE | re.DOTALL)
REWRITTEN = "rewritten", "a generated column writes the table anew"


@dataclass(frozen=True)
class Finding:
    room: str
    migration: str
    model: str
    name: str
    words: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.room, self.migration, self.model or "-", self.name

    def __str__(self) -> str:
        return f"{self.room} {self.migration} {self.model or '-'} {self.name}: {self.words}"


Told = Iterator[tuple[str, str]]


def gone(operation: Operation) -> Told:
    if isinstance(operation, migrations.RemoveField | migrations.DeleteModel):
        yield "gone", "the version before still asks for it: stop using it now, take it away in the version after"
    if isinstance(operation, migrations.RenameField | migrations.RenameModel | migrations.AlterModelTable):
        yield (
            "renamed",
            "the version before knows the old name only: add the new one, move over, take the old away later",
        )


def demanded(operation: Operation) -> Told:
    """A column that the version before does not fill in; Django takes its default off the column again."""
    if not isinstance(operation, migrations.AddField) or operation.field.many_to_many:
        return
    field = operation.field
    fills_itself = field.has_db_default() or field.generated or field.primary_key
    if not field.null and not fills_itself:
        yield "demanded", "rows of the version before do not have it and are refused: give it db_default, or null"


def one_way(operation: Operation) -> Told:
    if isinstance(operation, migrations.RunPython | migrations.RunSQL) and not operation.reversible:
        yield "one-way", "there is no way back: give reverse_code or reverse_sql"


def locked(operation: Operation, before: models.Field | None) -> Told:
    """What a table that grows would be locked for, as long as all of it is read or written."""
    if isinstance(operation, migrations.AddIndex) and not isinstance(operation, postgres.AddIndexConcurrently):
        yield "index", "writers wait until it is built: AddIndexConcurrently, with atomic = False"
    if isinstance(operation, migrations.AddConstraint) and not isinstance(operation, postgres.AddConstraintNotValid):
        yield "constraint", "all rows are read under a lock: AddConstraintNotValid, then ValidateConstraint by itself"
    if isinstance(operation, migrations.AddField):
        yield from _locked_by_field(operation.field)
    if isinstance(operation, migrations.AlterField) and before is not None:
        yield from _locked_by_change(before, operation.field)


def _locked_by_field(field: models.Field) -> Told:
    if field.generated:
        yield REWRITTEN
    if field.db_index or field.unique:
        yield "index", "writers wait until it is built: db_index=False, then AddIndexConcurrently"


def _locked_by_change(before: models.Field, after: models.Field) -> Told:
    if type(before) is not type(after) or (before.max_length or 0) > (after.max_length or 1 << 30):
        yield "rewritten", "another type writes the table anew: a new column, filled beside the work"
    if before.null and not after.null:
        yield "constraint", "all rows are read under a lock: a check NOT VALID, validated by itself, first"
    if (after.db_index or after.unique) and not (before.db_index or before.unique):
        yield "index", "writers wait until it is built: AddIndexConcurrently"


def locked_by_sql(operation: Operation) -> Told:
    if not isinstance(operation, migrations.RunSQL):
        return
    if INDEX_IN_SQL.search(str(operation.sql)):
        yield "index", "writers wait until it is built: CREATE INDEX CONCURRENTLY, with atomic = False"
    if FILLED_IN_SQL.search(str(operation.sql)):
        yield REWRITTEN


def look(migration: migrations.Migration, state: ProjectState) -> Iterator[Finding]:
    """What is wrong with a migration; `state` is what it begins with, and moves on with it."""
    room, made = migration.app_label, set()
    for operation in migration.operations:
        for inner in _inner(operation):
            model = _model(inner)
            if isinstance(inner, migrations.CreateModel):
                made.add(model)
            told = [*one_way(inner), *locked_by_sql(inner)]
            if model not in made:
                told += [*gone(inner), *demanded(inner)]
                if model in LARGE.get(room, ()):
                    told += locked(inner, _field(state, room, model, inner))
            yield from (Finding(room, migration.name, model, name, words) for name, words in told)
        operation.state_forwards(room, state)


def _inner(operation: Operation) -> Iterable[Operation]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return operation.database_operations
    return [operation]


def _model(operation: Operation) -> str:
    of_a_model = isinstance(operation, migrations.CreateModel | migrations.DeleteModel | migrations.AlterModelTable)
    name = getattr(operation, "name", "") if of_a_model else getattr(operation, "model_name", "")
    return str(getattr(operation, "old_name", "") if isinstance(operation, migrations.RenameModel) else name).lower()


def _field(state: ProjectState, room: str, model: str, operation: Operation) -> models.Field | None:
    found: Any = state.models.get((room, model))
    return found.fields.get(getattr(operation, "name", "")) if found else None


def accepted(text: str) -> set[tuple[str, str, str, str]]:
    """Findings that are right all the same; a line without a reason is none."""
    parts = [line.split(maxsplit=4) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {(part[0], part[1], part[2], part[3]) for part in parts if len(part) == 5}


def all_of_them() -> Iterator[Finding]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    state = ProjectState()
    for room, name in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        found = list(look(loader.graph.nodes[room, name], state))
        if room in LARGE:
            yield from found


def main() -> int:
    right = accepted(ACCEPTED.read_text())
    found = [finding for finding in all_of_them() if finding.key not in right]
    for finding in found:
        print(finding)
    print(f"{len(found)} findings in migrations." if found else "Migrations can be run while people work.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
