"""Many lines of money booked at once, from a list that was compared first."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from demos import fund_lines, funding
from demos.funding import CannotBook
from demos.models import FundLine
from qianjiang_portal.foundation import calendar, workbooks
from qianjiang_portal.foundation.workbooks import Blank
from villages import lists
from villages.models import User, Village


@transaction.atomic
def book_all(*, text: str, stamp: str, villages: Sequence[Village], by: User, now: dt.datetime) -> list[FundLine]:
    """Write what `fund_lines.compare` showed under `stamp`, all or nothing. Raises CannotBook or Changed."""
    today = calendar.local_date(now)
    # Locked before it is looked at for good, so that the same list sent twice at once books once.
    named = {one.village.pk for one in fund_lines.compare(text, villages, today).given}
    list(Village.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=named).order_by("pk"))
    compared = fund_lines.compare(text, villages, today)
    lists.refuse_unseen(compared, stamp, "经费", CannotBook)
    return [
        funding.book(
            village=one.village,
            kind=one.kind,
            on=one.on,
            what=one.what,
            amount=one.amount,
            receipt=one.receipt,
            by=by,
            now=now,
        )
        for one in compared.given
    ]


def template(villages: Sequence[Village]) -> bytes:
    """An empty list to fill in, with the villages that may be written."""
    return workbooks.blank(
        "经费",
        [
            Blank("村", 22, "写成“濯水镇桐木村”这样", [village.full_name for village in villages]),
            Blank("日期", 14, "写成 2026-11-30 这样，不晚于今天"),
            Blank("来源·用途", 14, "前四项是收入，后三项是支出", list(fund_lines.KINDS)),
            Blank("摘要", 40),
            Blank("金额(元)", 14, "大于 0，最多 2 位小数"),
            Blank("凭证号", 20),
        ],
        fund_lines.MOST,
    )
