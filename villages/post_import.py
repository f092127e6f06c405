"""Many people named at once, from a list that was compared first."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from qianjiang_portal.foundation import calendar, workbooks
from qianjiang_portal.foundation.workbooks import Blank
from villages import bodies, lists, post_lines
from villages.bodies import CannotName
from villages.models import Post, Township, User, Village

WHAT = "人员"


@transaction.atomic
def name_all(
    *, text: str, stamp: str, townships: Sequence[Township], villages: Sequence[Village], by: User, now: dt.datetime
) -> list[Post]:
    """Write what `post_lines.compare` showed under `stamp`, all or nothing. Raises CannotName or Changed."""
    today = calendar.local_date(now)
    # Locked before it is looked at for good, so that the same list sent twice at once names once.
    _lock(post_lines.compare(text, townships, villages, today).given)
    compared = post_lines.compare(text, townships, villages, today)
    lists.refuse_unseen(compared, stamp, WHAT, CannotName)
    try:
        with transaction.atomic():
            return [
                bodies.name_post(
                    kind=one.kind,
                    township=one.township,
                    village=one.village,
                    name=one.name,
                    title=one.title,
                    begins_on=one.begins_on,
                    ends_on=one.ends_on,
                    phone=one.phone,
                    by=by,
                    now=now,
                )
                for one in compared.given
            ]
    except IntegrityError as error:
        raise lists.Changed(WHAT) from error


def template(townships: Sequence[Township], villages: Sequence[Village]) -> bytes:
    """An empty list to fill in, with the places that may be written and the posts there are."""
    places = [*(town.name for town in townships), *(village.full_name for village in villages)]
    return workbooks.blank(
        "人员",
        [
            Blank("地方", 22, "责任人、专班和专人写乡镇街道，其他职务写村", places),
            Blank("职务", 16, "", list(post_lines.KINDS)),
            Blank("姓名", 12),
            Blank("分工", 16, "可不填，如党委书记、组长、成员"),
            Blank("任期开始", 14, "写成 2026-11-30 这样，空着就是今天"),
            Blank("任期到", 14, "没有期限就空着"),
            Blank("办公电话", 18, "可不填，只填一个号码"),
        ],
        post_lines.MOST,
    )


def _lock(named: Sequence[post_lines.Named]) -> None:
    towns = {one.township.pk for one in named if one.township}
    homes = {one.village.pk for one in named if one.village}
    list(Village.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=homes).order_by("pk"))
    list(Township.objects.select_for_update(no_key=True).filter(pk__in=towns).order_by("pk"))
