"""评议小组 to read: the panels of a person's villages, and one panel with its terms and kin."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from points import pasted, review
from points.models import PanelMember
from villages.models import Household, User, Village

SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class Panel:
    """A village's panel today: how many serve, who heads it, whether they make a quorum, how many terms end soon."""

    village: Village
    members: int
    head: str
    enough: bool
    ending: int


def panels(user: User, today: dt.date) -> list[Panel]:
    """The panels of all villages a person reads, those without a quorum first. Three queries."""
    villages = list(Village.objects.visible_to(user).open().with_points().select_related("township").in_code_order())
    counts: Counter[int] = Counter()
    ending: Counter[int] = Counter()
    heads: dict[int, str] = {}
    for member in PanelMember.objects.filter(village__in=villages).current(today):
        counts[member.village_id] += 1
        ending[member.village_id] += bool(member.ends_on and member.ends_on <= today + SOON)
        if member.is_head:
            heads[member.village_id] = member.name
    wanted = review.quorum()
    found = [
        Panel(one, counts[one.pk], heads.get(one.pk, ""), counts[one.pk] >= wanted, ending[one.pk]) for one in villages
    ]
    return sorted(found, key=lambda panel: (panel.enough, panel.village.code))


@dataclass(frozen=True)
class Line:
    """A member and their term: `state` is now, soon (ending), later (to come) or over."""

    member: PanelMember
    kin: list[Household]
    state: str


def lines(village: Village, today: dt.date) -> list[Line]:
    """The members of a village's panel, past terms last. Two queries."""
    found = PanelMember.objects.filter(village=village).select_related("household__grid", "user")
    members = found.prefetch_related("kin").order_by("-is_head", "begins_on", "pk")
    made = [Line(one, sorted(one.kin.all(), key=lambda home: home.number), _state(one, today)) for one in members]
    return sorted(made, key=lambda line: line.state == "over")


def _state(member: PanelMember, today: dt.date) -> str:
    if member.ends_on and member.ends_on < today:
        return "over"
    if member.begins_on > today:
        return "later"
    return "soon" if member.ends_on and member.ends_on <= today + SOON else "now"


def homes(village: Village, text: str, today: dt.date) -> tuple[list[Household], str]:
    """The households named in a line, 冉光明、0203, and what is not clear about them."""
    register = pasted.Register(village, today)
    found = []
    for word in text.replace(",", "、").replace("，", "、").replace(" ", "、").split("、"):
        if not word:
            continue
        meant = register.sought(word)
        if len(meant) != 1:
            return [], f"有 {len(meant)} 户叫“{word}”，写户号" if meant else f"没有找到“{word}”"
        found.append(meant[0])
    return found, ""
