"""What must hold in a village after every step, asked of the tables and of none of the portal's own checks."""

from types import SimpleNamespace

from django.db import connection

HELD = """
    WITH entry AS (SELECT * FROM points_entry WHERE village_id = %(village)s),
    outlet AS (SELECT id FROM points_outlet WHERE village_id = %(village)s),
    held AS (
        SELECT b.household_id, b.posted FROM points_balance b JOIN villages_household h ON h.id = b.household_id
         WHERE h.village_id = %(village)s
    ),
    sums AS (
        SELECT (SELECT count(*) FROM entry) AS entries, (SELECT coalesce(sum(points), 0) FROM entry) AS points,
               coalesce(sum(count), 0) AS rolled_entries, coalesce(sum(points), 0) AS rolled_points
          FROM points_rollup WHERE village_id = %(village)s
    ),
    item AS (
        SELECT id, stock, (SELECT coalesce(sum(quantity), 0) FROM points_stockmove m WHERE m.item_id = i.id) AS moved
          FROM points_item i WHERE outlet_id IN (SELECT id FROM outlet)
    )
    SELECT 'balance of household ' || household_id FROM (SELECT household_id, sum(points) FROM entry GROUP BY 1) e
      FULL JOIN held USING (household_id) WHERE coalesce(sum, 0) <> coalesce(posted, 0)
    UNION ALL
    SELECT 'rollups' FROM sums WHERE entries <> rolled_entries OR points <> rolled_points
    UNION ALL
    SELECT 'stock of item ' || id FROM item WHERE stock <> moved OR stock < 0
    UNION ALL
    SELECT kind || ' into debt by ' || source FROM (
        SELECT source, kind, sum(points) OVER (PARTITION BY household_id ORDER BY id) AS left_over FROM entry) ran
     WHERE kind IN ('redemption', 'expiry') AND left_over < 0
    UNION ALL
    SELECT 'year end line ' || l.id FROM points_yearendline l JOIN points_yearend y ON y.id = l.year_end_id
      LEFT JOIN entry e ON e.source = 'year-end:' || l.id
     WHERE y.village_id = %(village)s
       AND (coalesce(-e.points, 0) <> coalesce(l.posted, 0) OR coalesce(l.posted, 0) > l.announced)
    UNION ALL
    SELECT 'slip ' || r.id FROM points_redemption r LEFT JOIN entry e ON e.source = 'redemption:' || r.id
      LEFT JOIN entry u ON u.source = 'undo:' || r.id
     WHERE r.outlet_id IN (SELECT id FROM outlet)
       AND (e.points IS DISTINCT FROM -r.points OR (r.undone_at IS NULL) <> (u.id IS NULL))
    UNION ALL
    SELECT 'seal ' || s.number FROM points_seal s LEFT JOIN points_entry e ON e.seal_id = s.id
     WHERE s.village_id = %(village)s
     GROUP BY s.id HAVING count(e.id) <> s.entry_count OR coalesce(sum(e.points), 0) <> s.points_sum
    UNION ALL
    SELECT 'no seal over ' || e.source FROM entry e
      LEFT JOIN points_seal s ON s.id = e.seal_id AND s.village_id = e.village_id WHERE s.id IS NULL
    UNION ALL
    SELECT 'reversed twice: entry ' || reverses_id FROM entry WHERE reverses_id IS NOT NULL GROUP BY reverses_id
    HAVING count(*) > 1
    UNION ALL
    SELECT 'half reversed: ' || e.source FROM entry e JOIN points_entry r ON r.id = e.reverses_id
     WHERE e.points <> -r.points
    UNION ALL
    SELECT 'posted twice: ' || source FROM entry GROUP BY source HAVING count(*) > 1
    UNION ALL
    SELECT 'claim ' || c.id || ' is ' || c.state FROM points_claim c JOIN points_batch b ON b.id = c.batch_id
      LEFT JOIN points_entry e ON e.source = 'claim:' || c.id
     WHERE b.village_id = %(village)s AND (c.state = 'effective') <> (e.id IS NOT NULL AND e.points = c.points)
"""
# How much there is to take a step with.
THERE = """
    WITH batch AS (SELECT * FROM points_batch WHERE village_id = %(village)s),
    ids AS (SELECT id FROM batch),
    notice AS (SELECT * FROM points_notice WHERE village_id = %(village)s),
    objection AS (SELECT * FROM points_objection WHERE village_id = %(village)s)
    SELECT (SELECT count(*) FROM batch WHERE state = 'submitted') AS waiting,
           (SELECT count(*) FROM batch WHERE state IN ('draft', 'returned')) AS drafts,
           (SELECT count(*) FROM points_claim WHERE state = 'approved' AND batch_id IN (TABLE ids)) AS approved,
           (SELECT count(*) FROM notice) AS notices,
           (SELECT count(*) FROM notice WHERE state = 'open') AS open_notices,
           (SELECT count(*) FROM objection WHERE state <> 'settled') AS objections,
           (SELECT count(*) FROM objection WHERE state = 'proposed') AS proposed,
           (SELECT count(*) FROM points_redemption r JOIN points_outlet o ON o.id = r.outlet_id
             WHERE o.village_id = %(village)s) AS slips,
           (SELECT count(*) FROM points_yearend WHERE village_id = %(village)s) AS year_ends,
           (SELECT count(*) FROM points_yearend WHERE village_id = %(village)s AND state = 'open') AS announced
"""
MONTHS = "SELECT period, count(*), sum(points) FROM points_entry WHERE village_id = %s GROUP BY 1"
AVAILABLE = """
    SELECT coalesce((SELECT sum(points) FROM points_entry WHERE household_id = %(household)s), 0)
         + coalesce((SELECT sum(points) FROM points_claim WHERE household_id = %(household)s AND points < 0
                        AND state IN ('submitted', 'approved', 'published', 'contested')), 0)
"""
ON_THE_SHELF = "SELECT coalesce(sum(quantity), 0) FROM points_stockmove WHERE item_id = %s"


def broken(village: int) -> list[str]:
    """What does not hold; empty where everything does."""
    return [row[0] for row in _ask(HELD, {"village": village})]


def there(village: int) -> SimpleNamespace:
    """Counts of what people could go on with."""
    with connection.cursor() as cursor:
        cursor.execute(THERE, {"village": village})
        return SimpleNamespace(
            **dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
        )


def months(village: int) -> dict[str, tuple[int, int]]:
    return {period: (count, points) for period, count, points in _ask(MONTHS, [village])}


def available(household: int) -> int:
    return max(0, int(_ask(AVAILABLE, {"household": household})[0][0]))


def on_the_shelf(item: int) -> int:
    return int(_ask(ON_THE_SHELF, [item])[0][0])


def _ask(sql, given):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
