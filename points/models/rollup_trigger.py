"""The trigger that keeps every sum beside the ledger: one statement-level pass over the rows just inserted.

Upserts go in sorted key order: unsorted, concurrent postings that share cells deadlock.
"""

import pgtrigger

FUNCTION = """
    INSERT INTO points_rollup AS kept (village_id, period, dimension, joy, kind, count, points)
    SELECT village_id, period, dimension, joy, kind, count(*), sum(points)
      FROM new_entries GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (village_id, period, dimension, joy, kind)
    DO UPDATE SET count = kept.count + excluded.count, points = kept.points + excluded.points;

    INSERT INTO points_gridrollup AS kept (grid_id, period, count, points, participants)
    SELECT grid_id, period, count(*), sum(points), 0
      FROM new_entries WHERE dimension <> '' GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (grid_id, period)
    DO UPDATE SET count = kept.count + excluded.count, points = kept.points + excluded.points;

    INSERT INTO points_ruleusage AS kept (village_id, period, rule_id, count, points)
    SELECT village_id, period, rule_id, count(*), sum(points)
      FROM new_entries WHERE rule_id IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (village_id, period, rule_id)
    DO UPDATE SET count = kept.count + excluded.count, points = kept.points + excluded.points;

    INSERT INTO points_balance AS kept (household_id, posted, earned, redeemed)
    SELECT n.household_id,
           sum(n.points),
           coalesce(sum(n.points) FILTER (WHERE coalesce(r.kind, n.kind) IN ('award', 'opening')), 0),
           -coalesce(sum(n.points) FILTER (WHERE coalesce(r.kind, n.kind) = 'redemption'), 0)
      FROM new_entries n LEFT JOIN points_entry r ON r.id = n.reverses_id
     GROUP BY 1 ORDER BY 1
    ON CONFLICT (household_id)
    DO UPDATE SET posted = kept.posted + excluded.posted,
                  earned = kept.earned + excluded.earned,
                  redeemed = kept.redeemed + excluded.redeemed;

    WITH fresh AS (
        INSERT INTO points_participation (village_id, grid_id, period, household_id)
        SELECT DISTINCT ON (household_id, period) village_id, grid_id, period, household_id
          FROM new_entries WHERE kind = 'award' ORDER BY household_id, period
        ON CONFLICT (household_id, period) DO NOTHING
        RETURNING village_id, grid_id, period
    ), by_grid AS (
        INSERT INTO points_gridrollup AS kept (grid_id, period, count, points, participants)
        SELECT grid_id, period, 0, 0, count(*) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (grid_id, period) DO UPDATE SET participants = kept.participants + excluded.participants
    )
    INSERT INTO points_villagemonth AS kept (village_id, period, participants)
    SELECT village_id, period, count(*) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (village_id, period) DO UPDATE SET participants = kept.participants + excluded.participants;

    RETURN NULL;
"""

roll_up = pgtrigger.Trigger(
    name="roll_up",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_entries"),
    func=FUNCTION,
)
