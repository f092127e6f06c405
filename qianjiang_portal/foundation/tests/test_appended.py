"""A row appended is the row that saving would have made."""

import pytest
from django.db import IntegrityError, transaction
from django.forms import model_to_dict

from conftest import NOW
from qianjiang_portal.foundation.appended import append
from qianjiang_portal.foundation.models import AuditEvent

FACTS = {"rows": 3, "甲": [1, None, {"乙": "“'%s"}], "share": 0.5}


@pytest.fixture
def event(clerk):
    told = {"actor_name": clerk.name, "posts": "桐木村", "action": "batch.submit", "target": "100%", "place": "500114"}
    return lambda: AuditEvent(at=NOW, actor=clerk, address="2001:db8::1", request="r-1", facts=FACTS, **told)


def test_it_reads_back_like_one_that_was_saved(event):
    saved, made = event(), append(event())
    saved.save()

    assert (made._state.adding, made._state.db) == (saved._state.adding, saved._state.db)
    assert made.pk != saved.pk
    one, other = (model_to_dict(AuditEvent.objects.get(pk=row.pk), exclude=["id"]) for row in (made, saved))
    assert one == other
    assert one["facts"] == FACTS


def test_what_may_stay_empty_stays_empty(db):
    made = append(AuditEvent(at=NOW, actor_name="系统", action="audit.seal", request=""))

    there = AuditEvent.objects.get(pk=made.pk)
    assert (there.actor, there.address, there.facts, there.outcome) == (None, None, {}, "done")


def test_it_leaves_refusing_to_the_database(event):
    nameless = event()
    nameless.action = None
    with pytest.raises(IntegrityError), transaction.atomic():
        append(nameless)
