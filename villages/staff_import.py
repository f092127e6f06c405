"""Many accounts at once, from a list that was compared first."""

import datetime as dt

from django.db import IntegrityError, transaction

from qianjiang_portal.foundation import audit, workbooks
from qianjiang_portal.foundation.workbooks import Blank
from villages import accounts, appointments, lists, staff_lines
from villages.accounts import CannotKeep, Given
from villages.lists import NEW, SAME
from villages.models import Appointment, User
from villages.staff_lines import Compared

WHAT = "账号"
WIDTHS = (14, 18, 20, 18, 36, 14)
HINTS = ("", "空着就按拼音起", "可不填", "", "按角色写乡镇街道、村或成员单位", "空着就是今天")


@transaction.atomic
def open_all(*, text: str, stamp: str, by: User, now: dt.datetime) -> list[Given]:
    """Write what `staff_lines.compare` showed under `stamp`, all or nothing; answers the new accounts' passwords.

    Raises CannotKeep where a line is wrong or nothing is to be written, Changed where it now compares otherwise.
    """
    accounts.refuse_others(by)
    compared = staff_lines.compare(text, now.date())
    lists.refuse_unseen(compared, stamp, WHAT, CannotKeep)
    try:
        given = _opened(compared, by)
    except IntegrityError as error:
        raise lists.Changed(WHAT) from error
    facts = {"accounts": len(given), "posts": compared.posts}
    audit.record(actor=by, action="account.open", facts=facts, at=now)
    return given


def template() -> bytes:
    """An empty list to fill in, with what each column takes."""
    choices = {"角色": Appointment.Role.labels}
    columns = [
        Blank(title, width, hint, choices.get(title, ()))
        for title, width, hint in zip(staff_lines.COLUMNS, WIDTHS, HINTS, strict=True)
    ]
    return workbooks.blank("账号", columns, staff_lines.MOST)


def _opened(compared: Compared, by: User) -> list[Given]:
    people: dict[str, User] = {}
    given: dict[str, str] = {}
    posts: dict[str, list[str]] = {}
    for line in compared.lines:
        if line.does == SAME:
            continue
        user = people.get(line.username) or line.user
        if line.does == NEW and user is None:
            given[line.username] = accounts.one_time_password()
            user = User.objects.create(
                username=line.username,
                name=line.name,
                phone=line.phone,
                password=accounts.hashed(given[line.username]),
            )
        assert user
        assert line.begins_on
        people[line.username] = user
        appointments.appoint(
            user=user,
            role=line.role,
            begins_on=line.begins_on,
            township=line.township,
            village=line.village,
            unit=line.unit,
            covers=line.covers,
            by=by,
        )
        posts.setdefault(line.username, []).append(line.post)
    return [Given(people[name], password, "、".join(posts[name])) for name, password in given.items()]
