import datetime as dt
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual

from qianjiang_portal.foundation.models import File
from villages import scope
from villages.models import Township, Village


class Dimension(models.TextChoices):
    """三治: every rule counts towards one of the three, so that a composition always adds up to the whole."""

    SELF = "self", "自治"
    LAW = "law", "法治"
    VIRTUE = "virtue", "德治"


class Joy(models.TextChoices):
    """五乐: the second tag of every rule and activity."""

    LEARN = "learn", "乐学"
    LIVE = "live", "乐居"
    WORK = "work", "乐业"
    KIND = "kind", "乐善"
    HARMONY = "harmony", "乐和"


# What no village may score, in anybody's words: petitions, answers to surveys, exam champions, fines turned to points.
BARRED = "上访|信访|非访|高考状元|抵扣罚款|抵罚款|满意度测评|吸毒|信教"
# What the law gives a person: no deduction may touch it.
STATUTORY = "低保|五保|特困|医保|社保|养老金|救助|补贴|补助|承包权|宅基地资格|征地|办证|盖章|开证明|入学|参军|政审"

# Over half of the villagers, or two thirds of household heads or delegates, were there; over half of those agreed.
CARRIED = Q(held_on__isnull=False, expected__isnull=False, attended__isnull=False, agreed__isnull=False) & (
    Q(attended__lt=F("agreed") * 2)
    & (
        Q(meeting="all", expected__lt=F("attended") * 2)
        | (Q(meeting__in=["households", "delegates"]) & Q(GreaterThanOrEqual(F("attended") * 3, F("expected") * 2)))
    )
)


# What was adopted is proved by the paper that lay before whoever published it.
MINUTES_STAY = """
    RAISE EXCEPTION 'points_minutes_of_a_published_rule_set_stay' USING ERRCODE = 'restrict_violation';
"""


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def visible_to(self, user: Any) -> Self:
        """The district's reference is everyone's to read; a township's or village's version stays within."""
        places = scope.places(user)
        if places.everywhere or scope.holds(user, "admin"):
            return self
        own = (
            Q(township__in=places.townships)
            | Q(village__in=places.villages)
            | Q(village__township__in=places.townships)
        )
        above = Q(township__villages__in=places.villages)
        return self.filter(Q(scope=RuleSet.Scope.DISTRICT) | own | above).distinct()

    def in_force(self, on: dt.date) -> Self:
        """Versions that count on a day: published by then and not yet replaced."""
        return self.filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=on),
            state__in=[RuleSet.State.PUBLISHED, RuleSet.State.RETIRED],
            effective_from__lte=on,
        )

    def last_published(self) -> "RuleSet | None":
        """Of versions of one place the one that counts, or will from a day that is set."""
        return self.filter(state=RuleSet.State.PUBLISHED).order_by("-effective_from", "-pk").first()

    def for_village(self, village: Village) -> Self:
        """Versions that may apply to a village, the most particular first."""
        return self.filter(
            Q(scope=RuleSet.Scope.DISTRICT) | Q(township=village.township_id) | Q(village=village)
        ).order_by(
            models.Case(
                models.When(scope=RuleSet.Scope.VILLAGE, then=0),
                models.When(scope=RuleSet.Scope.TOWNSHIP, then=1),
                default=2,
            ),
            F("effective_from").desc(nulls_last=True),
        )


class RuleSet(models.Model):
    """One version of the 积分细则, of the district, a township or a village, with the meeting that adopted it."""

    class Scope(models.TextChoices):
        DISTRICT = "district", "全区参考"
        TOWNSHIP = "township", "乡镇版本"
        VILLAGE = "village", "村级版本"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        CONSULTATION = "consultation", "征求意见"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已停用"

    class Meeting(models.TextChoices):
        ALL = "all", "村民会议"
        HOUSEHOLDS = "households", "户代表会议"
        DELEGATES = "delegates", "村民代表会议"

    scope = models.CharField("范围", max_length=10, choices=Scope)
    township = models.ForeignKey(Township, models.PROTECT, verbose_name="乡镇街道", null=True, blank=True)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", null=True, blank=True)
    title = models.CharField("名称", max_length=80)
    year = models.PositiveSmallIntegerField("版本年份")
    state = models.CharField("状态", max_length=15, choices=State, default=State.DRAFT)
    effective_from = models.DateField("生效日期", null=True, blank=True)
    effective_to = models.DateField("停用日期", null=True, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="adaptations")
    meeting = models.CharField("会议", max_length=12, choices=Meeting, blank=True)
    held_on = models.DateField("会议日期", null=True, blank=True)
    expected = models.PositiveIntegerField("应到", null=True, blank=True)
    attended = models.PositiveIntegerField("实到", null=True, blank=True)
    agreed = models.PositiveIntegerField("同意", null=True, blank=True)
    decision = models.CharField("文号或会议记录编号", max_length=80, blank=True)
    # The signed paper of the meeting, as a photograph or PDF.
    minutes = models.ForeignKey(File, models.PROTECT, verbose_name="会议记录", null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField("修改次数", default=1)
    # Points of a year from which there are one to five stars; empty where the district's setting counts.
    star_points = ArrayField(models.PositiveIntegerField(), verbose_name="星级分数", default=list, blank=True)
    # Codes of items whose points never expire at the end of a year.
    lasting_codes = ArrayField(models.CharField(max_length=8), verbose_name="不清零的事项", default=list, blank=True)
    consulted_on = models.DateField("征求意见开始", null=True, blank=True)
    consulted_until = models.DateField("征求意见截止", null=True, blank=True)
    filed_on = models.DateField("备案日期", null=True, blank=True)
    received_by = models.CharField("备案收件人", max_length=40, blank=True)
    deductions_checked = models.BooleanField("减分项已核对", default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分细则"
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="district", township__isnull=True, village__isnull=True)
                | Q(scope="township", township__isnull=False, village__isnull=True)
                | Q(scope="village", township__isnull=True, village__isnull=False),
                name="points_rule_set_place_suits_its_scope",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "retired"])
                | Q(
                    effective_from__isnull=False,
                    published_by__isnull=False,
                    published_at__isnull=False,
                ),
                name="points_published_rule_set_says_when_and_who",
            ),
            models.CheckConstraint(
                condition=Q(agreed__isnull=True) | Q(agreed__lte=F("attended"), attended__lte=F("expected")),
                name="points_rule_set_votes_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "retired"]) | Q(scope="district") | CARRIED,
                name="points_adopted_rule_set_was_carried_by_its_meeting",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "retired"], scope="village")
                | (Q(filed_on__isnull=False, filed_on__gte=F("held_on")) & ~Q(received_by="")),
                name="points_village_rule_set_is_filed_before_it_counts",
            ),
            models.UniqueConstraint(
                fields=["scope", "township", "village"],
                condition=Q(state__in=["draft", "consultation"]),
                nulls_distinct=False,
                name="points_place_has_one_open_draft",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(held_on__isnull=False), name="points_minutes_are_of_a_meeting"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="minutes_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("minutes_id"),
                condition=pgtrigger.Condition(
                    "OLD.state IN ('published', 'retired') AND OLD.minutes_id IS DISTINCT FROM NEW.minutes_id"
                ),
                func=MINUTES_STAY,
            )
        ]

    def __str__(self) -> str:
        return self.title


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(rule_set__in=RuleSet.objects.visible_to(user).values("pk"))

    def in_code_order(self) -> Self:
        return self.order_by("code")


class Rule(models.Model):
    """One item of a rule set. `min_points` to `max_points` are sizes, whole points ≥ 0; `kind` gives the sign."""

    class Kind(models.TextChoices):
        AWARD = "award", "加分"
        DEDUCTION = "deduction", "减分"

    class Unit(models.TextChoices):
        HOUSEHOLD = "household", "户次"
        PERSON = "person", "人次"
        ITEM = "item", "条"
        KIND = "kind", "类"
        MU = "mu", "亩"

    class CapPeriod(models.TextChoices):
        DAY = "day", "每日"
        MONTH = "month", "每月"
        TWO_MONTHS = "two-months", "每两月"
        QUARTER = "quarter", "每季"
        HALF_YEAR = "half-year", "每半年"
        YEAR = "year", "每年"
        ONCE = "once", "一次性"

    class Rhythm(models.TextChoices):
        """How often an item is judged; the cap says how often it may count."""

        ANY = "", "随时"
        MONTH = "month", "每月"
        TWO_MONTHS = "two-months", "每两月"
        QUARTER = "quarter", "每季"
        HALF_YEAR = "half-year", "每半年"
        YEAR = "year", "每年"

    class Evidence(models.TextChoices):
        NONE = "none", "不用"
        OPTIONAL = "optional", "选传"
        REQUIRED = "required", "必传"

    rule_set = models.ForeignKey(RuleSet, models.PROTECT, verbose_name="细则", related_name="rules")
    code = models.CharField("编码", max_length=8)
    item = models.CharField("事项", max_length=80)
    initials = models.CharField("拼音首字母", max_length=80, blank=True)
    dimension = models.CharField("三治", max_length=10, choices=Dimension)
    joy = models.CharField("五乐", max_length=10, choices=Joy)
    kind = models.CharField("加减", max_length=10, choices=Kind)
    min_points = models.PositiveIntegerField("最低分")
    max_points = models.PositiveIntegerField("最高分")
    default_points = models.PositiveIntegerField("常用分")
    unit = models.CharField("计分单位", max_length=10, choices=Unit, default=Unit.HOUSEHOLD)
    cap_count = models.PositiveIntegerField("次数上限", null=True, blank=True)
    cap_points = models.PositiveIntegerField("分数上限", null=True, blank=True)
    cap_period = models.CharField("上限周期", max_length=10, choices=CapPeriod, blank=True)
    rhythm = models.CharField("评定节奏", max_length=10, choices=Rhythm, blank=True, default="", db_default="")
    evidence = models.CharField("证明", max_length=10, choices=Evidence, default=Evidence.OPTIONAL)
    # Beside the points that it takes: honours and redemption may be suspended for it (`points/suspensions.py`).
    veto = models.BooleanField("一票否决", default=False, db_default=False)
    evidence_note = models.CharField("证明说明", max_length=80, blank=True)
    basis = models.CharField("依据", max_length=80, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "细则条目"
        constraints = [
            models.UniqueConstraint(
                fields=["rule_set", "code"],
                name="points_rule_code_is_unique_in_its_set",
            ),
            models.CheckConstraint(
                condition=Q(min_points__lte=F("max_points"), max_points__gt=0)
                & Q(
                    default_points__gte=F("min_points"),
                    default_points__lte=F("max_points"),
                ),
                name="points_rule_range_is_ordered",
            ),
            models.CheckConstraint(
                condition=Q(cap_count__isnull=True, cap_points__isnull=True) | ~Q(cap_period=""),
                name="points_rule_cap_has_a_period",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=["", "month", "two-months", "quarter", "half-year", "year"]),
                name="points_rule_rhythm_is_known",
            ),
            models.CheckConstraint(
                condition=Q(veto=False) | Q(kind="deduction"), name="points_veto_item_is_a_deduction"
            ),
            models.CheckConstraint(
                condition=~Q(item__regex=BARRED) & ~Q(evidence_note__regex=BARRED),
                name="points_rule_scores_nothing_barred",
            ),
            models.CheckConstraint(
                condition=~Q(kind="deduction") | (~Q(item__regex=STATUTORY) & ~Q(evidence_note__regex=STATUTORY)),
                name="points_deduction_touches_no_statutory_right",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.item}"

    @property
    def sign(self) -> int:
        return -1 if self.kind == self.Kind.DEDUCTION else 1

    @property
    def is_fixed(self) -> bool:
        return self.min_points == self.max_points

    @property
    def default(self) -> int:
        """The usual points with their sign."""
        return self.sign * self.default_points

    @property
    def range_text(self) -> str:
        """`+2~+8`, `+5`, `−10`."""
        mark = "−" if self.sign < 0 else "+"
        low, high = f"{mark}{self.min_points}", f"{mark}{self.max_points}"
        return low if self.is_fixed else f"{low}～{high}"

    @property
    def cap_text(self) -> str:
        """`每月1次`, `每月最多24分`, `不限`."""
        if not self.cap_period:
            return "不限"
        period = self.get_cap_period_display()
        if period == "一次性":
            return "仅1次"
        parts = [f"{self.cap_count}次"] if self.cap_count else []
        parts += [f"最多{self.cap_points}分"] if self.cap_points else []
        return period + "、".join(parts)

    @property
    def sentence(self) -> str:
        """The rule as villagers read it."""
        verb = "减" if self.sign < 0 else "加"
        each = {
            "户次": "每次",
            "人次": "每人每次",
            "条": "每条",
            "类": "每类",
            "亩": "每亩",
        }[self.get_unit_display()]
        size = f"{self.min_points}" if self.is_fixed else f"{self.min_points} 到 {self.max_points}"
        cap = "" if self.cap_text == "不限" else f"，{self.cap_text}"
        judged = f"，{self.get_rhythm_display()}评定一次" if self.rhythm else ""
        veto = "，属于一票否决" if self.veto else ""
        return f"{self.item}，{each}{verb} {size} 分{cap}{judged}{veto}"
