"""Settings come back as they were put, one query each."""

import pytest
from django.db import connection
from django.db.models import JSONField, Value
from django.test.utils import CaptureQueriesContext

from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.models import Option

PUT = {
    "review_days": 7,
    "self_lookup": True,
    "receipt_printing": False,
    "circular_mark": "黔“督”",
    "working_day_overrides": {"2026-11-23": False},
    "star_points": [1, 2, 3, 4, 5],
    "second_factor_roles": [],
}


@pytest.mark.parametrize("name", options.SETTINGS)
def test_what_nobody_set_has_its_default(name, db):
    assert options.get(name) == options.SETTINGS[name].default


@pytest.mark.parametrize("name", PUT)
def test_what_was_put_comes_back_alone_and_among_others(name, db):
    options.put(name=name, value=PUT[name])

    with CaptureQueriesContext(connection) as asked:
        found = options.get(name)

    assert (found, type(found)) == (PUT[name], type(PUT[name]))
    assert len(asked) == 1
    with options.held(name):
        assert options.get(name) == PUT[name]


def test_a_row_that_says_nothing_counts_as_none(db):
    Option.objects.create(name="review_days", value=Value(None, JSONField()))

    assert options.get("review_days") == options.SETTINGS["review_days"].default
