"""A pasted list of nominations: a line names the honour, who, and what for. It is tried out before any is kept."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from points import honours, pasted, pasting
from points.honours import Holder, Nominee
from points.models import HonourKind
from villages.models import Household, User, Village

MOST = 60
BREAK = re.compile(r"[\t,，;；|　 ]+")
NUMBERED = re.compile(r"^\s*\d{1,3}\s*[.、)）]\s*")


@dataclass(frozen=True)
class Line:
    """One line as it was understood; `problem` says what is to be put right in it."""

    at: int
    text: str
    kind: HonourKind | None = None
    nominee: Nominee | None = None
    deed: str = ""
    problem: str = ""

    @property
    def whose(self) -> str:
        if self.nominee is None:
            return ""
        one = self.nominee.resident or self.nominee.household
        return getattr(one, "name", "") or getattr(one, "head_name", "") or self.nominee.name

    @property
    def household(self) -> Household | None:
        return self.nominee.household if self.nominee else None


@dataclass(frozen=True)
class Reading:
    """All lines, and whether they can be put forward as they are."""

    lines: tuple[Line, ...]

    @property
    def wrong(self) -> int:
        return sum(bool(line.problem) for line in self.lines)

    @property
    def is_ready(self) -> bool:
        return bool(self.lines) and not self.wrong

    @property
    def nominations(self) -> list[honours.Nomination]:
        return [
            honours.Nomination(line.kind, line.nominee, line.deed)
            for line in self.lines
            if line.kind and line.nominee and not line.problem
        ]


def read(*, village: Village, text: str, year: int, by: User, now: dt.datetime) -> Reading:
    """Understand each line, then let the nominations be tried, so that every problem is told at once."""
    written = [(at, line.strip()) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    kinds = {kind.name: kind for kind in HonourKind.objects.filter(is_open=True)}
    register = pasted.Register(village, now.date())
    lines = [_understood(at, line, kinds, register) for at, line in written[:MOST]]
    clear = [line for line in lines if not line.problem]
    told = honours.rehearse(village=village, year=year, nominations=Reading(tuple(clear)).nominations, by=by, now=now)
    refused = {line.at: why for line, why in zip(clear, told, strict=True) if why}
    return Reading(tuple(replace(line, problem=line.problem or refused.get(line.at, "")) for line in lines))


def _understood(at: int, text: str, kinds: dict[str, HonourKind], register: pasted.Register) -> Line:
    parts = BREAK.split(NUMBERED.sub("", pasting.plainly(text)), 2)
    line = Line(at, text)
    kind = kinds.get(parts[0])
    if kind is None:
        return replace(line, problem=f"没有“{parts[0]}”这种荣誉，或现在不提名")
    if kind.holder == Holder.VILLAGE:
        return replace(line, kind=kind, nominee=Nominee(), deed=" ".join(parts[1:]))
    if len(parts) < 3:
        return replace(line, kind=kind, problem="一行写荣誉、姓名、事迹，中间用空格或逗号隔开")
    nominee, problem = _nominee(parts[1], kind, register)
    return replace(line, kind=kind, nominee=nominee, deed=parts[2].strip(), problem=problem)


def _nominee(word: str, kind: HonourKind, register: pasted.Register) -> tuple[Nominee | None, str]:
    if kind.holder == Holder.PERSON:
        return Nominee(name=word), ""
    homes: Sequence[Household] = register.sought(word)
    if len(homes) != 1:
        return None, f"有 {len(homes)} 户有“{word}”，写户号" if homes else f"没有找到“{word}”"
    # Heads come first: a name that is only a member's is that member.
    if kind.holder == Holder.RESIDENT and word in register.members and word not in register.heads:
        return Nominee(homes[0], homes[0].residents.filter(name=word, is_head=False).order_by("pk").first()), ""
    return Nominee(homes[0]), ""
