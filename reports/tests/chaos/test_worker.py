"""Real workers, a real broker, and what happens to them on a bad day."""

import datetime as dt
import hashlib
from collections.abc import Iterator

import pytest

from qianjiang_portal.foundation import calendar, periods
from reports.tests.chaos.portal import Portal, portal
from reports.tests.chaos.scene import HOUSEHOLDS, POINTS

pytestmark = pytest.mark.chaos

JOB = "SELECT state, attempts, version FROM foundation_job ORDER BY id"
VERSIONS = """
    SELECT v.number, r.current_id = v.id, (v.figures -> 'values' ->> 'awards')::int,
           (v.figures -> 'values' ->> 'participants')::int
      FROM reports_reportversion v JOIN reports_report r ON r.id = v.report_id ORDER BY v.id
"""
DUE = """
    SELECT r.period, r.township_id IS NULL, count(v.id), max((v.figures -> 'values' ->> 'awards')::int)
      FROM reports_report r LEFT JOIN reports_reportversion v ON v.report_id = r.id GROUP BY 1, 2 ORDER BY 1, 2
"""
FILES = "SELECT sha256 FROM foundation_file ORDER BY sha256"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%points_rollup%'"
COMPLETE = (True, HOUSEHOLDS * POINTS, HOUSEHOLDS)


@pytest.fixture(scope="module")
def own_portal() -> Iterator[Portal]:
    with portal() as own:
        yield own


@pytest.fixture
def disturbed(own_portal: Portal) -> Iterator[Portal]:
    yield own_portal
    own_portal.reset()


def state(own: Portal) -> str:
    return own.rows(JOB)[-1][0]


def is_waiting(own: Portal, workers: int = 1) -> bool:
    return own.rows(WAITING)[0][0] >= workers


def assert_done_once(own: Portal, *, attempts: int) -> None:
    """One job, one version; a busy machine may let a lease run out and need a further attempt."""
    ((state, tried, version),) = own.rows(JOB)
    assert (state, version) == ("done", 1)
    assert tried >= attempts


def test_killed_worker_flushed_broker_doubled_message(disturbed: Portal) -> None:
    """The report is there once, complete, with the right numbers and no leftovers."""
    with disturbed.held_up():
        disturbed.act("request")
        first = disturbed.worker()
        disturbed.wait_for(lambda: state(disturbed) == "running" and is_waiting(disturbed))
        disturbed.kill(first)
        disturbed.flush_broker()
        assert disturbed.rows(VERSIONS) == []
    disturbed.act("ring-twice")
    disturbed.worker()
    disturbed.beat()
    disturbed.wait_for(lambda: state(disturbed) == "done")
    assert_done_once(disturbed, attempts=2)
    assert disturbed.rows(VERSIONS) == [(1, *COMPLETE)]
    _assert_files_are_whole(disturbed, 3)


def test_a_message_lost_before_anybody_heard_it(disturbed: Portal) -> None:
    """The broker forgets everything; the sweeper finds the row."""
    disturbed.act("request")
    disturbed.flush_broker()
    disturbed.worker()
    disturbed.beat()
    disturbed.wait_for(lambda: state(disturbed) == "done")
    assert_done_once(disturbed, attempts=1)
    assert disturbed.rows(VERSIONS) == [(1, *COMPLETE)]


def test_a_worker_slower_than_its_lease_does_not_write_a_second_version(disturbed: Portal) -> None:
    """Another worker takes the job over; the slow one comes to, and keeps nothing."""
    with disturbed.held_up():
        disturbed.act("request")
        disturbed.worker()
        disturbed.wait_for(lambda: is_waiting(disturbed))
        disturbed.worker()
        disturbed.beat()
        disturbed.wait_for(lambda: disturbed.rows(JOB)[0][1] >= 2 and is_waiting(disturbed, workers=2))
    disturbed.wait_for(lambda: state(disturbed) == "done")
    disturbed.wait_for(lambda: "went to another worker" in disturbed.logs())
    assert disturbed.rows(VERSIONS) == [(1, *COMPLETE)]
    _assert_files_are_whole(disturbed, 3)


def test_a_database_restarted_under_the_worker(disturbed: Portal) -> None:
    """The same worker goes on with a new connection, and the job is done at the second go."""
    with disturbed.held_up():
        disturbed.act("request")
        disturbed.worker()
        disturbed.beat()
        disturbed.wait_for(lambda: is_waiting(disturbed))
        disturbed.restart_database()
    disturbed.wait_for(lambda: state(disturbed) == "done")
    assert_done_once(disturbed, attempts=2)
    assert disturbed.rows(VERSIONS) == [(1, *COMPLETE)]
    _assert_files_are_whole(disturbed, 3)


def test_a_beat_that_stood_still_over_two_ends_of_a_quarter(disturbed: Portal) -> None:
    """It catches up when it is started again, twice at that: each report is there once, with its numbers."""
    today = calendar.today()
    then = periods.of(today, "quarter").next().next().begins_on + dt.timedelta(days=1)
    wanted = due_by(today, then)
    assert len(wanted) > 3
    disturbed.move_clock((then - today).days)
    first = disturbed.beat()
    disturbed.worker()
    disturbed.wait_for(lambda: len(disturbed.rows(JOB)) == len(wanted))
    disturbed.kill(first)
    disturbed.flush_broker()
    disturbed.beat()
    disturbed.wait_for(lambda: {row[0] for row in disturbed.rows(JOB)} == {"done"})
    assert disturbed.rows(DUE) == wanted
    _assert_files_are_whole(disturbed, 3 * len(wanted))


def due_by(posted: dt.date, then: dt.date) -> list[tuple[str, bool, int, int]]:
    """For each period that ended: the district's report, and the township's where it has postings."""
    found = []
    for kind in ("quarter", "half-year", "year"):
        period = periods.of(posted, kind)
        awards = HOUSEHOLDS * POINTS
        while period.ends_on < then:
            found += [(period.slug, False, 1, awards)] * bool(awards) + [(period.slug, True, 1, awards)]
            period, awards = period.next(), 0
    return sorted(found)


def _assert_files_are_whole(own: Portal, count: int) -> None:
    kept = [row[0] for row in own.rows(FILES)]
    found = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in own.files())
    assert (len(kept), found) == (count, kept)
