import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from points import pasting
from points.pasted import Answers

_NUMBERED = re.compile(r"(pick|find|member|points|skip|role)-(\d{1,5})")


@dataclass(frozen=True)
class PasteForm:
    """A pasted list as the page posts it, with everything settled so far. Lines and columns are told by number."""

    text: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    number: str = ""
    usual: str = ""
    header: bool | None = None
    roles: Mapping[int, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    adds: bool = False
    imports: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "PasteForm":
        found: dict[str, dict[int, str]] = {name: {} for name in ("pick", "find", "member", "points", "skip", "role")}
        for name, value in given.items():
            if match := _NUMBERED.fullmatch(name):
                found[match[1]][int(match[2])] = value.strip()[:40]
        return cls(
            text=given.get("text", ""),
            key=_uuid(given.get("key", "")),
            number=given.get("number", "")[:12],
            usual=given.get("usual", "")[:8],
            header="header" in given if "read" in given else None,
            roles={at: role for at, role in found["role"].items() if role in pasting.ROLES},
            answers=Answers(
                chosen={at: int(pk) for at, pk in found["pick"].items() if pk.isascii() and pk.isdigit()},
                sought={at: text for at, text in found["find"].items() if text},
                members={at: int(pk) for at, pk in found["member"].items() if pk.isascii() and pk.isdigit()},
                points={at: text for at, text in found["points"].items() if text},
                skipped=frozenset(found["skip"]),
            ),
            adds=given.get("step") == "add",
            imports=given.get("step") == "import",
        )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
