"""Do the sums come out at all? One pass over the entries proves it; where it does not, `reconcile` looks which.

Grouping the entries by everything that is summed somewhere costs many times what one `GROUP BY household` costs. The
sums are linear, so they need not be made again to be proved: every cell (a village's month by tag and kind, a rule's
month, a grid's month, a seal, a household) gets a weight drawn anew for each run, and what the entries weigh must be
what the kept sums weigh. One wrong cell shows, and so do several: they balance out once in 2^28 runs, and not again the
night after. What is no sum is proved beside it in the same pass: the months in which a household took part as a mask of
bits, and the entries that come of claims by the exclusive or of a 64-bit digest of each.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from points.models import cells

# Comparisons of `reconcile.CHECKS` that the weights vouch for together.
WEIGHED = frozenset({"balance", "rollup", "grid rollup", "rule usage", "seal"})
# The months that fit the bits of a bigint.
BLOCK = 60


@dataclass(frozen=True)
class Draw:
    """The chance of one run: where the weights begin, and how many points a line counts for."""

    seed: int
    line: int

    @classmethod
    def new(cls) -> "Draw":
        return cls(seed=secrets.randbelow(2**40), line=2**21 + secrets.randbelow(2**21))

    def rollup(self, cell: str) -> str:
        return self._weight(cell, 0)

    def rule(self, cell: str) -> str:
        return self._weight(cell, 1)

    def grid(self, cell: str) -> str:
        return self._weight(cell, 2)

    def seal(self, number: str) -> str:
        return self._weight(number, 3)

    def balance(self, cell: str) -> str:
        return self._weight(cell, 4)

    def _weight(self, number: str, table: int) -> str:
        return f"(hashint8extended({number}, {self.seed + table}) & 268435455)"


@dataclass(frozen=True)
class Months:
    """Up to BLOCK months in a row as the bits of a bigint; alone they are all there are, and none is looked for."""

    first: int
    last: int
    alone: bool

    def mask(self, month: str) -> str:
        bit = f"1::bigint << ({month} - {self.first})"
        return (
            f"bit_or({bit if self.alone else f'CASE WHEN {month} BETWEEN {self.first} AND {self.last} THEN {bit} END'})"
        )


def unproven() -> frozenset[str]:
    """The comparisons that have to be made one by one, because the pass does not vouch for them."""
    draw = Draw.new()
    with connection.cursor() as cursor, _without_sorting(cursor):
        cursor.execute(_pass(draw, _blocks()))
        weight, claims, participation = cursor.fetchone()
        cursor.execute(_kept(draw))
        kept_weight, kept_claims, empty = cursor.fetchone()
    found: set[str] = set()
    if weight != kept_weight or empty:
        # A month that no sum knows would be taken for another one below.
        found |= WEIGHED | {"participation"}
    if claims != kept_claims:
        found.add("claim")
    if participation:
        found.add("participation")
    return frozenset(found)


@contextmanager
def _without_sorting(cursor: Any) -> Iterator[None]:
    """Inside a transaction. The planner takes a household's village and group for independent of it, expects far more
    sums than there are, and would sort the ledger instead, which takes three times as long."""
    cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off")
    yield
    cursor.execute("SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on")


def _blocks() -> list[Months]:
    """Every month of which there is a sum or somebody who took part."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(min({cells.MONTH}), 0), coalesce(max({cells.MONTH}), 0)"  # noqa: S608
            " FROM (SELECT period FROM points_rollup UNION SELECT period FROM points_participation) known"
        )
        first, last = cursor.fetchone()
    begins = range(first, last + 1, BLOCK)
    return [Months(month, month + BLOCK - 1, alone=len(begins) == 1) for month in begins]


def _pass(draw: Draw, blocks: list[Months]) -> str:
    summed = (
        f"{draw.rollup('rollup_cell')} + {draw.seal('seal_id')}"
        f" + coalesce({draw.rule('rule_cell')}, 0) + coalesce({draw.grid('grid_cell')}, 0)"
    )
    masks = {f"months{at}": block for at, block in enumerate(blocks)}
    took = ", ".join(f"{block.mask('award_month')} AS {name}" for name, block in masks.items())
    noted = ", ".join(f"{block.mask(f'({cells.MONTH})')} AS {name}" for name, block in masks.items())
    differ = " OR ".join(
        f"bit_or(coalesce(e.{name}, 0)) <> bit_or(coalesce(n.{name}, 0))"
        f" OR bool_or(coalesce(n.{name}, 0) & ~coalesce(e.{name}, 0) <> 0)"
        for name in masks
    )
    was, rest = (f"e.household_id * 4 + {sort}" for sort in ("r.balance_cell % 4", cells.REST))
    # Names and numbers of this module's own.
    return f"""
        WITH entered AS (
            SELECT household_id, grid_id, village_id,
                   sum(points * {draw.balance("balance_cell")} + (points + {draw.line}) * ({summed})) AS weight,
                   bit_xor({_claim("claim_number")}) AS claims, {took}
              FROM points_entry GROUP BY 1, 2, 3
        ), noted AS (
            SELECT household_id, grid_id, village_id, {noted} FROM points_participation GROUP BY 1, 2, 3
        ), taken_back AS (
            SELECT sum(e.points * ({draw.balance(was)} - {draw.balance(rest)})) AS weight
              FROM points_entry e JOIN points_entry r ON r.id = e.reverses_id WHERE e.reverses_id IS NOT NULL
        )
        SELECT coalesce((SELECT sum(weight) FROM entered), 0) + coalesce((SELECT weight FROM taken_back), 0),
               (SELECT coalesce(bit_xor(claims), 0) FROM entered),
               (SELECT count(*) FROM (
                    SELECT household_id FROM entered e FULL JOIN noted n USING (household_id, grid_id, village_id)
                     GROUP BY 1 HAVING {differ}) differing)
    """  # noqa: S608


def _kept(draw: Draw) -> str:
    sums = [
        ("points_rollup", "points", "count", draw.rollup(cells.ROLLUP)),
        ("points_ruleusage", "points", "count", draw.rule(cells.RULE)),
        ("points_gridrollup", "points", "count", draw.grid(cells.GRID)),
        ("points_seal", "points_sum", "entry_count", draw.seal("id")),
    ]
    earned, redeemed, rest = (draw.balance(cells.BALANCE.format(sort=sort)) for sort in cells.SORTS)
    balance = (
        f"sum(earned::bigint * {earned}) - sum(redeemed::bigint * {redeemed})"
        f" + sum((posted::bigint - earned + redeemed) * {rest})"
    )
    # Cells hold less than 2^35 points and entries each, so that their products with a weight fit a bigint.
    weighed = [
        (table, f"sum({points}::bigint * {weight}) + {draw.line} * sum({count}::bigint * {weight})")
        for table, points, count, weight in sums
    ]
    total = " + ".join(
        f"coalesce((SELECT {weight} FROM {table}), 0)"  # noqa: S608
        for table, weight in [*weighed, ("points_balance", balance)]
    )
    empty = " OR ".join(
        f"EXISTS (SELECT FROM {table} WHERE count <= 0)"
        for table in ("points_rollup", "points_ruleusage", "points_gridrollup")
    )
    return f"""
        SELECT {total},
               (SELECT coalesce(bit_xor({_claim("id")}), 0) FROM points_claim WHERE state = 'effective'),
               {empty}
    """  # noqa: S608


def _claim(number: str) -> str:
    return f"hashint8extended({number}, (household_id << 32) + points)"
