"""权限一览: who may do what in a village, and what a person may see, worked out by the portal's own rules.

Nothing here says who may do anything: each act is asked of the function that the pages and write modules ask, for one
appointment at a time, so that the answer also tells by which appointment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from demos import permissions as demos
from points import permissions as points
from points.models import Notice, Outlet, RuleSet
from qianjiang_portal.foundation import options
from reports import permissions as reports
from villages import permissions as villages
from villages import scope
from villages.models import Appointment, User, Village

READERS = ("district", "admin", "auditor")
ROOMS = ("villages", "points", "demos", "reports")
# Counting stops here: past it the number says nothing more about a right.
COUNTED_TO = 1000
Allowed = Callable[[Any, Village], bool]


@dataclass(frozen=True)
class Act:
    """Something a person may do in a village, and the function that says so."""

    words: str
    allowed: Allowed


def _rules_of(village: Village) -> RuleSet:
    return RuleSet(scope=RuleSet.Scope.VILLAGE, village=village)


ACTS: dict[str, tuple[Act, ...]] = {
    "积分": (
        Act("录入和改行", points.can_enter),
        Act("审核", points.can_check),
        Act("发布公示", points.can_publish),
        Act("公示期满后入账", lambda user, village: points.can_post(user, Notice(village=village))),
        Act("登记异议", points.can_note_objection),
        Act("核实异议", points.can_settle),
        Act("设评议小组", points.can_seat),
        Act("暂停农户的荣誉和兑换", points.can_suspend),
        Act("农户换组、迁村和并户", points.can_move_households),
        Act("复核期初积分", points.can_check_opening),
        Act("打印和停用自查条", points.can_give_slips),
        Act("起草细则", lambda user, village: points.can_draft_rules(user, _rules_of(village))),
        Act("发布细则", lambda user, village: points.can_publish_rules(user, _rules_of(village))),
    ),
    "兑换": (
        Act("兑换", lambda user, village: points.can_redeem(user, Outlet(village=village))),
        Act("进货、盘点和改物品", lambda user, village: points.can_keep_stock(user, Outlet(village=village))),
        Act("设兑换点", points.can_keep_outlet),
    ),
    "荣誉和年末": (
        Act("提名荣誉", points.can_nominate),
        Act("评议荣誉", points.can_decide_honours),
        Act("公示、授予和取消荣誉", points.can_award),
        Act("公示年末清零并入账", points.can_end_year),
    ),
    "登记": (
        Act("填报指标", villages.can_report),
        Act("三公开", villages.can_disclose),
        Act("登记人员", villages.can_name),
        Act("登记培训", villages.can_train),
        Act("备案村规民约", villages.can_file),
        Act("记经费", demos.can_fund),
        Act("推荐示范", demos.can_nominate),
        Act("生成村情一张表", reports.can_make_sheet),
    ),
    "查看": (
        Act("看村情和数字", lambda user, village: scope.covers(user, scope.PLACE_READERS, village)),
        Act("看农户、批次和存折", lambda user, village: scope.covers(user, scope.HOUSEHOLD_READERS, village)),
    ),
}


@dataclass(frozen=True)
class Holder:
    """A person with one appointment alone: what the rules ask of somebody who is signed in."""

    user: User
    post: Appointment
    is_authenticated: bool = True

    @property
    def pk(self) -> int:
        return self.user.pk

    @property
    def appointments_now(self) -> list[Appointment]:
        return [self.post]


@dataclass(frozen=True)
class Allowing:
    """An act in a village with everybody who may do it."""

    words: str
    holders: list[Holder]


@dataclass(frozen=True)
class PostRights:
    """What one appointment opens, and where."""

    post: Appointment
    where: str
    acts: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Seen:
    """How many rows of a kind a person may see; `count` stops at COUNTED_TO."""

    kind: str
    count: int

    @property
    def text(self) -> str:
        return f"{COUNTED_TO} 以上" if self.count > COUNTED_TO else str(self.count)


def can_read(user: Any) -> bool:
    """The district, administrators and auditors look at rights."""
    return user.is_active and (scope.holds(user, *READERS) or user.is_superuser)


def villages_to_choose() -> QuerySet[Village]:
    return Village.objects.select_related("township").in_code_order()


def people(reader: Any, query: str = "") -> QuerySet[User]:
    """Accounts whose rights a person may look at, narrowed by name or account."""
    if not can_read(reader):
        return User.objects.none()
    asked = Q(name__icontains=query) | Q(username__icontains=query) if query else Q()
    return User.objects.filter(asked, is_active=True).order_by("username")


def in_village(village: Village) -> list[tuple[str, list[Allowing]]]:
    """Acts by group, each with its people; the same number of queries however many those are."""
    posts = _complete(Appointment.objects.current().over(village).filter(user__is_active=True))
    holders = [Holder(post.user, post) for post in posts]
    with options.held():
        return [
            (group, [Allowing(act.words, [one for one in holders if act.allowed(one, village)]) for act in acts])
            for group, acts in ACTS.items()
        ]


def of(user: User) -> list[PostRights]:
    """What each appointment of today opens; a place of many villages answers for one of them, since all are alike."""
    with options.held():
        return [_of_post(Holder(user, post)) for post in _complete(Appointment.objects.current().filter(user=user))]


def seen_by(user: User) -> list[Seen]:
    """For each kind of row how many of them this person's pages can show."""
    found = [Seen(label, rows[: COUNTED_TO + 1].count()) for label, rows in _kinds(user)]
    return sorted(found, key=lambda seen: not seen.count)


def _of_post(holder: Holder) -> PostRights:
    places = scope.places(holder)
    covered = Village.objects.filter(places.as_q("")).select_related("township").in_code_order()
    village, count = covered.first(), covered.count()
    acts = [
        (group, [act.words for act in acts if act.allowed(holder, village)]) for group, acts in ACTS.items()
    ] if village else []  # fmt: skip
    where = f"{count} 个村" if count else "不管村里的事"
    return PostRights(holder.post, where, [(group, words) for group, words in acts if words])


def _kinds(user: User) -> Iterable[tuple[str, QuerySet[Any]]]:
    """Every kind of row that is shown by who is asking: all models of the rooms whose rows know it."""
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            rows = model._default_manager.all()
            if model is not User and hasattr(rows, "visible_to"):
                yield str(model._meta.verbose_name_plural), rows.visible_to(user).order_by()


def _complete(posts: QuerySet[Appointment]) -> list[Appointment]:
    """Appointments that know their person and villages without asking again."""
    found = list(
        posts.select_related("user", "township", "village__township", "unit")
        .prefetch_related("villages__township")
        .order_by("role", "user__username", "pk")
    )
    for post in found:
        if post.role in scope.COVERING:
            post.__dict__["covered_villages"] = sorted(post.villages.all(), key=lambda village: village.code)
    return found
