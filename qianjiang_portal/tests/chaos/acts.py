"""What gets killed: a posting as a worker does it, a redemption as the counter's page asks for it.

Each act runs in a process of its own, forked from one that has loaded the portal already.
"""

import datetime as dt
from typing import Any

import django

django.setup()

from django.test import Client  # noqa: E402

import qianjiang_portal.urls  # noqa: E402, F401 - loaded once, before the fork
from conftest import NOW, make_person, publish_rules  # noqa: E402
from points import reconcile, seals, store  # noqa: E402, F401
from points.models import Item, Notice  # noqa: E402
from points.tasks import POST_NOTICE  # noqa: E402
from points.tests.hamlet import Hamlet  # noqa: E402
from qianjiang_portal.foundation import calendar, jobs  # noqa: E402
from qianjiang_portal.foundation.models import Job  # noqa: E402
from villages.models import Household, Township, User  # noqa: E402


def prepare(notices: int) -> list[str]:
    """A hamlet with a full shelf and that many notices, one claim on each, their jobs queued; answers their codes."""
    township = Township.objects.create(code="500114112", name="濯水镇", kind="town")
    leader = make_person("leader", "向副镇长", {"role": "leader", "township": township})
    with calendar.at(NOW):
        hamlet = Hamlet(publish_rules(township, leader), 1)
        for item in (0, 1):
            hamlet.receive(item, 90)
        return [put_up(hamlet, at) for at in range(notices)]


def put_up(hamlet: Hamlet, at: int) -> str:
    hamlet.submit([at], 0, 0)
    hamlet.decide(0, 0)
    notice = hamlet.publish()
    jobs.enqueue(kind=POST_NOTICE, scope=notice.code, now=NOW)
    return str(notice.code)


def post(code: str, minutes: int = 0) -> bool:
    """The work of one message, `minutes` after the notice is over."""
    notice = Notice.objects.get(code=code)
    job = Job.objects.get(kind=POST_NOTICE, scope=code)
    with calendar.at(notice.due_at + dt.timedelta(minutes=minutes)):
        return jobs.run(job.uuid)


def redeem(home: int, key: str) -> int:
    """One press at the counter; answers the status of the page."""
    household = Household.objects.order_by("pk")[home % 4]
    client = Client(headers={"host": "localhost"})
    item = Item.objects.order_by("pk")[0]
    with calendar.at(NOW):
        client.force_login(User.objects.get(username="counter1"), backend="django.contrib.auth.backends.ModelBackend")
        pressed = {"outlet": item.outlet_id, "household": household.pk, "key": key, f"item-{item.pk}": 1}
        return client.post("/redeem/", pressed).status_code


def faults() -> list[str]:
    return [*map(str, reconcile.differences()), *map(str, seals.verify())]


ACTS = {act.__name__: act for act in (prepare, post, redeem, faults)}


def perform(answers: Any, name: str, *given: Any) -> None:
    answers.put(ACTS[name](*given))
