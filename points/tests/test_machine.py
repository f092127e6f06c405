"""Steps in any order a machine thinks of, and eight people at once: the laws of the ledger hold after each.

A machine that finds nothing proves nothing, so it is also set on a portal with a wall taken down, and has to find that.
"""

import random
from collections import Counter
from contextlib import contextmanager
from itertools import count
from operator import le
from types import SimpleNamespace

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from points import ledger, reconcile, seals, slips, store, year_ends
from points.models import Notice
from points.tests import laws
from points.tests.hamlet import Hamlet, live_reversal, nth
from points.tests.test_concurrency import at_once
from qianjiang_portal.foundation.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)

FEW = st.integers(0, 9)
# The same steps in every run: what was found once is found again, and a build does not fail by luck.
STEADY = settings(
    derandomize=True, database=None, deadline=None, max_examples=10, stateful_step_count=30, print_blob=False,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
NUMBERS = count(1)
STEPS = ("submit", "decide", "publish", "object", "propose", "settle", "post", "reverse", "redeem", "undo")
ENDS = ("announce", "expire")


class Machine(RuleBasedStateMachine):
    """Each example is a hamlet of its own, so that everything is committed as in a real portal."""

    rule_set = None
    taken: Counter[str] = Counter()

    def __init__(self):
        super().__init__()
        self.hamlet = Hamlet(self.rule_set, next(NUMBERS))
        self.past: dict[str, tuple[int, int]] = {}

    @initialize()
    def a_month_is_under_way(self):
        """A list is on notice and another waits for the panel, so that few steps lead far."""
        self.take("submit", range(4), 0, 3)
        self.take("decide", 0, 0)
        self.take("publish")
        self.take("submit", [0, 1], 1, 0)
        self.take("object", 0, 0)
        self.take("propose", 0, 1, 0)

    def take(self, step, *given, **named):
        """What the step made, None where it was refused or there was nothing to do."""
        try:
            made = getattr(self.hamlet, step)(*given, **named)
        except Refused:
            self.taken[f"{step} refused"] += 1
            return None
        self.taken[step] += made is not None
        return made

    @rule(days=st.integers(1, 3))
    def days_go_by(self, days):
        self.take("pass_days", days)

    @rule(who=st.lists(FEW, min_size=1, max_size=4), kind=FEW, points=FEW)
    def submit(self, who, kind, points):
        self.take("submit", who, kind, points)

    @precondition(lambda self: self.there.drafts)
    @rule(at=FEW)
    def submit_again(self, at):
        self.take("submit_again", at)

    @precondition(lambda self: self.there.waiting)
    @rule(at=FEW)
    def recall(self, at):
        self.take("recall", at)

    @precondition(lambda self: self.there.waiting)
    @rule(at=FEW, send_back=st.integers(0, 2))
    def decide(self, at, send_back):
        self.take("decide", at, send_back)

    @precondition(lambda self: self.there.approved)
    @rule()
    def publish(self):
        self.take("publish")

    @precondition(lambda self: self.there.open_notices)
    @rule(at=FEW, line=FEW)
    def object(self, at, line):
        self.take("object", at, line)

    @precondition(lambda self: self.there.objections)
    @rule(at=FEW, outcome=FEW, points=FEW)
    def propose(self, at, outcome, points):
        self.take("propose", at, outcome, points)

    @precondition(lambda self: self.there.proposed)
    @rule(at=FEW)
    def settle(self, at):
        self.take("settle", at)

    @precondition(lambda self: self.there.notices)
    @rule(at=FEW, when_due=st.booleans())
    def post(self, at, when_due):
        notice = nth(Notice.objects.filter(village=self.hamlet.village), at)
        early = notice is not None and not when_due and self.hamlet.now < notice.due_at
        done = self.take("post", at, when_due)
        assert not (early and done and notice.state == "open"), "posted before the notice was over"

    @rule(at=FEW)
    def reverse(self, at):
        entry = nth(self.hamlet.entries(), at)
        twice = live_reversal(entry)
        assert not (self.take("reverse", at) and twice), "a second reversal was begun"

    @rule(home=FEW, item=FEW, quantity=st.integers(1, 5))
    def redeem(self, home, item, quantity):
        household, goods = self.hamlet.homes[home % 4], nth(self.hamlet.items(), item)
        have, stock = laws.available(household.pk), laws.on_the_shelf(goods.pk)
        made = self.take("redeem", home, item, quantity)
        fits = quantity * goods.points <= have and quantity <= stock
        assert bool(made) == fits, f"{quantity} × {goods.points} of {have} points, {stock} on the shelf"

    @precondition(lambda self: self.there.slips)
    @rule(at=FEW)
    def redeem_again(self, at):
        before = self.hamlet.redemptions().count()
        self.take("redeem_again", at)
        assert self.hamlet.redemptions().count() == before, "one press made two slips"

    @precondition(lambda self: self.there.slips)
    @rule(at=FEW)
    def undo(self, at):
        slip = nth(self.hamlet.redemptions(), at)
        if slip is not None:
            may = not slip.is_undone and slip.on == self.hamlet.today
            assert bool(self.take("undo", at)) == may

    @precondition(lambda self: not self.there.year_ends)
    @rule()
    def announce(self):
        self.take("announce")

    @precondition(lambda self: self.there.announced)
    @rule()
    def expire(self):
        up = self.hamlet.announced()
        lines = list(up.lines.order_by("pk"))
        lesser = [min(line.announced, laws.available(line.household_id)) for line in lines]
        assert self.take("expire"), "what was announced was not taken"
        for line in lines:
            line.refresh_from_db()
        taken = [line.posted for line in lines]
        # In another year what was earned since then is left as well, and not taken.
        same = taken == lesser if self.hamlet.now.year == up.year else all(map(le, taken, lesser))
        assert same, "not the lesser of announced and left"

    @rule(item=FEW, quantity=st.integers(0, 3))
    def receive(self, item, quantity):
        self.take("receive", item, quantity)

    @rule(item=FEW, quantity=st.integers(0, 5))
    def lose(self, item, quantity):
        self.take("lose", item, quantity)

    @rule(item=FEW, counted=st.integers(-1, 6))
    def count(self, item, counted):
        self.take("count", item, counted)

    @invariant()
    def the_laws_hold(self):
        assert laws.broken(self.hamlet.village.pk) == []
        self.there = laws.there(self.hamlet.village.pk)

    @invariant()
    def months_that_are_over_do_not_change(self):
        this_month = self.hamlet.today.strftime("%Y-%m")
        over = {period: sums for period, sums in laws.months(self.hamlet.village.pk).items() if period < this_month}
        assert all(over[period] == sums for period, sums in self.past.items())
        self.past = over

    def teardown(self):
        self.hamlet.close()


@pytest.fixture
def machine(rule_set):
    return type("Run", (Machine,), {"rule_set": rule_set, "taken": Counter()})


def test_whatever_order_the_steps_come_in_the_laws_hold(machine):
    run(machine, settings=STEADY)

    assert [step for step in (*STEPS, *ENDS) if not machine.taken[step]] == [], machine.taken
    assert [str(one) for one in reconcile.differences()] == []
    assert list(seals.verify()) == []


@contextmanager
def asleep(*triggers):
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(f"ALTER TABLE points_entry DISABLE TRIGGER {name}")
        yield
        for name in triggers:
            cursor.execute(f"ALTER TABLE points_entry ENABLE TRIGGER {name}")


def roll_up():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_roll_up%'")
        return cursor.fetchone()[0]


# The machine gives up at the first fault: what exactly it found may be said in many steps here.
HASTY = settings(STEADY, phases=[Phase.generate])


def set_on(machine, *steps):
    """The same machine, with these steps alone to take: where it takes two in their order to meet a fault."""
    names = {one.function.__name__ for one in machine.setup_state().rules}
    return type("Narrow", (machine,), dict.fromkeys(names - set(steps)))


def test_it_finds_a_counter_that_does_not_look_at_the_balance(machine, monkeypatch):
    monkeypatch.setattr(slips, "AVAILABLE", "1000")
    with asleep("points_redemption_stays_within_the_balance"):
        with pytest.raises(AssertionError, match="on the shelf"):
            run(machine, settings=HASTY)


def test_it_finds_an_undo_that_gives_no_points_back(machine, monkeypatch):
    def forgetful(*, lines, **said):
        return None if lines[0].reverses_id else ledger.post(lines=lines, **said)

    careless = SimpleNamespace(**vars(ledger) | {"post": forgetful})
    monkeypatch.setattr(store, "ledger", careless)
    with pytest.raises(AssertionError, match="slip"):
        run(set_on(machine, "redeem", "undo"), settings=HASTY)


def test_it_finds_sums_that_are_not_kept(machine):
    with asleep(roll_up()):
        with pytest.raises(AssertionError, match="balance of household"):
            run(machine, settings=HASTY)


def test_it_finds_a_year_end_that_takes_more_than_is_left(machine, monkeypatch):
    real = year_ends._left

    def careless(village, last_year):
        """Once it is announced, nobody looks again at what is left."""
        up = village.year_ends.filter(state="open").first()
        return {one.household_id: (one.announced, 0) for one in up.lines.all()} if up else real(village, last_year)

    monkeypatch.setattr(year_ends, "_left", careless)
    with asleep("points_redemption_stays_within_the_balance"):
        with pytest.raises(AssertionError, match="lesser of announced and left"):
            run(set_on(machine, "announce", "redeem", "undo", "expire"), settings=HASTY)


PEOPLE, STEPS_EACH = 8, 15


def test_eight_at_once_break_none_of_them(machine):
    """Each takes steps of every kind, in an order of its own, in the same village and at the same shelf."""
    shared = machine()
    shared.a_month_is_under_way()
    shared.take("settle", 0)
    shared.take("post", 0, True)
    shared.a_month_is_under_way()
    assert shared.take("announce")

    def work(at):
        dice = random.Random(at)
        for step in (*STEPS, "expire")[at::PEOPLE]:
            shared.take(*an_order(step, [0, 0, 0]))
        for _ in range(STEPS_EACH):
            numbers = [dice.randrange(10) for _ in range(3)]
            shared.take(*an_order(dice.choice(BUSY), numbers))
        return

    results = at_once(work, PEOPLE)

    assert [result for result in results if result is not None] == []
    tried = shared.taken + Counter(name.removesuffix(" refused") for name in shared.taken)
    assert [step for step in (*STEPS, *ENDS) if not tried[step]] == [], shared.taken
    assert shared.taken["reverse"], f"nobody took anything back: {shared.taken}"
    assert laws.broken(shared.hamlet.village.pk) == []
    assert [str(one) for one in reconcile.differences()] == []
    assert list(seals.verify()) == []
    shared.teardown()


BUSY = (
    *STEPS,
    *ENDS,
    "redeem",
    "redeem",
    "redeem",
    "undo",
    "pass_days",
    "redeem_again",
    "submit_again",
    "lose",
    "receive",
)


def an_order(step, numbers):
    """The step with the numbers it chooses by."""
    one, two, three = numbers
    given = {
        "submit": ([one, two], three % 4, three),
        "decide": (one, two % 2),
        "publish": (),
        "announce": (),
        "expire": (),
        "object": (one, two),
        "propose": (one, two, three),
        "redeem": (one, two, 1 + three % 3),
        "pass_days": (one % 2,),
        "lose": (one, two % 3),
        "receive": (one, two % 3),
    }
    return step, *given.get(step, (one,))
