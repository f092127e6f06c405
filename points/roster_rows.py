"""What each line of a roster would do to the register, and what is wrong with it. Writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from points.models import Balance, RegisterLine
from points.workbooks import registers
from villages.models import Household

Does = RegisterLine.Does
MOST_MEMBERS = 30


def found(place: str, code: str) -> str:
    return f"""'[{{"field": "{place}", "code": "{code}"}}]'::jsonb"""


# Nothing but constants of this module goes into it; every value is a parameter.
JUDGE = f"""
WITH judged AS (
  SELECT s.id,
    CASE WHEN s.name = '' AND (s.number IN ('', %(new)s)) THEN {found("name", "H-00")}
         WHEN length(s.name) > 40 THEN {found("name", "N-40")}
         WHEN s.name ~ '[0-9]' THEN {found("name", "N-02")}
         WHEN s.number = '' AND h.id IS NULL AND EXISTS (SELECT FROM villages_household o
           WHERE o.village_id = %(village)s AND o.state = 'active' AND o.head_name = s.name)
         THEN {found("name", "H-11")}
         ELSE '[]' END
    || CASE WHEN s.number IN ('', %(new)s) THEN '[]'
         WHEN h.id IS NULL AND s.number ~* '^[0-9](\\.[0-9]+)?E\\+?[0-9]+$' THEN {found("number", "H-04")}
         WHEN h.id IS NULL THEN {found("number", "H-03")}
         WHEN h.state <> 'active' THEN {found("number", "H-02")} ELSE '[]' END
    || CASE WHEN s.raw_grid = '' AND s.number IN ('', %(new)s) AND h.id IS NULL THEN {found("grid", "K-00")}
         WHEN s.raw_grid <> '' AND s.grid_id IS NULL AND (s.grid_number IS NULL OR s.grid_number NOT BETWEEN 1 AND 99)
         THEN {found("grid", "K-01")} ELSE '[]' END
    || CASE WHEN s.raw_members <> '' AND (s.size IS NULL OR s.size NOT BETWEEN 1 AND {MOST_MEMBERS})
         THEN {found("members", "M-01")} ELSE '[]' END
    || CASE WHEN length(s.raw_aliases) > 120 THEN {found("aliases", "A-01")} ELSE '[]' END
    || CASE WHEN s.raw_people ~ '[0-9０-９]' THEN {found("people", "N-02")} ELSE '[]' END
    || CASE WHEN s.raw_into = '' THEN '[]'
         WHEN h.id IS NULL THEN {found("into", "T-00")}
         WHEN t.id IS NULL THEN {found("into", "T-03")}
         WHEN t.id = h.id THEN {found("into", "T-01")}
         WHEN t.state <> 'active' THEN {found("into", "T-02")}
         WHEN EXISTS (SELECT FROM points_registerline o WHERE o.source_id = s.source_id AND o.household_id = t.id
           AND o.raw_into <> '') THEN {found("into", "T-04")}
         WHEN EXISTS (SELECT FROM points_claim c WHERE c.household_id = h.id AND c.state = ANY(%(in_flight)s))
         THEN {found("into", "T-11")}
         WHEN EXISTS (SELECT FROM points_panelmember p WHERE (p.household_id = h.id OR EXISTS (
           SELECT FROM points_panelmember_kin k WHERE k.panelmember_id = p.id AND k.household_id = h.id))
           AND p.begins_on <= %(today)s AND (p.ends_on IS NULL OR p.ends_on >= %(today)s)) THEN {found("into", "T-12")}
         WHEN EXISTS (SELECT FROM points_suspension x WHERE x.household_id = h.id AND x.lifted_at IS NULL
           AND x.ends_on >= %(today)s) THEN {found("into", "T-13")} ELSE '[]' END AS problems
  FROM points_registerline s
    LEFT JOIN villages_household h ON h.id = s.household_id
    LEFT JOIN villages_household t ON t.id = s.into_id
  WHERE s.source_id = %(source)s
)
UPDATE points_registerline i SET problems = judged.problems, does = 'problem'
FROM judged WHERE judged.id = i.id AND judged.problems <> '[]'
"""  # noqa: S608


@dataclass
class Register:
    """The households of a village as they are, with their members and what they hold."""

    homes: dict[int, Household]
    members: dict[int, list[tuple[str, bool]]]
    posted: dict[int, int]
    grids: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, village_id: int) -> "Register":
        homes = {one.pk: one for one in Household.objects.filter(village=village_id).select_related("grid")}
        members: dict[int, list[tuple[str, bool]]] = {}
        people = Household.objects.filter(village=village_id, residents__isnull=False).order_by("residents")
        for home, name, is_head in people.values_list("pk", "residents__name", "residents__is_head"):
            members.setdefault(home, []).append((name, is_head))
        posted = dict(Balance.objects.filter(household__in=homes).values_list("household_id", "posted"))
        return cls(homes, members, posted)


class Told:
    """What one sound line would do."""

    def __init__(self, line: RegisterLine, register: Register) -> None:
        self.line, self.register = line, register
        self.home = register.homes.get(line.household_id or 0)
        self.warnings: list[str] = []
        self.changes = list(self._moves()) if line.into_id else list(self._changes())

    @property
    def does(self) -> str:
        if self.line.into_id:
            return Does.MERGE
        if self.home is None:
            return Does.NEW
        if any(label == "组" for label, _, _ in self.changes):
            return Does.REGROUP
        return Does.CHANGE if self.changes else Does.SAME

    def _moves(self) -> Iterator[tuple[str, str, str]]:
        assert self.home
        target = self.register.homes[self.line.into_id or 0]
        points = self.register.posted.get(self.home.pk, 0)
        yield "并入", f"{self.home.members}人，{points} 分", f"{target.head_name}户 {target.short_number}"

    def _changes(self) -> Iterator[tuple[str, str, str]]:
        line, home = self.line, self.home
        if line.name and line.name != (home.head_name if home else ""):
            yield "户主", home.head_name if home else "", line.name
            if home and not self._is_known(home):
                self.warnings.append("新户主不在册上的家庭成员里，看看户号有没有填错行")
        if line.grid_number and line.grid_number != (home.grid.number if home else 0):
            yield "组", home.grid.name if home else "", line.raw_grid if line.grid_id else f"{line.grid_number}组"
            if not line.grid_id:
                self.warnings.append(f"册上没有 {line.grid_number}组，写入时新设")
        yield from self._people()

    def _people(self) -> Iterator[tuple[str, str, str]]:
        line, home = self.line, self.home
        coming = newcomers(line, [name for name, _ in self.register.members.get(home.pk, [])] if home else [])
        size = size_of(line, home, len(coming))
        if size != (home.members if home else 0):
            yield "人口", f"{home.members}人" if home else "", f"{size}人"
        if line.raw_aliases and line.raw_aliases != (home.aliases if home else ""):
            yield "别名", home.aliases if home else "", line.raw_aliases
        if coming:
            yield "添成员", "", "、".join(name for name, _ in coming)

    def _is_known(self, home: Household) -> bool:
        """A member who heads it now, or the same person written otherwise."""
        names = {name for name, _ in self.register.members.get(home.pk, [])}
        one, other = self.line.name, home.head_name
        return one in names or (len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1)


def newcomers(line: RegisterLine, known: Iterable[str]) -> list[tuple[str, str]]:
    """The members a line names that are not written down yet, each once."""
    seen = {*known, line.name}
    found = []
    for name, relation in registers.people(line.raw_people):
        if name not in seen:
            seen.add(name)
            found.append((name[:40], relation[:20]))
    return found


def size_of(line: RegisterLine, home: Household | None, coming: int) -> int:
    """How many people a household has by its line: what is written, else what is known."""
    if line.size is not None:
        return line.size
    return home.members if home else 1 + coming
