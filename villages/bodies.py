"""Who is responsible in townships, who serves in villages, and who sits in their bodies: named for a term."""

import datetime as dt

from django.db import transaction

from qianjiang_portal.foundation import audit
from qianjiang_portal.foundation.personal import no_number, number_to_keep
from qianjiang_portal.foundation.refusals import Refused
from villages import permissions
from villages.models import Post, Township, User, Village


class CannotName(Refused):
    """The person cannot be named like this."""


@transaction.atomic
def name_post(
    *,
    kind: str,
    name: str,
    begins_on: dt.date,
    by: User | None,
    now: dt.datetime,
    township: Township | None = None,
    village: Village | None = None,
    title: str = "",
    phone: str = "",
    ends_on: dt.date | None = None,
) -> Post:
    """Name a person for a post. Raises CannotName."""
    place = _lock(township, village)
    if (kind in Post.OF_TOWNSHIP) != (village is None):
        raise CannotName("责任人、专班和专人填乡镇街道，其他职务填村")
    if by and not permissions.can_name(by, place):
        raise CannotName(f"{place}不归本岗位登记")
    if not name.strip():
        raise CannotName("写明姓名")
    phone = number_to_keep(phone, no_number("办公电话"), CannotName)
    if ends_on and ends_on < begins_on:
        raise CannotName("任期结束早于开始")
    if isinstance(place, Village) and place.is_gone_before(ends_on):
        raise CannotName(f"{place.short_name}已经撤并，到并入的村登记")
    if kind in Post.SINGLE and (other := _holder(kind, township, village, begins_on, ends_on)):
        until = f"任期到 {other.ends_on}" if other.ends_on else "任期还没有结束"
        raise CannotName(f"{place}已有{other.get_kind_display()}{other.name}，{until}")
    post = Post.objects.create(
        kind=kind,
        township=township,
        village=village,
        name=name.strip(),
        title=title.strip(),
        phone=phone,
        begins_on=begins_on,
        ends_on=ends_on,
    )
    audit.record(actor=by, action="post.name", target=post.get_kind_display(), place=place.code, at=now)
    return post


@transaction.atomic
def end_post(*, post: Post, on: dt.date, by: User, now: dt.datetime) -> Post:
    """End a term with `on` as its last day. Raises CannotName."""
    place = _lock(post.township, post.village)
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if not permissions.can_name(by, place):
        raise CannotName(f"{place}不归本岗位登记")
    if on < post.begins_on:
        raise CannotName("任期结束早于开始")
    if post.ends_on and on > post.ends_on:
        raise CannotName("只能提前结束；延长请另外登记一届")
    post.ends_on = on
    post.save(update_fields=["ends_on"])
    audit.record(actor=by, action="post.end", target=post.get_kind_display(), place=place.code, at=now)
    return post


def _lock(township: Township | None, village: Village | None) -> Township | Village:
    if village:
        return (
            Village.objects.select_for_update(no_key=True, of=("self",)).select_related("township").get(pk=village.pk)
        )
    if township:
        return Township.objects.select_for_update(no_key=True).get(pk=township.pk)
    raise CannotName("选一个乡镇街道或村")


def _holder(
    kind: str, township: Township | None, village: Village | None, begins_on: dt.date, ends_on: dt.date | None
) -> Post | None:
    last = ends_on or dt.date.max
    rows = Post.objects.filter(kind=kind, township=township, village=village, begins_on__lte=last).order_by("begins_on")
    return next((post for post in rows if (post.ends_on or dt.date.max) >= begins_on), None)
