"""Where an entry counts, as numbers that the database fills by itself.

The check of the books gives every cell of every kept sum a weight. One number says the cell, so that a check hashes one
number an entry where it would hash four words. The same text says the cell of a kept sum, from columns of the same
names. Sixty-four bits of a hash: two cells share a number once in 2^64.
"""

from django.db import models
from django.db.models.expressions import RawSQL

# Cells of the kept sums.
ROLLUP = (
    "hashtextextended(kind, hashtextextended(joy, hashtextextended(dimension, hashtextextended(period, village_id))))"
)
RULE = "hashint8extended(rule_id, hashtextextended(period, village_id))"
GRID = "hashtextextended(period, grid_id)"
# A balance keeps what was earned, what was redeemed and the rest apart: three cells of a household.
SORTS = EARNED, REDEEMED, REST = 1, 2, 3
BALANCE = "household_id * 4 + {sort}"
SORT = f"CASE WHEN kind IN ('award', 'opening') THEN {EARNED} WHEN kind = 'redemption' THEN {REDEEMED} ELSE {REST} END"
# Months since the year nought.
MONTH = "left(period, 4)::int * 12 + right(period, 2)::int"

# Columns of an entry; empty is what counts nowhere. A source that only looks like a claim's is claim 0: there is none.
COLUMNS = {
    "rollup_cell": ROLLUP,
    "rule_cell": RULE,
    "grid_cell": f"CASE WHEN dimension <> '' THEN {GRID} END",
    "balance_cell": BALANCE.format(sort=SORT),
    "claim_number": "CASE WHEN source ~ '^claim:[0-9]{1,18}$' THEN substr(source, 7)::bigint"
    " WHEN source LIKE 'claim:%' THEN 0 END",
    "award_month": f"CASE WHEN kind = 'award' THEN {MONTH} END",
}


def column(name: str, output: type[models.IntegerField] = models.BigIntegerField) -> models.GeneratedField:
    """A number that the database fills when an entry is written, and that nobody can set."""
    said = RawSQL(COLUMNS[name], ())  # noqa: S611 - text of this module
    return models.GeneratedField(expression=said, output_field=output(null=True), db_persist=True)
