"""Which member of a household a pasted line is for, where the rule counts persons."""

from collections.abc import Sequence
from dataclasses import dataclass

from points.models import Rule
from points.pasting import Line
from villages.models import Household

HEAD = 0
OWN = ("本人", "户主", "户主本人")
Person = tuple[int, str]


@dataclass(frozen=True)
class Whose:
    """The member a line is for (None: the head), or what stands in the way; `told` says what was understood."""

    resident: int | None = None
    problem: str = ""
    told: str = ""


def whose(
    line: Line,
    household: Household,
    others: Sequence[Person],
    rule: Rule,
    *,
    through: str = "",
    chosen: int | None = None,
) -> Whose:
    """`others` are the members besides the head, `through` the member by whose name the household was found.

    `chosen` is what a person settled on the page, HEAD for the head.
    """
    if rule.unit != Rule.Unit.PERSON:
        return Whose(told=_as_household(line, through))
    if chosen == HEAD or chosen in [pk for pk, _ in others]:
        return Whose(chosen or None)
    wanted = line.member or through
    if not wanted:
        return Whose(told="没有写成员，记在户主名下" if line.asks_member else "")
    if wanted in (household.head_name, *OWN):
        return Whose()
    found = next((pk for pk, name in others if name == wanted), None)
    if found is None:
        return Whose(problem=f"{household.head_name}户没有“{wanted}”，选一位成员")
    return Whose(found, told="" if line.member else f"家庭成员 {wanted}，记在本人名下")


def _as_household(line: Line, through: str) -> str:
    if line.member:
        return f"按户计分，成员“{line.member}”不另记"
    return f"家庭成员 {through}，记在户主名下" if through else ""
