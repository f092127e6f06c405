"""Real threads on a real database, in pairs: the harm without the lock, and the lock."""

import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from conftest import NOW, TODAY, make_person
from points import batches, ledger, postings, reconcile, slips
from points.models import Claim, Entry
from qianjiang_portal.foundation import calendar
from villages import roster

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], object], times: int) -> list[object]:
    """Run `work` in threads that all start together; answers results and exceptions in order."""
    barrier = threading.Barrier(times)
    results: list[object] = [None] * times

    def one(at: int) -> None:
        try:
            barrier.wait()
            results[at] = work(at)
        except Exception as error:
            results[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(at,)) for at in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


CLERKS = 30


@pytest.fixture
def rivals(make_batch, district, rule_set):
    """Thirty clerks, each with a draft that gives the same household the one award of the month that Z01 allows."""
    meeting = rule_set.rules.get(code="Z01")
    people = [
        make_person(f"c{at}", f"经办{at}", {"role": "clerk", "township": district.zhuoshui}) for at in range(CLERKS)
    ]
    return [(make_batch(district.homes[:1], rule=meeting, maker=one), one) for one in people]


def counted(household) -> int:
    return Claim.objects.filter(household=household, rule__code="Z01", state="submitted").count()


def send(rivals) -> list[object]:
    return at_once(lambda at: batches.submit(batch=rivals[at][0], maker=rivals[at][1], now=NOW), len(rivals))


def test_thirty_clerks_submitting_at_once_never_exceed_a_cap(rivals, district):
    results = send(rivals)

    assert counted(district.homes[0]) == 1
    assert sum(isinstance(result, batches.CannotSubmit) for result in results) == CLERKS - 1


def test_without_the_lock_they_would(rivals, district, monkeypatch):
    everyone_has_looked = threading.Barrier(len(rivals))
    look = batches._problems

    def look_and_wait(claims, now):
        found = look(claims, now)
        everyone_has_looked.wait(timeout=20)
        return found

    monkeypatch.setattr(roster, "lock", lambda ids: None)
    monkeypatch.setattr(batches, "_problems", look_and_wait)

    send(rivals)

    assert counted(district.homes[0]) == CLERKS


def test_a_notice_posted_from_six_places_is_posted_once(notice):
    due = notice.due_at

    at_once(lambda _at: postings.post(notice=notice, now=due), 6)

    assert Entry.objects.count() == 3
    assert list(reconcile.differences()) == []


def test_a_row_saved_from_six_places_with_one_key_is_kept_once(make_batch, clerk, district, rule):
    batch, key = make_batch([]), uuid.uuid4()

    def save(_at: int) -> object:
        with calendar.at(NOW):
            return batches.put_claim(
                batch=batch,
                editor=clerk,
                client_key=key,
                household=district.homes[0],
                rule=rule,
                points=5,
                occurred_on=TODAY,
                now=NOW,
            )

    results = at_once(save, 6)

    assert not [result for result in results if isinstance(result, Exception)]
    assert batch.claims.count() == 1


def test_rows_saved_at_once_get_lines_of_their_own(make_batch, clerk, district, rule):
    batch = make_batch([])

    def save(at: int) -> object:
        return batches.put_claim(
            batch=batch,
            editor=clerk,
            client_key=uuid.uuid4(),
            household=district.homes[at],
            rule=rule,
            points=5,
            occurred_on=TODAY,
            now=NOW,
        )

    results = at_once(save, 6)

    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(batch.claims.values_list("line", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_draft_begun_from_six_places_with_one_key_is_one_draft(clerk, district, rule):
    def begin(_at: int) -> object:
        return batches.open_draft(
            maker=clerk, village=district.tongmu, rule=rule, occurred_on=TODAY, key="same", now=NOW
        )

    results = at_once(begin, 6)

    assert not [result for result in results if isinstance(result, Exception)]
    assert len({batch.pk for batch in results}) == 1


def in_line() -> list[bool]:
    """The counters that stand in line; whose turn it is last."""
    asked = """
        SELECT granted FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
         WHERE locktype = 'advisory' AND classid = %s ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(asked, [slips.LINE])
        return [granted for (granted,) in cursor.fetchall()]


def test_counters_of_a_village_take_turns(redeem, home, district):
    counters = [threading.Thread(target=at_once, args=(lambda _: redeem(), 1)) for _ in range(3)]
    with transaction.atomic():
        ledger.lock_village(district.tongmu)
        for counter in counters:
            counter.start()
        deadline = time.monotonic() + 20
        while len(in_line()) < len(counters) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert in_line() == [False, False, True]
    for counter in counters:
        counter.join()

    assert Entry.objects.filter(household=home, kind="redemption").count() == len(counters)
    assert in_line() == []
