"""A district is made in one piece: no point to go back to halfway, but for what may be refused."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.demo.undivided import divided, undivided
from villages.models import Township

pytestmark = pytest.mark.django_db
OTHERS = {"name": "镇", "kind": "town"}


@transaction.atomic
def found(code):
    Township.objects.create(code=code, **OTHERS)
    if code.endswith("9"):
        raise Refused("没有这个镇")


def codes():
    return list(Township.objects.values_list("code", flat=True))


def test_a_part_is_one_statement_instead_of_three(django_assert_num_queries):
    with django_assert_num_queries(3):
        found("500114001")
    with undivided(), django_assert_num_queries(1):
        found("500114002")
    with django_assert_num_queries(3):
        found("500114003")


def test_what_may_be_refused_is_undone_alone():
    with undivided(), transaction.atomic():
        found("500114001")
        with pytest.raises(Refused), divided():
            found("500114009")
        found("500114002")
    assert codes() == ["500114001", "500114002"]


@transaction.atomic
def found_in_spite_of_a_refusal():
    with undivided():
        found("500114001")
        with pytest.raises(Refused):
            found("500114009")
        found("500114002")


def test_what_is_caught_without_that_is_never_kept_in_part():
    """The harm would be half of what was refused; instead the database takes nothing more until all is undone."""
    with pytest.raises(TransactionManagementError):
        found_in_spite_of_a_refusal()
    assert codes() == []


def test_after_a_failure_savepoints_are_there_again():
    with pytest.raises(Refused), transaction.atomic(), undivided():
        raise Refused("没有这个镇")
    assert connection.features.uses_savepoints
