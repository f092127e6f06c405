"""Moments in the address of a list."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField

from qianjiang_portal.foundation import calendar


class MomentField(IsoDateTimeField):
    """A moment as it stands in Asia/Shanghai: PostgreSQL takes no offset beyond sixteen hours."""

    def clean(self, value: Any) -> dt.datetime | None:
        moment: dt.datetime | None = super().clean(value)
        try:
            return moment.astimezone(calendar.SHANGHAI) if moment else None
        except OverflowError:
            raise ValidationError("写成 2026-11-23T10:00:00+08:00 这样", "invalid") from None


class MomentFilter(IsoDateTimeFilter):
    field_class = MomentField
