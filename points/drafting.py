"""A version on its way to being published: begun, its items changed, put to the villagers, carried, filed."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.files.base import File as Sent
from django.db import transaction

from points import permissions, rule_guards, rules, stars
from points.models import Rule, RuleSet
from points.rule_lines import COLUMNS, Problem
from points.rules import Adoption, Filing
from qianjiang_portal.foundation import audit, calendar, uploads
from qianjiang_portal.foundation.refusals import Conflict, Refused
from villages.models import Township, User, Village


class CannotDraft(Refused):
    """The draft cannot be kept like this; `problems` says where, if it is about items."""

    def __init__(self, message: str, code: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, code)
        self.problems = problems


@transaction.atomic
def begin(
    *, year: int, by: User, now: dt.datetime, township: Township | None = None, village: Village | None = None
) -> RuleSet:
    """A draft for a place from the published reference, or the next reference from the last. Raises CannotDraft.

    What the place itself had changed is kept where the reference still allows it.
    """
    place = village or township
    wanted = RuleSet(township=township, village=village)
    if not permissions.can_draft_rules(by, wanted):
        raise CannotDraft("没有为这里起草细则的任职")
    _lock(township, village)
    same = RuleSet.objects.filter(township=township, village=village)
    if open_one := same.filter(state__in=[RuleSet.State.DRAFT, RuleSet.State.CONSULTATION]).first():
        raise CannotDraft(f"{open_one.title}还没有发布，先改完那一版")
    reference = RuleSet.objects.filter(scope=RuleSet.Scope.DISTRICT).last_published()
    if place and reference is None:
        raise CannotDraft("区级参考细则还没有发布，发布后再起草")
    name = village.short_name if village else township.name if township else "黔江区"
    title = f"{name}乡村治理积分细则（{year}版）" if place else f"黔江区乡村治理积分参考细则（{year}版）"
    made = rules.draft(title=title, year=year, by=by, township=township, village=village, based_on=reference)
    if place and (own := same.last_published()):
        _keep_own(made, own)
    audit.record(actor=by, action="rules.draft", target=title, place=place.code if place else "", at=now)
    return made


@transaction.atomic
def put_items(
    *,
    rule_set: RuleSet,
    items: Iterable[Rule],
    by: User,
    version: int,
    now: dt.datetime,
    removed: Iterable[str] = (),
    restored: Iterable[str] = (),
) -> RuleSet:
    """Write items into a draft by their code, drop those in `removed`, bring back those in `restored` (codes).

    Raises CannotDraft, Conflict.
    """
    rule_set = _locked(rule_set, by, RuleSet.State.DRAFT)
    if version != rule_set.version:
        raise Conflict("这一版刚被改过，请对照后再保存")
    given, gone = list(items), set(removed)
    source = {rule.code: rule for rule in rule_set.based_on.rules.all()} if rule_set.based_on else {}
    if wrong := _problems(rule_set, given, source):
        raise CannotDraft(f"有 {len(wrong)} 处要改，还没有保存", problems=wrong)
    present = {rule.code: rule for rule in rule_set.rules.all()}
    for item in given:
        _put(rule_set, item, present.get(item.code))
    rule_set.rules.filter(code__in=gone).delete()
    back = set(restored) & set(source) - set(present)
    rules.copy(source=[source[code] for code in sorted(back)], target=rule_set)
    return _moved(rule_set, by, "rules.items", now, written=len(given), removed=len(gone), restored=len(back))


@transaction.atomic
def put_scale(
    *, rule_set: RuleSet, star_points: Sequence[int], lasting_codes: Iterable[str], by: User, now: dt.datetime
) -> RuleSet:
    """Write down from how many points of a year there are one to five stars (none: the district's setting counts), and
    the items whose points never expire. Raises CannotDraft.
    """
    rule_set = _locked(rule_set, by, RuleSet.State.DRAFT)
    if star_points and (shortfall := stars.shortfall(star_points)):
        raise CannotDraft(f"星级分数{shortfall}")
    codes = sorted(set(lasting_codes))
    awards = set(rule_set.rules.filter(kind=Rule.Kind.AWARD).values_list("code", flat=True))
    if strange := [code for code in codes if code not in awards]:
        raise CannotDraft(f"这一版没有加分事项 {strange[0]}")
    rule_set.star_points, rule_set.lasting_codes = list(star_points), codes
    return _moved(rule_set, by, "rules.scale", now)


@transaction.atomic
def consult(*, rule_set: RuleSet, until: dt.date, by: User, now: dt.datetime) -> RuleSet:
    """Put a draft to the villagers until a day; its items stand still meanwhile. Raises CannotDraft."""
    rule_set = _locked(rule_set, by, RuleSet.State.DRAFT)
    if until < calendar.local_date(now):
        raise CannotDraft("截止日期已过，改为今天或以后")
    if not rule_set.rules.exists():
        raise CannotDraft("这一版还没有事项")
    rule_set.state = RuleSet.State.CONSULTATION
    rule_set.consulted_on, rule_set.consulted_until = calendar.local_date(now), until
    return _moved(rule_set, by, "rules.consult", now)


@transaction.atomic
def reopen(*, rule_set: RuleSet, by: User, now: dt.datetime) -> RuleSet:
    """Take a version back from consultation to change it; a meeting written down so far no longer counts for it.

    Raises CannotDraft.
    """
    rule_set = _locked(rule_set, by, RuleSet.State.CONSULTATION)
    rule_set.state = RuleSet.State.DRAFT
    rule_set.meeting, rule_set.decision, rule_set.received_by, rule_set.minutes = "", "", "", None
    for name in ("consulted_on", "consulted_until", "held_on", "expected", "attended", "agreed", "filed_on"):
        setattr(rule_set, name, None)
    return _moved(rule_set, by, "rules.reopen", now)


@transaction.atomic
def adopt(
    *,
    rule_set: RuleSet,
    adoption: Adoption,
    by: User,
    now: dt.datetime,
    filing: Filing | None = None,
    minutes: "Sent[bytes] | None" = None,
) -> RuleSet:
    """Write down the meeting that carried a version, its signed minutes and the township's receipt.

    Minutes that were sent before stay where none are sent. Raises CannotDraft, BadUpload.
    """
    rule_set = _locked(rule_set, by, RuleSet.State.CONSULTATION)
    if rule_set.scope == RuleSet.Scope.DISTRICT:
        raise CannotDraft("全区参考不用村民会议表决")
    if shortfall := adoption.shortfall():
        raise CannotDraft(shortfall)
    today = calendar.local_date(now)
    if adoption.held_on > today or (rule_set.consulted_on and adoption.held_on < rule_set.consulted_on):
        raise CannotDraft("会议日期在开始征求意见和今天之间")
    if filing and not adoption.held_on <= filing.filed_on <= today:
        raise CannotDraft("备案日期在会议日期和今天之间")
    for name, value in {**vars(adoption), **(vars(filing) if filing else {})}.items():
        setattr(rule_set, name, value)
    place = rule_set.village or rule_set.township
    with uploads.storing(sent=minutes, place=place.code if place else "", by=by, now=now) as stored:
        rule_set.minutes = stored or rule_set.minutes
        return _moved(rule_set, by, "rules.adopt", now, attended=adoption.attended, agreed=adoption.agreed)


def note_minutes(*, rule_set: RuleSet, by: User, now: dt.datetime) -> None:
    """Write down who took the minutes: villagers sign them."""
    place = rule_set.village or rule_set.township
    code = place.code if place else ""
    audit.record(actor=by, action="rules.minutes", target=rule_set.title, place=code, at=now)


def problems(rule_set: RuleSet, items: Sequence[Rule]) -> tuple[Problem, ...]:
    """What `put_items` would refuse in these items, by their row from 1."""
    source = {rule.code: rule for rule in rule_set.based_on.rules.all()} if rule_set.based_on else {}
    return _problems(rule_set, list(items), source)


def _lock(township: Township | None, village: Village | None) -> None:
    if village:
        Village.objects.select_for_update(no_key=True, of=("self",)).get(pk=village.pk)
    elif township:
        Township.objects.select_for_update(no_key=True).get(pk=township.pk)


def _keep_own(made: RuleSet, own: RuleSet) -> None:
    """Carry over the place's own values that stay within the reference, its own items, and what it had dropped."""
    source = {rule.code: rule for rule in made.rules.all()}
    kept = {rule.code: rule for rule in own.rules.all()}
    for code, rule in kept.items():
        if not (code in source and rule_guards.wider(rule, source[code])) and not rule_guards.barred(rule):
            _put(made, rule, source.get(code))
    made.star_points = own.star_points or made.star_points
    made.lasting_codes = own.lasting_codes or made.lasting_codes
    made.save(update_fields=["star_points", "lasting_codes"])
    earlier = set(own.based_on.rules.values_list("code", flat=True)) if own.based_on else set()
    made.rules.filter(code__in=earlier - set(kept)).delete()


def _put(rule_set: RuleSet, item: Rule, present: Rule | None) -> None:
    """Give an item of the version what stands in `item`; what a line does not carry, such as its basis, stays."""
    target = present or Rule(rule_set=rule_set, code=item.code)
    for name in (*COLUMNS, "initials"):
        setattr(target, name, getattr(item, name))
    target.save()


def _problems(rule_set: RuleSet, items: list[Rule], source: dict[str, Rule]) -> tuple[Problem, ...]:
    found = []
    bound = rule_set.scope != RuleSet.Scope.DISTRICT
    for row, rule in enumerate(items, start=1):
        wrong = rule_guards.wider(rule, source[rule.code]) if bound and rule.code in source else {}
        if reason := rule_guards.barred(rule):
            wrong["item"] = reason
        found += [Problem(row, column, f"{rule.code} {text}") for column, text in wrong.items()]
    return tuple(found)


def _locked(rule_set: RuleSet, by: User, state: str) -> RuleSet:
    found = RuleSet.objects.select_for_update(of=("self",))
    rule_set = found.select_related("township", "village__township", "based_on", "minutes").get(pk=rule_set.pk)
    if not permissions.can_draft_rules(by, rule_set):
        raise CannotDraft("没有为这里起草细则的任职")
    if rule_set.state in (RuleSet.State.PUBLISHED, RuleSet.State.RETIRED):
        raise CannotDraft("已发布的版本不能改，可以新建一版", "U-02")
    if rule_set.state != state:
        raise CannotDraft(f"这一版现在是{rule_set.get_state_display()}")
    return rule_set


def _moved(rule_set: RuleSet, by: User, action: str, now: dt.datetime, **facts: int) -> RuleSet:
    rule_set.version += 1
    rule_set.save()
    place = rule_set.village or rule_set.township
    code = place.code if place else ""
    audit.record(actor=by, action=action, target=rule_set.title, place=code, facts=facts, at=now)
    return rule_set
