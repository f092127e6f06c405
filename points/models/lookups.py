"""自查条: what a household types to read its own passbook without an account, and the tries at it."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from villages import scope
from villages.models import Household

# A household that has left the register has nobody who reads its passbook.
OF_A_HOUSEHOLD_HERE = """
    IF NOT EXISTS (SELECT 1 FROM villages_household h WHERE h.id = NEW.household_id AND h.state = 'active') THEN
        RAISE EXCEPTION 'points_lookup_slip_is_of_a_household_here' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


# Ten letters and digits of which none is read or heard as another.
SPELLED = Q(token__regex=r"^[a-hjkmnp-z2-9]{10}$")  # noqa: S106


class LookupSlipQuerySet(models.QuerySet["LookupSlip"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(scope.within(user, {"clerk"}, path="household__village"))


class LookupSlip(models.Model):
    """One household's way to its own passbook. The token stands on paper and in an address and opens nothing by itself;
    the code is on paper only: `digest` is a keyed one of both, hex.
    """

    household = models.OneToOneField(Household, models.PROTECT, verbose_name="农户", related_name="lookup_slip")
    token = models.CharField("自查号", max_length=10, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="打印", related_name="+")
    issued_at = models.DateTimeField("打印时间")

    objects = LookupSlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "自查条"
        constraints = [
            models.CheckConstraint(condition=SPELLED, name="points_lookup_token_can_be_read_aloud"),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="points_lookup_code_is_kept_as_a_digest"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_a_household_here",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=OF_A_HOUSEHOLD_HERE,
            )
        ]

    def __str__(self) -> str:
        return self.spoken

    @property
    def spoken(self) -> str:
        """The token as it stands on paper."""
        return f"{self.token[:5]}-{self.token[5:]}"


class LookupTry(models.Model):
    """One try at a code, kept for a day to count by. `asked` and `origin` are keyed digests: of what was typed as the
    token, whether there is such a slip or not, and of where it came from.
    """

    asked = models.CharField(max_length=64)
    origin = models.CharField(max_length=64)
    at = models.DateTimeField()
    fitted = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = "自查的尝试"
        indexes = [
            models.Index(fields=["asked", "at"], name="points_lookup_asked_idx"),
            models.Index(fields=["origin", "at"], name="points_lookup_origin_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
