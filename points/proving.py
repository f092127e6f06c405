"""Do the sums come out at all? One pass over the entries proves it; where it does not, `reconcile` looks which.

Grouping the entries by everything that is summed somewhere costs many times what one `GROUP BY household` costs. The
sums are linear, so they need not be made again to be proved: every cell (a village's month by tag and kind, a rule's
month, a grid's month, a seal, a household) gets a weight drawn anew for each run, and what the entries weigh must be
what the kept sums weigh. One wrong cell shows, and so do several: they balance out once in 2^28 runs, and not again the
night after. What is no sum is proved beside it in the same pass: the months in which a household took part as a mask of
bits, and the entries that come of claims by the exclusive or of a 64-bit digest of each.
"""

import secrets
from dataclasses import dataclass

from django.db import connection

# Comparisons of `reconcile.CHECKS` that the weights vouch for together.
WEIGHED = frozenset({"balance", "rollup", "grid rollup", "rule usage", "seal"})
# The months that fit the bits of a bigint.
BLOCK = 60
# Kinds that a balance keeps apart, as a number: earned, redeemed, the rest.
SORT = "CASE WHEN {kind} IN ('award', 'opening') THEN 1 WHEN {kind} = 'redemption' THEN 2 ELSE 3 END"


@dataclass(frozen=True)
class Draw:
    """The chance of one run: where the weights begin, and how many points a line counts for."""

    seed: int
    line: int

    @classmethod
    def new(cls) -> "Draw":
        return cls(seed=secrets.randbelow(2**40), line=2**21 + secrets.randbelow(2**21))

    def weight(self, digest: str) -> str:
        return f"({digest} & 268435455)"

    def rollup(self) -> str:
        digest = f"hashtextextended(period, village_id + {self.seed})"
        for name in ("dimension", "joy", "kind"):
            digest = f"hashtextextended({name}, {digest})"
        return self.weight(digest)

    def rule(self) -> str:
        return self.weight(f"hashint8extended(rule_id, hashtextextended(period, village_id + {self.seed}))")

    def grid(self) -> str:
        return self.weight(f"hashtextextended(period, grid_id - {self.seed} - 1)")

    def seal(self, column: str) -> str:
        return self.weight(f"hashint8extended({column}, {self.seed})")

    def household(self, sort: str) -> str:
        return self.weight(f"hashint8extended(household_id, {self.seed} + {sort})")


def unproven() -> frozenset[str]:
    """The comparisons that have to be made one by one, because the pass does not vouch for them."""
    draw = Draw.new()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT period FROM points_rollup ORDER BY 1")
        months = [month for (month,) in cursor.fetchall()]
        blocks = [months[at : at + BLOCK] for at in range(0, len(months), BLOCK)] or [["0000-00"]]
        cursor.execute(_pass(draw, len(blocks)), {f"block{at}": block for at, block in enumerate(blocks)})
        weight, claims, participation = cursor.fetchone()
        cursor.execute(_kept(draw))
        kept_weight, kept_claims, empty = cursor.fetchone()
    found: set[str] = set()
    if weight != kept_weight or empty:
        # A month that no sum knows would be taken for its neighbour below.
        found |= WEIGHED | {"participation"}
    if claims != kept_claims:
        found.add("claim")
    if participation:
        found.add("participation")
    return frozenset(found)


def _pass(draw: Draw, blocks: int) -> str:
    sort = SORT.format(kind="kind")
    summed = (
        f"{draw.rollup()} + coalesce({draw.rule()}, 0) + {draw.seal('seal_id')}"
        f" + CASE WHEN dimension = '' THEN 0 ELSE {draw.grid()} END"
    )
    masks = {f"months{at}": _mask(at, alone=blocks == 1) for at in range(blocks)}
    took = ", ".join(f"{mask} FILTER (WHERE kind = 'award') AS {name}" for name, mask in masks.items())
    noted = ", ".join(f"{mask} AS {name}" for name, mask in masks.items())
    differ = " OR ".join(
        f"bit_or(coalesce(e.{name}, 0)) <> bit_or(coalesce(n.{name}, 0))"
        f" OR bool_or(coalesce(n.{name}, 0) & ~coalesce(e.{name}, 0) <> 0)"
        for name in masks
    )
    # Names and numbers of this module's own; what comes from the database is given apart.
    return f"""
        WITH entered AS (
            SELECT household_id, grid_id, village_id,
                   sum(points * {draw.household(sort)} + (points + {draw.line}) * ({summed})) AS weight,
                   bit_xor({_claim("source")}) FILTER (WHERE source LIKE 'claim:%%') AS claims, {took}
              FROM points_entry GROUP BY 1, 2, 3
        ), noted AS (
            SELECT household_id, grid_id, village_id, {noted} FROM points_participation GROUP BY 1, 2, 3
        ), taken_back AS (
            SELECT e.household_id, e.points, r.kind
              FROM points_entry e JOIN points_entry r ON r.id = e.reverses_id WHERE e.reverses_id IS NOT NULL
        )
        SELECT coalesce((SELECT sum(weight) FROM entered), 0)
             + coalesce((SELECT sum(points * ({draw.household(sort)} - {draw.household("3")})) FROM taken_back), 0),
               (SELECT coalesce(bit_xor(claims), 0) FROM entered),
               (SELECT count(*) FROM (
                    SELECT household_id FROM entered e FULL JOIN noted n USING (household_id, grid_id, village_id)
                     GROUP BY 1 HAVING {differ}) differing)
    """  # noqa: S608


def _mask(block: int, *, alone: bool) -> str:
    """The months of this block as bits: alone it takes every month, and need not look whether it is one of its own."""
    months = f"%(block{block})s::varchar[]"
    one = "1::bigint" if alone else f"CASE WHEN period = ANY ({months}) THEN 1::bigint END"
    return f"bit_or({one} << width_bucket(period, {months}))"


def _kept(draw: Draw) -> str:
    sums = [
        ("points_rollup", "points", "count", draw.rollup()),
        ("points_ruleusage", "points", "count", draw.rule()),
        ("points_gridrollup", "points", "count", draw.grid()),
        ("points_seal", "points_sum", "entry_count", draw.seal("id")),
    ]
    balance = (
        f"sum(earned::bigint * {draw.household('1')}) - sum(redeemed::bigint * {draw.household('2')})"
        f" + sum((posted::bigint - earned + redeemed) * {draw.household('3')})"
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
               (SELECT coalesce(bit_xor({_claim("'claim:' || id")}), 0) FROM points_claim WHERE state = 'effective'),
               {empty}
    """  # noqa: S608


def _claim(source: str) -> str:
    return f"hashtextextended({source}, (household_id << 32) + points)"
