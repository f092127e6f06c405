"""What a version may not do: score what is barred, deduct what the law gives, or go wider than what it is made from."""

import re

from points.models import Rule
from points.models.rules import BARRED, STATUTORY

GUARD = "减分项只能约束村规民约范围内的事，不能和低保、医保、补贴等法定待遇挂钩"

# Months in each cap period; a longer period holds whole shorter ones only where the lengths divide.
LENGTHS = {"day": 0, "month": 1, "two-months": 2, "quarter": 3, "half-year": 6, "year": 12, "once": 1200}


def barred(rule: Rule) -> str:
    """Why an item may not be scored at all, or nothing."""
    words = f"{rule.item} {rule.evidence_note}"
    if found := re.search(BARRED, words):
        return f"“{found[0]}”不能计分"
    if rule.kind == Rule.Kind.DEDUCTION and (found := re.search(STATUTORY, words)):
        return f"{GUARD}，这里写了“{found[0]}”"
    return ""


def wider(rule: Rule, source: Rule) -> dict[str, str]:
    """Where an item goes beyond the one it is made from, by field name; empty where it keeps or narrows it."""
    found = {}
    if rule.kind != source.kind:
        found["kind"] = f"参考是{source.get_kind_display()}，不能改"
    if rule.unit != source.unit:
        found["unit"] = f"参考按{source.get_unit_display()}计，不能改"
    if rule.min_points < source.min_points:
        found["min_points"] = f"参考为 {source.range_text}，只能收窄"
    if rule.max_points > source.max_points:
        found["max_points"] = f"参考为 {source.range_text}，只能收窄"
    if source.evidence == Rule.Evidence.REQUIRED and rule.evidence != Rule.Evidence.REQUIRED:
        found["evidence"] = "参考要求必传证明，不能放宽"
    if source.veto and not rule.veto:
        found["veto"] = "参考是一票否决，不能去掉"
    return found | _wider_cap(rule, source)


def _wider_cap(rule: Rule, source: Rule) -> dict[str, str]:
    if not source.cap_period:
        return {}
    said = f"参考上限{source.cap_text}，只能收窄"
    if not rule.cap_period or not _holds(rule.cap_period, source.cap_period):
        return {"cap_period": said}
    names = ("cap_count", "cap_points")
    return {name: said for name in names if _more(getattr(rule, name), getattr(source, name))}


def _holds(longer: str, shorter: str) -> bool:
    """Whether each `longer` period is made of whole `shorter` ones: what fits the whole fits each part."""
    whole, part = LENGTHS[longer], LENGTHS[shorter]
    return whole >= part and (part == 0 or whole % part == 0)


def _more(own: int | None, source: int | None) -> bool:
    return source is not None and (own is None or own > source)
