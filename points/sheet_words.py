"""What a word in a village's workbooks means: 劳动 over a column is Z02. Settled once, taken as last time.

The meanings are kept with the workbook when it is read, so that what was shown is what is written, whatever is settled
over another workbook meanwhile.
"""

import datetime as dt
import re

from django.db.models import Count

from points.import_rows import rule_keys
from points.models import Import, ImportRow, ImportWord, Rule, RuleSet
from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.personal import personal_data
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User

LONGEST = 40
CODE = re.compile(r"[A-Z]{1,3}[-.]?\d+")
# Words nobody knows that are asked for at once.
ASKED = 10

Meanings = dict[str, dict[str, str | bool]]


class CannotSettle(Refused):
    """The word stays without a meaning, or with the one it has."""


def can_mean(word: str) -> bool:
    """Whether a word is one to remember: a code typed wrongly is not, nor what seems to hold somebody's number."""
    return 0 < len(word) <= LONGEST and not CODE.fullmatch(word) and not personal_data(word)


def last_time(source: Import, rule_set: RuleSet) -> Meanings:
    """The words of a workbook that were settled before, where the item still is the same.

    One look-up, and where the village has such words one more for which of them stand in the lines. What the rules
    themselves call an item comes first.
    """
    known = list(ImportWord.objects.filter(village=source.village_id).select_related("rule"))
    if not known:
        return {}
    lines = ImportRow.objects.filter(source=source, rule_key__in=[one.word for one in known])
    there = set(lines.values_list("rule_key", flat=True).distinct())
    rules = {rule.code: rule for rule in rule_set.rules.all()}
    own = rule_keys(rules.values())
    still = [(one.word, rules.get(one.rule.code), one.rule) for one in known if one.word in there - own.keys()]
    return {word: _meaning(now, last=True) for word, now, before in still if now and _is_same(now, before)}


def unknown(source: Import) -> list[tuple[str, int]]:
    """Words that may be settled, and in how many lines each stands; the most frequent first."""
    rows = ImportRow.objects.filter(source=source, standing=ImportRow.Standing.PROBLEM, rule=None)
    found = rows.exclude(rule_key="").values_list("rule_key").annotate(lines=Count("pk")).order_by("-lines", "rule_key")
    return [(word, lines) for word, lines in found[: ASKED * 5] if can_mean(word)][:ASKED]


def settle(source: Import, word: str, code: str, by: User, now: dt.datetime) -> None:
    """Keep what a word means, for this workbook and the next of the village. Raises CannotSettle."""
    rules = {rule.code: rule for rule in source.rule_set.rules.all()} if source.rule_set else {}
    if not can_mean(word):
        raise CannotSettle(f"“{word}”不像是事项的叫法，请逐行改")
    if word in rule_keys(rules.values()):
        raise CannotSettle(f"“{word}”就是细则里的事项，不用认定")
    if code not in rules:
        raise CannotSettle("细则里没有这一项，请另选一项")
    rule = rules[code]
    source.words = source.words | {word: _meaning(rule, last=False)}
    said = {"rule": rule, "said_by": by, "said_at": now}
    kept, made = ImportWord.objects.get_or_create(village=source.village, word=word, defaults=said)
    if not made and kept.rule_id == rule.pk:
        return
    if not made:
        kept.rule, kept.said_by, kept.said_at = rule, by, now
        kept.save()
    audit.record(actor=by, action="import.word", target=f"{word} {code}", place=source.village.code, at=now)


def forget(source: Import, word: str, by: User, now: dt.datetime) -> None:
    """Ask for the word again, in this workbook and the next. Raises CannotSettle."""
    if word not in source.words:
        raise CannotSettle(f"先选“{word}”算作哪一项")
    source.words = {one: meaning for one, meaning in source.words.items() if one != word}
    gone, _ = ImportWord.objects.filter(village=source.village_id, word=word).delete()
    if gone:
        audit.record(actor=by, action="import.forget-word", target=word, place=source.village.code, at=now)


def _meaning(rule: Rule, *, last: bool) -> dict[str, str | bool]:
    return {"code": rule.code, "item": rule.item, "last": last}


def _is_same(now: Rule, before: Rule) -> bool:
    """A later version may give the code to something else; then the word is asked for again."""
    return (now.item, now.kind) == (before.item, before.kind)
