"""What each line of a sheet with brought-over points would post, and what is wrong with it. Writes nothing."""

from points.models import RegisterLine
from points.roster_rows import Does, Register, found

# Nothing but constants goes into it; every value is a parameter.
JUDGE = f"""
WITH judged AS (
  SELECT s.id,
    CASE WHEN s.name = '' AND s.number = '' THEN {found("name", "H-00")}
         WHEN h.id IS NULL AND s.number ~* '^[0-9](\\.[0-9]+)?E\\+?[0-9]+$' THEN {found("number", "H-04")}
         WHEN h.id IS NULL AND s.number <> '' THEN {found("number", "H-03")}
         WHEN h.id IS NULL AND EXISTS (SELECT FROM villages_household o WHERE o.village_id = %(village)s
           AND o.state = 'active' AND o.head_name = s.name) THEN {found("name", "G-03")}
         WHEN h.id IS NULL THEN {found("name", "I-07")}
         WHEN h.state <> 'active' THEN {found("number", "H-02")}
         WHEN s.name <> '' AND s.name <> h.head_name AND s.name <> ALL (string_to_array(h.aliases, '、'))
           THEN {found("name", "H-05")}
         WHEN EXISTS (SELECT FROM points_entry e WHERE e.household_id = h.id AND e.kind = 'opening'
           AND NOT EXISTS (SELECT FROM points_entry r WHERE r.reverses_id = e.id)) THEN {found("name", "O-01")}
         WHEN EXISTS (SELECT FROM points_entry e WHERE e.household_id = h.id) AND NOT EXISTS
           (SELECT FROM points_entry e WHERE e.household_id = h.id AND e.kind = 'opening') THEN {found("name", "O-02")}
         ELSE '[]' END
    || CASE WHEN s.raw_points = '' THEN {found("points", "P-00")}
         WHEN s.points IS NULL THEN {found("points", "G-08")} ELSE '[]' END AS problems
  FROM points_registerline s LEFT JOIN villages_household h ON h.id = s.household_id
  WHERE s.source_id = %(source)s
)
UPDATE points_registerline i SET problems = judged.problems, does = 'problem'
FROM judged WHERE judged.id = i.id AND judged.problems <> '[]'
"""  # noqa: S608


class Told:
    """What one sound line would post: an opening, or nothing where there are no points."""

    def __init__(self, line: RegisterLine, register: Register) -> None:
        self.line = line
        points = line.points or 0
        self.changes = [("期初", "", f"{points:+} 分".replace("-", "−"))] if points else []
        self.warnings = ["欠分，以后的加分先抵扣"] if points < 0 else []

    @property
    def does(self) -> str:
        return Does.NEW if self.line.points else Does.SAME
