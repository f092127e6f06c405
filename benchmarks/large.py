"""A large ledger in minutes: the documented fast path for measurements, which `check_ledger` accepts.

The server makes the rows itself, with keys and triggers asleep, and works the sums out at the end by the very
statements of the roll-up trigger. A posting is a month of a village. Each entry has its claim, effective, in a batch
and on a notice, as in a real portal; one in ten takes points away. Seals carry true counts and sums and no true
digests: `check_ledger` is content, `verify_seals` is not.
"""

from typing import Any

from benchmarks.growth import HOUSEHOLDS, VILLAGES

MONTHS = 12

PLACES = """
    CREATE TEMPORARY TABLE home AS
    SELECT (dense_rank() OVER (ORDER BY village_id) - 1)::int AS village, village_id, grid_id, id AS household_id,
           (row_number() OVER (PARTITION BY village_id ORDER BY id) - 1)::int AS home
      FROM villages_household;
    ALTER TABLE home ADD PRIMARY KEY (village, home);
    CREATE TEMPORARY TABLE posting AS
    SELECT p AS posting, p %% %(villages)s AS village, 1 + p / %(villages)s AS month,
           (SELECT village_id FROM home WHERE village = p %% %(villages)s LIMIT 1) AS village_id,
           to_char(date '2025-01-01' + make_interval(months => p / %(villages)s), 'YYYY-MM') AS period,
           (date '2025-01-15' + make_interval(months => p / %(villages)s))::date AS day
      FROM generate_series(0, %(villages)s * %(months)s - 1) AS p;
    ALTER TABLE posting ADD PRIMARY KEY (posting);
    ANALYZE home, posting;
"""
PAPERS = """
    INSERT INTO points_batch (id, number, village_id, rule_set_id, rule_id, occurred_on, source, state, maker_id,
                              version, idempotency_key, made_at, updated_at, submitted_at, decided_at, reason)
    SELECT 1 + posting, 'bench-' || posting, village_id, %(rules)s, NULL, day, 'import', 'effective', %(maker)s, 1,
           posting, day, day, day, day, '' FROM posting;
    INSERT INTO points_notice (id, code, village_id, period, number, state, starts_on, ends_on, due_at, published_by_id,
                               published_at, posted_at, rules_title, reviewed_on, households, awards, deductions,
                               previous_seal)
    SELECT 1 + posting, 'GS-bench-' || posting, village_id, period, 1, 'posted', day, day + 7, day + 8, %(maker)s,
           day, day + 8, '细则', day, %(homes)s, 0, 0, '' FROM posting;
"""
ENTRIES = """
    INSERT INTO points_entry (id, household_id, village_id, grid_id, rule_id, dimension, joy, points, kind, occurred_on,
                              posted_at, period, source, reverses_id, salt, leaf, seal_id, position)
    SELECT g, h.household_id, h.village_id, h.grid_id,
           (%(awards)s::bigint[])[1 + (g + g %% %(each)s / %(homes)s) %% 5],
           (ARRAY['self', 'law', 'virtue'])[1 + g %% 3], 'learn',
           CASE WHEN g %% 10 = 0 THEN -2 ELSE 2 + g %% 7 END, CASE WHEN g %% 10 = 0 THEN 'deduction' ELSE 'award' END,
           p.day - (g %% %(each)s / %(homes)s %% 28)::int, p.day + interval '9 hours', p.period, 'claim:' || g, NULL,
           decode(md5(g::text), 'hex'), md5(g::text) || md5((-g)::text), 1 + p.posting, 1 + g %% %(each)s
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS g
      JOIN posting p ON p.posting = g / %(each)s
      JOIN home h ON h.village = p.village AND h.home = g %% %(homes)s
"""
CLAIMS = """
    INSERT INTO points_claim (id, batch_id, line, client_key, household_id, rule_id, quantity, points, announced_points,
                              occurred_on, note, state, version, maker_id, checker_id, decided_at, return_reasons,
                              return_note, contest_reason, reverses_id, notice_id)
    SELECT e.id, e.seal_id, e.position, gen_random_uuid(), e.household_id, e.rule_id, 1, e.points, e.points,
           e.occurred_on, '清理河道', 'effective', 4, %(maker)s, %(checker)s, e.posted_at, '{}', '', '', NULL, e.seal_id
      FROM points_entry e WHERE e.id BETWEEN %(first)s AND %(last)s
"""
SEALS = """
    INSERT INTO points_seal (id, village_id, number, previous, digest, algorithm, entry_count, points_sum, sealed_at)
    SELECT e.seal_id, p.village_id, p.month, md5(e.seal_id::text), md5(e.seal_id::text) || md5((-e.seal_id)::text),
           'sm3', count(*), sum(e.points), p.day + interval '9 hours'
      FROM points_entry e JOIN posting p ON p.posting = e.seal_id - 1 GROUP BY e.seal_id, p.village_id, p.month, p.day
"""


# Whatever is no primary key is built at the end, in one go: ten times quicker than row by row.
BUILT_LATER = """
    SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %I ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE contype = 'u' AND conrelid IN ('points_entry'::regclass, 'points_claim'::regclass)
    UNION ALL
    SELECT format('DROP INDEX %I', indexrelid::regclass), pg_get_indexdef(indexrelid)
      FROM pg_index WHERE indrelid IN ('points_entry'::regclass, 'points_claim'::regclass)
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


# The rows came with numbers of their own: the next one goes on from there.
NUMBERS = """
    SELECT setval(pg_get_serial_sequence('points_{0}', 'id'), (SELECT max(id) FROM points_{0}))
"""


def fill(places: Any, entries: int) -> None:
    """An empty ledger becomes one of about `entries`: a whole number for each village's month."""
    from django.db import connection, transaction

    from points.models.rollup_trigger import FUNCTION
    from villages.models import User

    each = max(1, entries // (VILLAGES * MONTHS))
    rules = list(places.rule.rule_set.rules.filter(kind="award").order_by("pk").values_list("pk", flat=True)[:5])
    said = {
        "villages": VILLAGES, "months": MONTHS, "homes": HOUSEHOLDS, "each": each, "awards": rules,
        "rules": places.rule.rule_set_id,
        "maker": User.objects.create(username="maker").pk, "checker": User.objects.create(username="checker").pk,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(BUILT_LATER)
        later = cursor.fetchall()
        cursor.execute(";".join(drop for drop, _ in later))
        cursor.execute(PLACES, said)
        cursor.execute(PAPERS, said)
        step = 500_000 // each * each or each
        for first in range(0, VILLAGES * MONTHS * each, step):
            reach = {"first": first, "last": min(first + step, VILLAGES * MONTHS * each) - 1}
            cursor.execute(ENTRIES, said | reach)
            cursor.execute(CLAIMS, said | reach)
        for _, build in later:
            cursor.execute(build)
        cursor.execute("ANALYZE points_entry, points_claim")
        cursor.execute(SEALS)
        cursor.execute("CREATE TEMPORARY VIEW new_entries AS SELECT * FROM points_entry")
        cursor.execute(FUNCTION.rpartition("RETURN NULL;")[0])
        cursor.execute(
            "INSERT INTO points_chainhead (village_id, number, digest) "
            "SELECT DISTINCT ON (village_id) village_id, number, digest FROM points_seal ORDER BY 1, 2 DESC"
        )
        for table in ("batch", "notice", "entry", "claim", "seal"):
            cursor.execute(NUMBERS.format(table))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
