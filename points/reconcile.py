"""Does every sum come out? Set-based comparisons over the whole ledger, each row of an answer a difference."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from points import proving, seals
from points.models import ChainHead
from qianjiang_portal.foundation import upkeep


@dataclass(frozen=True)
class Difference:
    """One thing that does not add up: which comparison, which row, what it says and what it should."""

    check: str
    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.check}: {self.where} is {self.found}, should be {self.expected}"


# Where something does not add up, one pass over the ledger that the sums below are drawn from.
SUMMED = """
    CREATE TEMPORARY TABLE ledger_summed ON COMMIT DROP AS
    SELECT household_id, village_id, grid_id, period, dimension, joy, kind, rule_id,
           count(*) AS count, sum(points) AS points
      FROM points_entry GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""

# What was taken back counts against the kind it was; reversals are few and found by their index.
BALANCES = """
    WITH counted AS (
        SELECT household_id, kind, sum(points) AS points FROM ledger_summed WHERE kind <> 'reversal' GROUP BY 1, 2
        UNION ALL
        SELECT e.household_id, r.kind, sum(e.points)
          FROM points_entry e JOIN points_entry r ON r.id = e.reverses_id WHERE e.reverses_id IS NOT NULL GROUP BY 1, 2
    ), summed AS (
        SELECT household_id,
               sum(points) AS posted,
               coalesce(sum(points) FILTER (WHERE kind IN ('award', 'opening')), 0) AS earned,
               -coalesce(sum(points) FILTER (WHERE kind = 'redemption'), 0) AS redeemed
          FROM counted GROUP BY 1
    )
    SELECT 'household ' || coalesce(h.number, household_id || ' that is not there'),
           concat_ws('/', b.posted, b.earned, b.redeemed), concat_ws('/', s.posted, s.earned, s.redeemed)
      FROM summed s FULL JOIN points_balance b USING (household_id)
      LEFT JOIN villages_household h ON h.id = household_id
     WHERE (coalesce(s.posted, 0), coalesce(s.earned, 0), coalesce(s.redeemed, 0))
           IS DISTINCT FROM (coalesce(b.posted, 0), coalesce(b.earned, 0), coalesce(b.redeemed, 0))
     ORDER BY 1
"""

ROLLUPS = """
    WITH summed AS (
        SELECT village_id, period, dimension, joy, kind, sum(count) AS count, sum(points) AS points
          FROM ledger_summed GROUP BY 1, 2, 3, 4, 5
    )
    SELECT concat_ws(' ', 'village', (SELECT code FROM villages_village v WHERE v.id = village_id),
                     period, dimension, joy, kind),
           concat_ws('/', r.count, r.points), concat_ws('/', s.count, s.points)
      FROM summed s FULL JOIN points_rollup r USING (village_id, period, dimension, joy, kind)
     WHERE (s.count, s.points) IS DISTINCT FROM (r.count::numeric, r.points::numeric)
     ORDER BY 1
"""

GRIDS = """
    WITH summed AS (
        SELECT grid_id, period, sum(count) AS count, sum(points) AS points
          FROM ledger_summed WHERE dimension <> '' GROUP BY 1, 2
    )
    SELECT concat_ws(' ', 'grid', grid_id, period),
           concat_ws('/', r.count, r.points), concat_ws('/', s.count, s.points)
      FROM summed s FULL JOIN points_gridrollup r USING (grid_id, period)
     WHERE (s.count, s.points) IS DISTINCT FROM (r.count::numeric, r.points::numeric)
     ORDER BY 1
"""

RULES = """
    WITH summed AS (
        SELECT village_id, period, rule_id, sum(count) AS count, sum(points) AS points
          FROM ledger_summed WHERE rule_id IS NOT NULL GROUP BY 1, 2, 3
    )
    SELECT concat_ws(' ', 'rule', rule_id, 'village', village_id, period),
           concat_ws('/', r.count, r.points), concat_ws('/', s.count, s.points)
      FROM summed s FULL JOIN points_ruleusage r USING (village_id, period, rule_id)
     WHERE (s.count, s.points) IS DISTINCT FROM (r.count::numeric, r.points::numeric)
     ORDER BY 1
"""

# A household that changed its group in a month is noted in one of the two.
PARTICIPATION = """
    WITH took_part AS (
        SELECT household_id, period, array_agg(DISTINCT concat_ws('/', village_id, grid_id)) AS places
          FROM ledger_summed WHERE kind = 'award' GROUP BY 1, 2
    )
    SELECT concat_ws(' ', 'household', household_id, period),
           CASE WHEN p.id IS NULL THEN 'not noted' ELSE 'noted in ' || concat_ws('/', p.village_id, p.grid_id) END,
           coalesce('noted in ' || array_to_string(t.places, ' or '), 'not noted')
      FROM took_part t FULL JOIN points_participation p USING (household_id, period)
     WHERE p.id IS NULL OR t.places IS NULL OR concat_ws('/', p.village_id, p.grid_id) <> ALL (t.places)
     ORDER BY 1
"""

PARTICIPANTS = """
    WITH counted AS (SELECT village_id, period, count(*) AS participants FROM points_participation GROUP BY 1, 2),
    in_grid AS (SELECT grid_id, period, count(*) AS participants FROM points_participation GROUP BY 1, 2)
    SELECT concat_ws(' ', 'village', village_id, period), coalesce(m.participants, 0)::text,
           coalesce(c.participants, 0)::text
      FROM counted c FULL JOIN points_villagemonth m USING (village_id, period)
     WHERE coalesce(c.participants, 0) <> coalesce(m.participants, 0)
    UNION ALL
    SELECT concat_ws(' ', 'grid', grid_id, period), coalesce(r.participants, 0)::text,
           coalesce(c.participants, 0)::text
      FROM in_grid c FULL JOIN points_gridrollup r USING (grid_id, period)
     WHERE coalesce(c.participants, 0) <> coalesce(r.participants, 0)
     ORDER BY 1
"""

CLAIMS = """
    SELECT 'entry ' || e.id || ' (' || e.source || ')', e.points::text, coalesce(c.points::text, 'no claim')
      FROM points_entry e LEFT JOIN points_claim c ON e.source = 'claim:' || c.id
     WHERE e.source LIKE 'claim:%'
       AND (c.id IS NULL OR c.points <> e.points OR c.household_id <> e.household_id OR c.state <> 'effective')
    UNION ALL
    SELECT 'claim ' || c.id, 'no entry', c.points::text
      FROM points_claim c LEFT JOIN points_entry e ON e.source = 'claim:' || c.id
     WHERE c.state = 'effective' AND e.id IS NULL
     ORDER BY 1
"""

REVERSALS = """
    SELECT 'entry ' || e.id || ' (' || e.source || ')', e.points::text, (-r.points)::text
      FROM points_entry e JOIN points_entry r ON r.id = e.reverses_id
     WHERE e.reverses_id IS NOT NULL AND (e.points <> -r.points OR e.household_id <> r.household_id)
     ORDER BY 1
"""

SEALS = """
    WITH held AS (SELECT seal_id, count(*) AS count, sum(points) AS points FROM points_entry GROUP BY 1)
    SELECT concat_ws(' ', 'seal', v.code, s.number),
           concat_ws('/', s.entry_count, s.points_sum), concat_ws('/', coalesce(h.count, 0), coalesce(h.points, 0))
      FROM points_seal s JOIN villages_village v ON v.id = s.village_id LEFT JOIN held h ON h.seal_id = s.id
     WHERE s.entry_count <> coalesce(h.count, 0) OR s.points_sum <> coalesce(h.points, 0)
     ORDER BY 1
"""

STOCK = """
    WITH summed AS (SELECT item_id, sum(quantity) AS stock FROM points_stockmove GROUP BY 1)
    SELECT concat_ws(' ', 'item', o.name, i.code), i.stock::text, coalesce(s.stock, 0)::text
      FROM points_item i JOIN points_outlet o ON o.id = i.outlet_id LEFT JOIN summed s ON s.item_id = i.id
     WHERE i.stock <> coalesce(s.stock, 0)
     ORDER BY 1
"""

REDEMPTIONS = """
    WITH posted AS (
        SELECT e.household_id, -e.points AS points, split_part(e.source, ':', 2)::bigint AS id,
               e.source LIKE 'undo:%' AS is_undo
          FROM points_entry e WHERE e.source LIKE 'redemption:%' OR e.source LIKE 'undo:%'
    ), lines AS (
        SELECT redemption_id AS id, sum(price * quantity) AS points, sum(quantity) AS goods
          FROM points_redemptionline GROUP BY 1
    ), moved AS (
        SELECT redemption_id AS id, -sum(quantity) AS goods FROM points_stockmove
         WHERE redemption_id IS NOT NULL GROUP BY 1
    )
    SELECT 'redemption ' || coalesce(r.id, p.id),
           concat_ws('/', p.points, u.points, m.goods, l.points),
           concat_ws('/', r.points, CASE WHEN r.undone_at IS NOT NULL THEN -r.points END,
                     CASE WHEN r.undone_at IS NULL THEN l.goods ELSE 0 END, r.points)
      FROM points_redemption r
      FULL JOIN (SELECT * FROM posted WHERE NOT is_undo) p USING (id)
      LEFT JOIN (SELECT * FROM posted WHERE is_undo) u USING (id)
      LEFT JOIN lines l USING (id) LEFT JOIN moved m USING (id)
     WHERE (p.points, p.household_id, l.points, m.goods, u.points)
           IS DISTINCT FROM (r.points, r.household_id, r.points::bigint,
                             CASE WHEN r.undone_at IS NULL THEN l.goods ELSE 0 END,
                             CASE WHEN r.undone_at IS NOT NULL THEN -r.points END)
     ORDER BY 1
"""

# All that a household held went over to where it goes on, and nothing was left or came later.
TRANSFERS = """
    SELECT 'move ' || m.id, concat_ws('/', o.household_id, o.points, i.household_id, i.points),
           concat_ws('/', m.household_id, -m.points, m.target_id, m.points)
      FROM points_householdmove m
      LEFT JOIN points_entry o ON o.source = 'move:' || m.id || ':out' AND o.kind = 'transfer'
      LEFT JOIN points_entry i ON i.source = 'move:' || m.id || ':in' AND i.kind = 'transfer'
     WHERE m.points <> 0 AND (o.household_id, o.points, i.household_id, i.points)
           IS DISTINCT FROM (m.household_id, -m.points, m.target_id, m.points)
    UNION ALL
    SELECT 'transfer entries', e.count::text, m.count::text
      FROM (SELECT coalesce(sum(count), 0) AS count FROM points_rollup WHERE kind = 'transfer') e,
           (SELECT 2 * count(*) AS count FROM points_householdmove WHERE points <> 0) m
     WHERE e.count <> m.count
    UNION ALL
    SELECT 'household ' || h.number || ', handed over', b.posted::text, '0'
      FROM villages_household h JOIN points_balance b ON b.household_id = h.id
     WHERE h.successor_id IS NOT NULL AND b.posted <> 0
     ORDER BY 1
"""

YEAR_ENDS = """
    WITH taken AS (
        SELECT household_id, -sum(points) AS points FROM points_entry
         WHERE source LIKE 'year-end:%' AND kind = 'expiry' GROUP BY 1
    ), told AS (
        SELECT household_id, sum(posted) AS points FROM points_yearendline WHERE posted > 0 GROUP BY 1
    )
    SELECT 'household ' || h.number, coalesce(t.points, 0)::text, coalesce(o.points, 0)::text
      FROM taken t FULL JOIN told o USING (household_id) JOIN villages_household h ON h.id = household_id
     WHERE coalesce(t.points, 0) <> coalesce(o.points, 0)
    UNION ALL
    SELECT 'points run out', coalesce(sum(points_rollup.points), 0)::text, e.points::text
      FROM points_rollup,
           (SELECT coalesce(sum(points), 0) AS points FROM points_entry
             WHERE source LIKE 'year-end:%' AND kind = 'expiry') e
     WHERE kind = 'expiry' GROUP BY e.points HAVING coalesce(sum(points_rollup.points), 0) <> e.points
     ORDER BY 1
"""

CHECKS = {
    "balance": BALANCES,
    "rollup": ROLLUPS,
    "grid rollup": GRIDS,
    "rule usage": RULES,
    "participation": PARTICIPATION,
    "participants": PARTICIPANTS,
    "claim": CLAIMS,
    "reversal": REVERSALS,
    "seal": SEALS,
    "stock": STOCK,
    "redemption": REDEMPTIONS,
    "transfer": TRANSFERS,
    "year end": YEAR_ENDS,
}


# Made only where the pass of `proving` does not vouch for them, most of them from `ledger_summed`.
PROVED = proving.WEIGHED | {"participation", "claim"}
SUMMED_OVER = PROVED - {"claim", "seal"}


def differences() -> Iterator[Difference]:
    """Everything that does not add up; nothing where the books are intact. All of one moment, whatever is posted."""
    with one_moment():
        unproven = proving.unproven()
        if SUMMED_OVER & unproven:
            sum_up()
        for check in CHECKS:
            if check in unproven or check not in PROVED:
                yield from compare(check)


@contextmanager
def one_moment() -> Iterator[None]:
    """One snapshot of the ledger."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
        cursor.execute("DROP TABLE IF EXISTS ledger_summed")


def sum_up() -> None:
    """The sums of the ledger in `ledger_summed`."""
    with connection.cursor() as cursor:
        cursor.execute(SUMMED)
        cursor.execute("ANALYZE ledger_summed")


def compare(check: str) -> Iterator[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(CHECKS[check])
        for where, found, expected in cursor.fetchall():
            yield Difference(check, where, found, expected)


def check_books(now: dt.datetime, step: Callable[[int, int, str], None] = lambda *_: None) -> int:
    """Compare every sum and walk every chain, and note how it went; answers how many faults there are.

    `step(done, total, words)` is called on the way, so that a job keeps its lease over a large ledger.
    """
    villages = list(ChainHead.objects.order_by("village_id").values_list("village_id", flat=True))
    total, faults = len(CHECKS) + len(villages), 0
    step(0, total, "正在核对合计")
    faults += sum(1 for _ in differences())
    for done, village in enumerate(villages, len(CHECKS)):
        step(done, total, "正在核对封签")
        faults += sum(1 for _ in seals.verify([village]))
    text = "各项相符" if not faults else f"有 {faults} 处不符，请联系审计"
    upkeep.note(name=upkeep.RECONCILE, ok=not faults, text=text, now=now)
    return faults
