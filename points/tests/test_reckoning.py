"""Oldest first, held against a queue of single points; what never expires is touched last and is never lost."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from points.reckoning import Lot, Step, expiring, reckon

# A busy machine is no fault of the code.
STEADY = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None)
ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(-30, 30).filter(bool), st.booleans()), max_size=20)
STEPS = ROWS.map(
    lambda rows: [
        Step(2024 + sum(jump for jump, _, _ in rows[: at + 1]), points, lasts and points > 0)
        for at, (_, points, lasts) in enumerate(rows)
    ]
)


def one_by_one(steps):
    """The long way: a point is a thing with an age, and one thing is handed over at a time."""
    held, debt = [], 0
    for step in steps:
        for _ in range(abs(step.points)):
            if step.points > 0:
                if debt:
                    debt -= 1
                else:
                    held.append((step.year, step.lasts))
            elif held:
                held.pop(next((at for at, (_, lasts) in enumerate(held) if not lasts), 0))
            else:
                debt += 1
    return held, debt


@STEADY
@given(STEPS)
def test_lots_are_what_a_queue_of_single_points_leaves(steps):
    held, debt = one_by_one(steps)
    lots = reckon(steps)

    assert [(lot.year, lot.lasts) for lot in lots for _ in range(lot.left)] == held
    assert sum(lot.left for lot in lots) - debt == sum(step.points for step in steps)


@STEADY
@given(STEPS, st.integers(2023, 2080))
def test_what_expires_is_held_is_old_and_may_expire(steps, last_year):
    lots = reckon(steps)
    lost = expiring(lots, last_year)

    assert 0 <= lost <= max(0, sum(step.points for step in steps))
    assert lost <= sum(step.points for step in steps if step.points > 0 and step.year <= last_year and not step.lasts)
    assert expiring(lots, 2023) == 0
    assert lost == 0 or any(lot.year <= last_year for lot in lots)


@STEADY
@given(STEPS, st.integers(2023, 2080), st.integers(1, 40))
def test_spending_later_never_makes_more_expire(steps, last_year, spent):
    after = [*steps, Step(2090, -spent)]

    assert expiring(reckon(after), last_year) <= expiring(reckon(steps), last_year)


@STEADY
@given(STEPS, st.integers(2023, 2080))
def test_once_expired_nothing_is_left_to_expire(steps, last_year):
    lost = expiring(reckon(steps), last_year)
    if lost:
        again = reckon([*steps, Step(2090, -lost)])
        assert expiring(again, last_year) == 0
        assert [lot for lot in again if lot.lasts] == [lot for lot in reckon(steps) if lot.lasts]


def test_an_example():
    steps = [Step(2024, 30), Step(2025, 20, True), Step(2025, 10), Step(2026, 5), Step(2026, -35)]

    assert reckon(steps) == [Lot(2025, 20, True), Lot(2025, 5), Lot(2026, 5)]
    assert expiring(reckon(steps), 2025) == 5
