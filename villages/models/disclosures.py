from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.models import File
from villages import scope
from villages.models.people import User
from villages.models.places import Village

READERS = frozenset({"clerk", "leader", "reviewer", "liaison", "district", "auditor"})
MONTH, QUARTER, YEAR = r"^\d{4}-(0[1-9]|1[0-2])$", r"^\d{4}Q[1-4]$", r"^\d{4}Y$"

# Rows already published were measured by it.
ITEM_STANDS = """
    IF (OLD.code, OLD.every) IS DISTINCT FROM (NEW.code, NEW.every)
        AND EXISTS (SELECT 1 FROM villages_disclosure d WHERE d.item_id = OLD.id)
    THEN
        RAISE EXCEPTION 'villages_used_disclosure_item_stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# The rhythm is the item's, the last day follows from the period, a correction keeps the day its first version went up.
SUITS_ITS_ITEM = """
    DECLARE
        item villages_disclosureitem%ROWTYPE;
        earlier villages_disclosure%ROWTYPE;
        ends date := CASE NEW.every
            WHEN 'month' THEN (to_date(NEW.period || '-01', 'YYYY-MM-DD') + interval '1 month')::date - 1
            WHEN 'quarter' THEN
                (make_date(left(NEW.period, 4)::int, right(NEW.period, 1)::int * 3, 1) + interval '1 month')::date - 1
            WHEN 'year' THEN make_date(left(NEW.period, 4)::int, 12, 31) END;
    BEGIN
        SELECT * INTO item FROM villages_disclosureitem i WHERE i.id = NEW.item_id;
        IF item.every <> NEW.every OR ends + item.due_days IS DISTINCT FROM NEW.due_on THEN
            RAISE EXCEPTION 'villages_disclosure_suits_its_item' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.replaces_id IS NOT NULL THEN
            SELECT * INTO earlier FROM villages_disclosure d WHERE d.id = NEW.replaces_id;
        END IF;
        IF NEW.replaces_id IS NULL AND NEW.first_on <> NEW.published_on
            OR NEW.replaces_id IS NOT NULL AND (
                earlier.withdrawn_at IS NULL OR NEW.first_on <> earlier.first_on
                OR (earlier.village_id, earlier.item_id, earlier.period)
                    IS DISTINCT FROM (NEW.village_id, NEW.item_id, NEW.period))
        THEN
            RAISE EXCEPTION 'villages_disclosure_first_went_up_when_it_did' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.published_on <> (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'villages_disclosure_is_not_dated_back' USING ERRCODE = 'check_violation';
        END IF;
        IF foundation_personal_number(NEW.title || E'\\n' || NEW.text) <> '' THEN
            RAISE EXCEPTION 'villages_disclosure_holds_no_personal_number' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""

# What was public stays as it was read; it can be taken down once, with a reason.
STANDS = """
    IF to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_why'
        IS DISTINCT FROM to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdrawn_why'
        OR OLD.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'villages_disclosure_stands' USING ERRCODE = 'check_violation';
    END IF;
    IF foundation_personal_number(NEW.withdrawn_why) <> '' THEN
        RAISE EXCEPTION 'villages_disclosure_holds_no_personal_number' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# So many files as were published, and none hung on later.
FILE_WAS_PUBLISHED = """
    IF NEW.position > (SELECT d.file_count FROM villages_disclosure d WHERE d.id = NEW.disclosure_id) THEN
        RAISE EXCEPTION 'villages_disclosure_file_was_published_with_it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class DisclosureItemQuerySet(models.QuerySet["DisclosureItem"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def in_order(self) -> Self:
        return self.order_by("position", "code")


class DisclosureItem(models.Model):
    """What villages have to make public, how often, and how many days after the period it is due."""

    class Aspect(models.TextChoices):
        PARTY = "party", "党务"
        VILLAGE = "village", "村务"
        MONEY = "money", "财务"

    class Every(models.TextChoices):
        MONTH = "month", "每月"
        QUARTER = "quarter", "每季"
        YEAR = "year", "每年"
        ANY = "any", "有了就公开"

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("公开事项", max_length=40, unique=True)
    aspect = models.CharField("类别", max_length=7, choices=Aspect)
    every = models.CharField("多久一次", max_length=7, choices=Every)
    due_days = models.PositiveSmallIntegerField("期满后几天内公开", default=10)
    since = models.DateField("从哪天开始的时期要公开")
    hint = models.CharField("写什么", max_length=120, blank=True)
    position = models.PositiveSmallIntegerField("排序", default=0)
    is_active = models.BooleanField("在用", default=True)

    objects = DisclosureItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开事项"
        constraints = [
            models.CheckConstraint(
                condition=Q(due_days__lte=180),
                name="villages_disclosure_is_due_within_half_a_year",
                violation_error_message="最多 180 天",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(name="item_stands", when=pgtrigger.Before, operation=pgtrigger.Update, func=ITEM_STANDS)
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period_kind(self) -> str:
        """The kind of period it is put up for; what comes as it comes goes by the month."""
        return "month" if self.every == self.Every.ANY else self.every

    @property
    def period_word(self) -> str:
        return {"month": "月份", "quarter": "季度", "year": "年度"}[self.period_kind]


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, READERS))

    def standing(self) -> Self:
        """What has not been taken down."""
        return self.filter(withdrawn_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-published_on", "-pk")


class Disclosure(models.Model):
    """三公开, one item of a village for one period: what was put up for everybody to read, and when."""

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="disclosures")
    item = models.ForeignKey(DisclosureItem, models.PROTECT, verbose_name="公开事项", related_name="disclosures")
    every = models.CharField("多久一次", max_length=7, choices=DisclosureItem.Every)
    period = models.CharField("时期", max_length=7)
    title = models.CharField("标题", max_length=60)
    text = models.TextField("内容", max_length=5000)
    file_count = models.PositiveSmallIntegerField("文件数", default=0)
    published_on = models.DateField("公开日期")
    first_on = models.DateField("首次公开")
    due_on = models.DateField("应公开", null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, verbose_name="更正", null=True, blank=True, related_name="replaced_by"
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("公开时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.CharField("撤下原因", max_length=120, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "三公开"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "item", "period"],
                condition=Q(withdrawn_at=None) & ~Q(every="any"),
                name="villages_disclosure_stands_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["village", "item", "period", "title"],
                condition=Q(withdrawn_at=None),
                name="villages_disclosure_is_put_up_once",
            ),
            models.CheckConstraint(
                condition=Q(every__in=("month", "any"), period__regex=MONTH)
                | Q(every="quarter", period__regex=QUARTER)
                | Q(every="year", period__regex=YEAR),
                name="villages_disclosure_period_is_of_its_rhythm",
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="villages_disclosure_says_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | Q(withdrawn_at__gte=F("made_at"), withdrawn_by__isnull=False) & ~Q(withdrawn_why=""),
                name="villages_withdrawn_disclosure_says_why",
            ),
        ]
        indexes = [models.Index(fields=["village", "-published_on"], name="villages_disclosure_newest_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="suits_its_item", when=pgtrigger.Before, operation=pgtrigger.Insert, func=SUITS_ITS_ITEM
            ),
            pgtrigger.Trigger(name="stands", when=pgtrigger.Before, operation=pgtrigger.Update, func=STANDS),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def period_title(self) -> str:
        return periods.parse(self.period).title

    @property
    def on_time(self) -> bool:
        return self.due_on is None or self.first_on <= self.due_on


class DisclosureFile(models.Model):
    """A photograph or paper that was published with it."""

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="papers")
    position = models.PositiveSmallIntegerField("序号")
    file = models.ForeignKey(File, models.PROTECT, verbose_name="文件", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "三公开文件"
        constraints = [
            models.UniqueConstraint(
                fields=["disclosure", "position"], name="villages_disclosure_file_has_a_place_of_its_own"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="villages_disclosure_files_are_counted_from_one"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="was_published", when=pgtrigger.Before, operation=pgtrigger.Insert, func=FILE_WAS_PUBLISHED
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.disclosure} {self.position}"
