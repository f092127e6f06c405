"""What judges the lines of a workbook: the statements, each over all lines at once. `import_rows` runs them.

A statement changes only rows for which it finds something else than stands there, so that judging once more what was
judged before writes next to nothing. `{rows}` stands for the rows that are meant, `{I-08:day}` for a problem.
"""

# Who a name may be, in the order in which it is taken: head, by-name, other member, somebody who has left.
NAMES = """
names AS (
  SELECT name, min(rank) AS rank, count(DISTINCT id) AS n, min(id) AS id, min(resident) AS resident FROM (
    SELECT *, min(rank) OVER (PARTITION BY name) AS best FROM (
      SELECT head_name AS name, 1 AS rank, id, NULL::bigint AS resident FROM villages_household
        WHERE village_id = %(village)s AND state = 'active'
      UNION ALL SELECT unnest(string_to_array(aliases, '、')), 2, id, NULL FROM villages_household
        WHERE village_id = %(village)s AND state = 'active' AND aliases <> ''
      UNION ALL SELECT r.name, 3, h.id, r.id FROM villages_resident r JOIN villages_household h ON h.id = r.household_id
        WHERE h.village_id = %(village)s AND h.state = 'active' AND NOT r.is_head
      UNION ALL SELECT head_name, 4, id, NULL FROM villages_household
        WHERE village_id = %(village)s AND state <> 'active'
    ) known
  ) ranked WHERE rank = best GROUP BY name
)"""

# Nothing but the constant above goes into these; every value is a parameter.
RESOLVE = f"""
WITH {NAMES}, numbers AS (
  SELECT number AS key, id FROM villages_household WHERE village_id = %(village)s
  UNION ALL SELECT right(number, 4), id FROM villages_household WHERE village_id = %(village)s
), keys AS (SELECT * FROM unnest(%(keys)s::text[], %(key_rules)s::bigint[]) AS given(key, id))
UPDATE points_importrow i SET
  household_id = meant.household_id, resident_id = meant.resident_id, rule_id = meant.rule_id, points = meant.points
FROM (
  SELECT s.id,
    CASE WHEN s.number <> '' THEN numbers.id WHEN names.n = 1 THEN names.id END AS household_id,
    CASE WHEN r.unit <> 'person' THEN NULL
      WHEN s.member <> '' THEN (SELECT min(m.id) FROM villages_resident m WHERE m.name = s.member AND NOT m.is_head
        AND m.household_id = CASE WHEN s.number <> '' THEN numbers.id WHEN names.n = 1 THEN names.id END)
      WHEN s.raw_member <> '' THEN NULL
      WHEN s.number <> '' THEN member.id
      WHEN names.n = 1 AND names.rank = 3 THEN names.resident END AS resident_id,
    r.id AS rule_id,
    CASE WHEN r.kind = 'deduction' THEN -abs(given.points) ELSE given.points END AS points
  FROM points_importrow s
    LEFT JOIN numbers ON s.number <> '' AND numbers.key = s.number
    LEFT JOIN names ON s.number = '' AND names.name = s.name
    LEFT JOIN villages_resident member
      ON member.household_id = numbers.id AND member.name = s.name AND NOT member.is_head
    LEFT JOIN keys ON keys.key = s.rule_key
    LEFT JOIN points_rule r ON r.id = keys.id
    CROSS JOIN LATERAL (SELECT CASE
      WHEN s.typed_points IS NULL AND (s.ticked OR s.raw_points = '' AND r.min_points = r.max_points)
      THEN r.default_points
      ELSE s.typed_points END AS points) given
  WHERE {{rows}}
) meant
WHERE i.id = meant.id AND (i.household_id, i.resident_id, i.rule_id, i.points)
  IS DISTINCT FROM (meant.household_id, meant.resident_id, meant.rule_id, meant.points)
"""  # noqa: S608

JUDGE = f"""
WITH {NAMES}, judged AS (
  SELECT s.id,
    CASE WHEN s.name = '' AND s.number = '' THEN {{H-00:name}}
         WHEN h.id IS NULL AND s.number ~* '^[0-9](\\.[0-9]+)?E\\+?[0-9]+$' THEN {{H-04:number}}
         WHEN h.id IS NULL AND s.number <> '' THEN {{H-03:number}}
         WHEN h.id IS NULL AND names.n > 1 THEN {{G-03:name}}
         WHEN h.id IS NULL THEN {{I-07:name}}
         WHEN h.state <> 'active' THEN {{H-02:name}}
         WHEN s.number <> '' AND s.name <> '' AND s.name <> h.head_name
              AND s.name <> ALL (string_to_array(h.aliases, '、')) AND NOT EXISTS (
                SELECT FROM villages_resident m WHERE m.household_id = h.id AND m.name = s.name) THEN {{H-05:name}}
         ELSE '[]' END
    || CASE WHEN s.member <> '' AND r.unit = 'person' AND h.id IS NOT NULL AND s.resident_id IS NULL
              AND s.member <> h.head_name THEN {{M-03:member}} ELSE '[]' END
    || CASE WHEN s.raw_rule = '' THEN {{R-00:rule}} WHEN r.id IS NULL THEN {{R-01:rule}} ELSE '[]' END
    || CASE WHEN s.day IS NULL THEN {{I-08:day}}
            WHEN s.day > %(today)s THEN {{G-09:day}}
            WHEN %(today)s > (date_trunc('month', s.day) + interval '1 month')::date - 1 + %(closes)s THEN {{G-10:day}}
            WHEN s.day < %(from)s OR s.day > %(to)s THEN {{G-18:day}} ELSE '[]' END
    || CASE WHEN s.points IS NULL AND s.raw_points = '' AND r.id IS NOT NULL THEN {{P-00:points}}
            WHEN s.points IS NULL AND s.typed_points IS NULL AND s.raw_points <> '' AND NOT s.ticked
            THEN {{G-08:points}}
            WHEN s.points = 0 OR abs(s.points) NOT BETWEEN r.min_points AND r.max_points
              OR sign(s.points) <> CASE r.kind WHEN 'deduction' THEN -1 ELSE 1 END THEN {{G-05:points}} ELSE '[]' END
    || CASE WHEN length(s.raw_note) > 60 THEN {{N-60:note}}
            WHEN s.raw_note <> '' AND foundation_personal_number(s.raw_note) <> '' THEN {{N-01:note}}
            ELSE '[]' END AS problems
  FROM points_importrow s
    LEFT JOIN villages_household h ON h.id = s.household_id
    LEFT JOIN points_rule r ON r.id = s.rule_id
    LEFT JOIN names ON s.household_id IS NULL AND names.name = s.name
  WHERE {{rows}}
)
UPDATE points_importrow i SET problems = judged.problems, standing = 'problem'
FROM judged WHERE judged.id = i.id AND judged.problems <> '[]'
"""  # noqa: S608

REPEATED = """
WITH turns AS (
  SELECT s.id, s.points, first_value(s.points) OVER turn AS first_points, first_value(s.line) OVER turn AS first_line,
    row_number() OVER turn AS n
  FROM points_importrow s WHERE {rows} AND s.standing = 'new'
  WINDOW turn AS (PARTITION BY s.household_id, s.resident_id, s.rule_id, s.day ORDER BY s.line, s.part)
)
UPDATE points_importrow i SET
  standing = CASE WHEN turns.points = first_points THEN 'duplicate' ELSE 'problem' END,
  problems = jsonb_build_array(jsonb_build_object(
    'field', 'name', 'code', CASE WHEN turns.points = first_points THEN 'D-01' ELSE 'G-04' END, 'line', first_line))
FROM turns WHERE turns.id = i.id AND n > 1
"""

STANDING_ALREADY = """
WITH twins AS (
  SELECT s.id, min(b.number) AS batch FROM points_importrow s
    JOIN points_rule r ON r.id = s.rule_id
    JOIN points_claim c ON c.household_id = s.household_id AND c.occurred_on = s.day AND c.points = s.points
      AND c.state <> 'withdrawn' AND c.reverses_id IS NULL
      AND c.resident_id IS NOT DISTINCT FROM s.resident_id
    JOIN points_rule cr ON cr.id = c.rule_id AND cr.code = r.code
    JOIN points_batch b ON b.id = c.batch_id AND (b.state <> 'draft' OR b.maker_id = %(maker)s)
  WHERE {rows} AND s.standing = 'new' GROUP BY s.id
)
UPDATE points_importrow i SET standing = 'duplicate',
  problems = jsonb_build_array(jsonb_build_object('field', 'name', 'code', 'D-02', 'batch', twins.batch))
FROM twins WHERE twins.id = i.id
"""

# A sheet with a column for members left it empty under a rule that counts persons: told, and taken as the head's.
HEADS_OWN = """
UPDATE points_importrow s SET warnings = s.warnings || '["按人计分，没有写成员，记在户主名下"]'::jsonb
FROM points_rule r WHERE {rows} AND s.standing = 'new' AND r.id = s.rule_id AND r.unit = 'person'
  AND s.raw_member = '' AND s.resident_id IS NULL
"""

LATE = """
UPDATE points_importrow s SET warnings = s.warnings || '["发生已久，算补录"]'::jsonb
WHERE {rows} AND s.standing = 'new' AND s.day < %(late)s
"""

RESET = """
UPDATE points_importrow s SET standing = 'new', problems = '[]', warnings = '[]'
WHERE {rows} AND (s.standing <> 'new' OR s.problems <> '[]' OR s.warnings <> '[]')
"""

# In this order; caps, reminders about members and late days follow.
JUDGING = (RESET, RESOLVE, JUDGE, REPEATED, STANDING_ALREADY)


def with_objects(statement: str) -> str:
    """`{I-08:day}` stands for a list of one problem with that code and field."""
    for field in ("name", "number", "member", "rule", "day", "points", "note"):
        while (at := statement.find(f":{field}}}")) > 0:
            begin = statement.rindex("{", 0, at)
            code = statement[begin + 1 : at]
            one = f"""'[{{"field": "{field}", "code": "{code}"}}]'::jsonb"""
            statement = statement[:begin] + one + statement[at + len(field) + 2 :]
    return statement
