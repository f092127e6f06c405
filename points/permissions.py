"""Who may do what, where. Predicates only; the write modules refuse, the views hide."""

from points.models import Batch, Notice, Outlet, RuleSet
from points.models.batches import OPEN
from points.models.registers import CHECKERS
from qianjiang_portal.foundation import options
from villages import scope
from villages.models import User, Village

# Who follows the work of the panel, and who the notices, without a hand in them.
REVIEW_READERS = frozenset({"reviewer", "leader", "district"})
# Who weighs what the store will cost against the village's money.
BUDGET_READERS = frozenset({"clerk", "leader", "district", "auditor"})
NOTICE_READERS = frozenset({"clerk", "reviewer", "leader", "district"})
ODDITY_READERS = frozenset({"leader", "district", "auditor"})
PANEL_READERS = frozenset({"clerk", "reviewer", "leader", "district", "auditor"})
MINUTES_READERS = frozenset({"clerk", "reviewer", "leader", "district", "auditor"})
ACTIVITY_READERS = frozenset({"clerk", "reviewer", "leader", "district", "auditor"})


def can_enter(user: User, village: Village) -> bool:
    return scope.covers(user, {"clerk"}, village)


def can_edit(user: User, batch: Batch) -> bool:
    """Rows are changed by clerks of the village while the batch is a draft or has been returned."""
    return batch.state in OPEN and can_enter(user, batch.village)


def can_check(user: User, village: Village) -> bool:
    """The reviewers of a village or its township, for batches they had no hand in."""
    return scope.covers(user, {"reviewer"}, village)


def can_review(user: User, batch: Batch) -> bool:
    """A reviewer of the village who has never had a hand in the batch."""
    return can_check(user, batch.village) and not is_editor(user, batch)


def can_move_households(user: User, *villages: Village) -> bool:
    """Clerks and the leader within their own villages; the district everywhere, and so between townships."""
    return scope.holds(user, "district") or all(scope.covers(user, {"clerk", "leader"}, one) for one in villages)


def can_merge_villages(user: User) -> bool:
    return scope.holds(user, "district")


def can_give_slips(user: User, village: Village) -> bool:
    """Who prints and stops the slips by which households read their own passbooks."""
    return scope.covers(user, {"clerk"}, village)


def can_check_opening(user: User, village: Village) -> bool:
    """Who looks a second time at points that are brought over from another book."""
    return scope.covers(user, CHECKERS, village)


def can_seat(user: User, village: Village) -> bool:
    """Who names the members of a village's panel."""
    return scope.covers(user, {"clerk", "leader"}, village)


def is_editor(user: User, batch: Batch) -> bool:
    return batch.maker_id == user.pk or batch.editors.filter(user=user.pk).exists()


def can_publish(user: User, village: Village) -> bool:
    return scope.covers(user, {"clerk"}, village)


def can_post(user: User, notice: Notice) -> bool:
    return scope.covers(user, {"clerk", "leader"}, notice.village)


def can_settle(user: User, village: Village) -> bool:
    return scope.covers(user, {"reviewer", "leader"}, village)


def can_keep_honour_kinds(user: User) -> bool:
    return scope.holds(user, "district")


def can_nominate(user: User, village: Village) -> bool:
    return scope.covers(user, {"clerk"}, village)


def can_decide_honours(user: User, village: Village) -> bool:
    return scope.covers(user, {"reviewer"}, village)


def can_award(user: User, village: Village) -> bool:
    return scope.covers(user, {"clerk", "leader"}, village)


def can_end_year(user: User, village: Village) -> bool:
    """Who puts up, waives and posts what a village loses at the end of a year."""
    return scope.covers(user, {"leader"}, village)


def can_suspend(user: User, village: Village) -> bool:
    """Who may stop a household's honours and redemption for a time, and let them go on."""
    return scope.covers(user, {"reviewer", "leader"}, village)


def can_note_objection(user: User, village: Village) -> bool:
    """Whoever answers the village's telephone writes down what was said."""
    return scope.covers(user, {"clerk", "reviewer", "leader"}, village)


def can_draft_rules(user: User, rule_set: RuleSet) -> bool:
    """The district and the administrator draft the reference, the clerks of a place its own version."""
    if rule_set.village:
        return scope.covers(user, {"clerk"}, rule_set.village)
    if rule_set.township:
        return scope.places(user, {"clerk"}).covers_township(rule_set.township)
    return scope.holds(user, "district", "admin")


def can_read_minutes(user: User, rule_set: RuleSet) -> bool:
    """Villagers sign the minutes of a meeting: whoever works with the place's households, not everybody who may know
    the rules.
    """
    if rule_set.village:
        return scope.covers(user, MINUTES_READERS, rule_set.village)
    return bool(rule_set.township) and scope.places(user, MINUTES_READERS).covers_township(rule_set.township)


def can_publish_rules(user: User, rule_set: RuleSet) -> bool:
    """The district publishes the reference, a township's leader the versions of the township and its villages."""
    if rule_set.scope == RuleSet.Scope.DISTRICT:
        return scope.holds(user, "district")
    township = rule_set.township or (rule_set.village.township if rule_set.village else None)
    return township is not None and scope.places(user, {"leader"}).covers_township(township)


def can_redeem(user: User, outlet: Outlet) -> bool:
    """The counters of the outlet's village; clerks too where the district lets them run the counter."""
    roles = {"counter", "clerk"} if options.get("clerks_at_counter") else {"counter"}
    return scope.covers(user, roles, outlet.village)


def can_keep_stock(user: User, outlet: Outlet) -> bool:
    return scope.covers(user, {"counter", "clerk"}, outlet.village)


def can_keep_outlet(user: User, village: Village) -> bool:
    return scope.covers(user, {"clerk", "leader"}, village)
