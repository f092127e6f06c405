from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from points.models.rules import Rule
from villages import scope
from villages.models import Village

# Only an item that was adopted for this village, and no word that is somebody's number.
FITS = """
    IF NOT EXISTS (
        SELECT 1 FROM points_rule r JOIN points_ruleset s ON s.id = r.rule_set_id
            JOIN villages_village v ON v.id = NEW.village_id
        WHERE r.id = NEW.rule_id AND s.state IN ('published', 'retired')
            AND (s.village_id = v.id OR s.township_id = v.township_id)
    ) THEN
        RAISE EXCEPTION 'points_word_means_an_adopted_item_of_its_village' USING ERRCODE = 'check_violation';
    END IF;
    IF foundation_personal_number(NEW.word) <> '' THEN
        RAISE EXCEPTION 'points_word_holds_no_personal_number' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ImportWordQuerySet(models.QuerySet["ImportWord"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, {"clerk"}))


class ImportWord(models.Model):
    """A village's own word for an item, as a clerk settled it over a workbook: 劳动 is Z02. The last choice counts.

    `word` is written as lines are compared by it (`workbooks.cells.rule_key`).
    """

    village = models.ForeignKey(Village, models.PROTECT, verbose_name="村", related_name="import_words")
    word = models.CharField("叫法", max_length=40)
    rule = models.ForeignKey(Rule, models.PROTECT, verbose_name="事项", related_name="+")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="认定", related_name="+")
    said_at = models.DateTimeField("认定时间")

    objects = ImportWordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表里的叫法"
        constraints = [
            models.UniqueConstraint(fields=["village", "word"], name="points_word_means_one_item_in_a_village"),
            models.CheckConstraint(condition=~Q(word=""), name="points_word_is_written"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fits", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=FITS
            )
        ]

    def __str__(self) -> str:
        return f"{self.word} {self.rule.code}"
