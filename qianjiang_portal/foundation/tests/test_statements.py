"""Statements that are kept: put together once, answered anew each time."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db.models import QuerySet, Sum

from conftest import NOW
from qianjiang_portal.foundation import statements
from qianjiang_portal.foundation.models import AuditEvent

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    statements._kept.clear()
    yield
    statements._kept.clear()


def note(target: str, at: dt.datetime) -> None:
    AuditEvent.objects.create(at=at, actor_name="冉晓莉", action="batch.submit", target=target)


def targets_before(moment: dt.datetime) -> "QuerySet[AuditEvent, tuple[str]]":
    return AuditEvent.objects.filter(at__lt=moment).order_by("at").values_list("target")


def test_what_is_kept_is_the_statement_and_never_its_answer() -> None:
    note("B-1", NOW - 2 * DAY)
    assert statements.rows("before", targets_before, NOW) == [("B-1",)]
    note("B-2", NOW - DAY)
    assert statements.rows("before", targets_before, NOW) == [("B-1",), ("B-2",)]


def test_the_moment_is_that_of_asking() -> None:
    note("B-1", NOW - DAY)
    for at, found in ((NOW, 1), (NOW - 2 * DAY, 0), (NOW, 1)):
        assert len(statements.rows("before", targets_before, at)) == found


def test_it_is_put_together_once() -> None:
    made = []

    def make(moment: dt.datetime) -> "QuerySet[AuditEvent, tuple[str]]":
        made.append(moment)
        return targets_before(moment)

    for _ in range(3):
        statements.rows("before", make, NOW)
    statements.rows("another", make, NOW)
    assert made == [statements.MOMENT] * 2


def test_sums_are_whole_numbers() -> None:
    note("B-1", NOW - DAY)
    [(key,)] = AuditEvent.objects.values_list("pk")
    [row] = statements.rows("sum", lambda _: AuditEvent.objects.values_list("target").annotate(sum=Sum("pk")), NOW)
    assert [(one, type(one)) for one in row] == [("B-1", str), (key, int)]


def test_a_query_that_can_have_no_row_is_not_asked() -> None:
    assert statements.rows("none", lambda _: targets_before(NOW).filter(pk__in=[]), NOW) == []


def test_only_so_many_are_kept() -> None:
    for number in range(statements.KEPT + 5):
        statements.rows(number, targets_before, NOW)
    assert len(statements._kept) <= statements.KEPT
