"""An entry says by numbers that the database fills where it counts, so that the check of the books hashes less.

All columns in one statement: each by itself would write the table anew. Nobody reads or posts meanwhile.
"""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

COLUMNS = {
    "rollup_cell": "hashtextextended(kind, hashtextextended(joy, hashtextextended(dimension, "
    "hashtextextended(period, village_id))))",
    "rule_cell": "hashint8extended(rule_id, hashtextextended(period, village_id))",
    "grid_cell": "CASE WHEN dimension <> '' THEN hashtextextended(period, grid_id) END",
    "balance_cell": "household_id * 4 + CASE WHEN kind IN ('award', 'opening') THEN 1"
    " WHEN kind = 'redemption' THEN 2 ELSE 3 END",
    "claim_number": "CASE WHEN source ~ '^claim:[0-9]{1,18}$' THEN substr(source, 7)::bigint"
    " WHEN source LIKE 'claim:%' THEN 0 END",
    "award_month": "CASE WHEN kind = 'award' THEN left(period, 4)::int * 12 + right(period, 2)::int END",
}
OUTPUTS = dict.fromkeys(COLUMNS, models.BigIntegerField) | {"award_month": models.IntegerField}
TYPES = {models.BigIntegerField: "bigint", models.IntegerField: "integer"}
ADDED = ", ".join(
    f"ADD COLUMN {name} {TYPES[OUTPUTS[name]]} GENERATED ALWAYS AS ({sql}) STORED" for name, sql in COLUMNS.items()
)
DROPPED = ", ".join(f"DROP COLUMN {name}" for name in COLUMNS)


def _column(name: str) -> migrations.AddField:
    said = RawSQL(COLUMNS[name], ())  # noqa: S611
    filled = models.GeneratedField(expression=said, output_field=OUTPUTS[name](null=True), db_persist=True)
    return migrations.AddField("entry", name, filled)


class Migration(migrations.Migration):
    dependencies = [("points", "0044_written_workbooks_are_not_given_up")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE points_entry {ADDED}",
            f"ALTER TABLE points_entry {DROPPED}",
            state_operations=[_column(name) for name in COLUMNS],
        )
    ]
