"""kill -9 at each step of a posting and of a redemption: afterwards it is wholly done or wholly not, and done once.

No hook in the portal stops it: at each step it writes to another table, and that table is locked by somebody else.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from qianjiang_portal.tests.chaos.ground import Ground

pytestmark = pytest.mark.chaos

# In the order in which they are needed; the last one of each is needed again after the one before it.
POSTING = [
    ("foundation_job",),
    ("points_chainhead",),
    ("points_notice",),
    ("villages_household",),
    ("points_claim",),
    ("points_seal",),
    ("points_entry",),
    ("points_rollup",),
    ("points_gridrollup",),
    ("points_ruleusage",),
    ("points_balance",),
    ("points_participation",),
    ("points_villagemonth",),
    ("points_batch",),
    ("foundation_auditevent",),
    ("foundation_auditevent", "foundation_job"),
]
REDEEMING = [
    ("points_chainhead",),
    ("villages_household",),
    ("points_item",),
    ("points_outlet",),
    ("points_redemption",),
    ("points_redemptionline",),
    ("points_stockmove",),
    ("points_seal",),
    ("points_entry",),
    ("points_rollup",),
    ("points_balance",),
    ("foundation_auditevent",),
]
# Where every process of the server is killed and it is started again; elsewhere one of them is, and it recovers.
WHOLE = {
    ("points_entry",),
    ("points_balance",),
    ("foundation_auditevent",),
    ("foundation_auditevent", "foundation_job"),
}

POSTED = """
    SELECT n.state,
           (SELECT count(*) FROM points_claim c JOIN points_entry e ON e.source = 'claim:' || c.id
             WHERE c.notice_id = n.id),
           (SELECT count(*) FROM points_claim c WHERE c.notice_id = n.id AND c.state = 'effective'),
           (SELECT count(*) FROM foundation_auditevent a WHERE a.action = 'notice.post' AND a.target = n.code),
           (SELECT j.state = 'done' FROM foundation_job j WHERE j.scope = n.code)
      FROM points_notice n WHERE n.code = %s
"""
NOT_POSTED, ALL_POSTED = ("open", 0, 0, 0, False), ("posted", 1, 1, 1, True)
# Slips with the key, their lines, moves and entries; and the audit events of all slips there are.
HANDED_OUT = """
    SELECT count(*), count(l.id), count(m.id), count(e.id),
           (SELECT count(*) FROM foundation_auditevent WHERE action = 'redemption.redeem')
           - (SELECT count(*) FROM points_redemption)
      FROM points_redemption r LEFT JOIN points_redemptionline l ON l.redemption_id = r.id
      LEFT JOIN points_stockmove m ON m.redemption_id = r.id
      LEFT JOIN points_entry e ON e.source = 'redemption:' || r.id
     WHERE r.key = %s
"""
NOTHING_OUT, ALL_OUT = (0, 0, 0, 0, 0), (1, 1, 1, 1, 0)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    own = Ground()
    try:
        own.notices = iter(own.ask("prepare", 2 * len(POSTING)))
        yield own
    finally:
        own.close()


def names(stops: Any) -> list[str]:
    return ["-then-".join(stop) for stop in stops]


def posted(ground: Ground, notice: str) -> tuple[Any, ...]:
    return ground.rows(POSTED, notice)[0]


def handed_out(ground: Ground, key: str) -> tuple[Any, ...]:
    return ground.rows(HANDED_OUT, key)[0]


def post_in_the_end(ground: Ground, notice: str) -> None:
    """Once the lease has run out the sweeper's next message does it; one more finds it done."""
    assert posted(ground, notice) == NOT_POSTED
    assert ground.ask("post", notice, 30) is True
    assert posted(ground, notice) == ALL_POSTED
    assert ground.ask("post", notice, 60) is False
    assert posted(ground, notice) == ALL_POSTED


def redeem_in_the_end(ground: Ground, home: int, key: str) -> None:
    """Whoever saw no answer presses again, and once more."""
    assert handed_out(ground, key) == NOTHING_OUT
    assert [ground.ask("redeem", home, key) for _ in range(2)] == [302, 302]
    assert handed_out(ground, key) == ALL_OUT


@pytest.mark.parametrize("stop", POSTING, ids=names(POSTING))
def test_a_worker_killed_while_it_posts(ground: Ground, stop: tuple[str, ...]) -> None:
    notice = next(ground.notices)
    with ground.held_up(*stop, act=("post", notice)) as worker:
        worker.kill()
        worker.join()
    ground.settled()
    post_in_the_end(ground, notice)


@pytest.mark.parametrize("stop", REDEEMING, ids=names(REDEEMING))
def test_a_web_process_killed_while_it_redeems(ground: Ground, stop: tuple[str, ...]) -> None:
    key, home = str(uuid.uuid4()), REDEEMING.index(stop)
    with ground.held_up(*stop, act=("redeem", home, key)) as web:
        web.kill()
        web.join()
    ground.settled()
    redeem_in_the_end(ground, home, key)


@pytest.mark.parametrize("stop", POSTING, ids=names(POSTING))
def test_the_database_killed_under_a_posting(ground: Ground, stop: tuple[str, ...]) -> None:
    notice = next(ground.notices)
    with ground.held_up(*stop, act=("post", notice)) as worker:
        kill_database(ground, stop)
        worker.join()
    post_in_the_end(ground, notice)


@pytest.mark.parametrize("stop", REDEEMING, ids=names(REDEEMING))
def test_the_database_killed_under_a_redemption(ground: Ground, stop: tuple[str, ...]) -> None:
    key, home = str(uuid.uuid4()), REDEEMING.index(stop) + 1
    with ground.held_up(*stop, act=("redeem", home, key)) as web:
        kill_database(ground, stop)
        web.join()
    redeem_in_the_end(ground, home, key)


def kill_database(ground: Ground, stop: tuple[str, ...]) -> None:
    ground.kill_database() if stop in WHOLE else ground.kill_backend(stop[-1])


def test_the_books_are_in_order_after_all_that(ground: Ground) -> None:
    assert ground.ask("faults") == []
