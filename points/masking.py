"""What neighbours may see of a name: enough to find their own row, never the whole of it."""

import re

from villages.models import Household, Resident, Village
from villages.pinyin import COMPOUND_SURNAMES

HIDDEN = "*"
DOTS = re.compile(r"\s*[·•‧・･．]\s*")


def mask(name: str) -> str:
    """张伟 → 张*, 冉光明 → 冉*明, 欧阳丽娜 → 欧阳*娜, 阿里·木沙·江 → 阿里·*·江. Never the name itself."""
    parts = [part for part in DOTS.split("".join(name.split())) if part]
    if len(parts) > 2:
        return f"{parts[0]}·{HIDDEN}·{parts[-1]}"
    if len(parts) == 2:
        return f"{parts[0]}·{_hide_start(parts[1])}"
    return _mask_plain(parts[0]) if parts else HIDDEN


def named(text: str, village: Village) -> str:
    """A full name from the village's register that a text holds, or nothing."""
    heads = Household.objects.filter(village=village).values_list("head_name", flat=True)
    members = Resident.objects.filter(household__village=village).values_list("name", flat=True)
    return next((name for name in heads.union(members) if len(name) > 1 and name in text), "")


def _mask_plain(name: str) -> str:
    surname = _surname(name)
    given = name[len(surname) :]
    return surname + (HIDDEN + given[-1] if len(given) > 1 else HIDDEN) if given else HIDDEN


def _surname(name: str) -> str:
    """Two characters of a compound surname or of a name of four and more, else one."""
    return name[:2] if len(name) > 3 or (name[:2] in COMPOUND_SURNAMES and len(name) > 2) else name[:1]


def _hide_start(part: str) -> str:
    return HIDDEN + part[-1] if len(part) > 1 else HIDDEN
