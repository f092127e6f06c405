"""A village of its own with four households, a panel and a store, and every step people take with points there.

A step chooses by number among what there is, calls the real function and answers what it made; it answers None where
there is nothing to take the step with, and the function's refusal goes through.
"""

import contextlib
import datetime as dt
import threading
import uuid
from collections import Counter

from conftest import NOW, SINCE, make_person
from points import batches, notices, objections, postings, review, stock, store, year_ends
from points.models import Batch, Claim, Entry, Item, Notice, Objection, PanelMember, Redemption, YearEnd
from points.models.batches import State
from points.tests.shop import give
from qianjiang_portal.foundation import calendar, options, periods
from villages import roster
from villages.models import User, Village

HEADS = ("冉光明", "覃世明", "单淑芬", "曾国良")
PRICES = (3, 7)
OUTCOMES = ("upheld", "revised", "withdrawn")


class Hamlet:
    def __init__(self, rule_set, number):
        township = rule_set.township
        self.village = Village.objects.create(
            township=township, code=f"500114112{300 + number}", name=f"新村{number}", short_name=f"新村{number}",
            kind="village", uses_points=True,
        )  # fmt: skip
        grids = [roster.add_grid(village=self.village, number=at) for at in (1, 2)]
        self.homes = [
            roster.enrol(grid=grids[at % 2], head_name=head, joined_on=SINCE) for at, head in enumerate(HEADS)
        ]
        self.rules = [rule_set.rules.get(code="Z02"), rule_set.rules.filter(kind="deduction").first()]
        self._people(township, number)
        self._store(number)
        for home in self.homes:
            give(home, 40)
        self.now, self.moving, self.clock = NOW, threading.Lock(), contextlib.ExitStack()
        self.taken = Counter()

    def _people(self, township, number):
        posts = {
            "clerk": {"township": township},
            "reviewer": {"village": self.village},
            "leader": {"township": township},
            "counter": {"covers": [self.village]},
        }
        self.names = {role: f"{role}{number}" for role in posts}
        for role, place in posts.items():
            make_person(self.names[role], f"{role}某", {"role": role, **place})
        self.panel = [
            PanelMember.objects.create(
                village=self.village, name=name, begins_on=SINCE, user=self.who("reviewer") if at == 0 else None
            )
            for at, name in enumerate(("覃正芬", "冉启文", "庹世全"))
        ]

    def _store(self, number):
        said = {"opens_at": dt.time(8), "closes_at": dt.time(18), "weekdays": "1234567", "by": None, "now": NOW}
        counter = self.who("counter")
        self.outlet = stock.keep_outlet(
            village=self.village, name=f"超市{number}", serves=[self.village], keepers=[counter], **said
        )
        for at, price in enumerate(PRICES):
            item = stock.keep_item(outlet=self.outlet, code=f"W{at}", name="毛巾", points=price, by=counter, now=NOW)
            stock.receive(item=item, quantity=4, by=counter, now=NOW)

    def who(self, role):
        """Looked up anew each time, as each request does."""
        return User.objects.get(username=self.names[role])

    @property
    def today(self):
        return calendar.local_date(self.now)

    def close(self):
        self.clock.close()

    # -- what there is to choose from ----------------------------------------------------------------------------

    def batches_in(self, *states):
        return Batch.objects.filter(village=self.village, state__in=states).exclude(claims=None)

    def entries(self):
        return Entry.objects.filter(village=self.village)

    def redemptions(self):
        return Redemption.objects.filter(outlet=self.outlet).select_related("household__village")

    def items(self):
        return Item.objects.filter(outlet=self.outlet).select_related("outlet__village")

    # -- steps ---------------------------------------------------------------------------------------------------

    def pass_days(self, days):
        """The clock is one for everybody; it only goes on."""
        with self.moving:
            self.now += dt.timedelta(days=days)
            self.clock.enter_context(calendar.at(self.now))
        return self.now

    def submit(self, who, kind, points):
        rule = self.rules[kind % len(self.rules)]
        clerk, sign = self.who("clerk"), rule.sign
        opened = {"village": self.village, "rule": rule, "occurred_on": self.today, "now": self.now}
        batch = batches.open_draft(maker=clerk, key=uuid.uuid4().hex, **opened)
        size = rule.min_points + points % (rule.max_points - rule.min_points + 1)
        for household in {self.homes[one % len(self.homes)] for one in who}:
            batches.put_claim(
                batch=batch, editor=clerk, client_key=uuid.uuid4(), household=household, rule=rule,
                points=sign * size, occurred_on=self.today, now=self.now,
            )  # fmt: skip
        return batches.submit(batch=batch, maker=clerk, now=self.now)

    def submit_again(self, at):
        if batch := nth(self.batches_in(State.DRAFT, State.RETURNED), at):
            return batches.submit(batch=batch, maker=self.who("clerk"), now=self.now)
        return None

    def recall(self, at):
        if batch := nth(self.batches_in(State.SUBMITTED), at):
            return batches.recall(batch=batch, maker=self.who("clerk"), now=self.now)
        return None

    def decide(self, at, send_back):
        batch = nth(self.batches_in(State.SUBMITTED), at)
        if batch is None:
            return None
        rows = list(batch.claims.filter(state=State.SUBMITTED).order_by("pk").values_list("pk", flat=True))
        returned = {pk: review.ReturnNote(["absent"]) for pk in rows[:send_back]}
        return review.decide(
            batch=batch, checker=self.who("reviewer"), version=batch.version, approve=rows, returned=returned,
            present=self.panel, held_at=self.now, now=self.now,
        )  # fmt: skip

    def publish(self):
        period = periods.of(self.today)
        return notices.publish(village=self.village, period=period, publisher=self.who("clerk"), now=self.now, days=3)

    def post(self, at, when_due=True):
        notice = nth(Notice.objects.filter(village=self.village).select_related("village"), at)
        if notice is None:
            return None
        if when_due and self.now < notice.due_at:
            self.pass_days(-(-(notice.due_at - self.now) // dt.timedelta(days=1)))
        return postings.post(notice=notice, now=self.now)

    def object(self, at, line):
        notice = nth(Notice.objects.open().filter(village=self.village), at)
        named = notice and nth(notice.lines, line)
        if not named:
            return None
        said = objections.Said(position=named.position, tail=named.tail, text="这次没有参加")
        return objections.send(notice=notice, said=said, key=uuid.uuid4(), origin=uuid.uuid4().hex, now=self.now)

    def propose(self, at, outcome, points):
        objection = nth(Objection.objects.open().filter(village=self.village), at)
        if objection is None:
            return None
        findings = {row.pk: self._finding(row.claim, OUTCOMES[outcome % 3], points) for row in objection.rows.all()}
        return objections.propose(
            objection=objection, version=objection.version, findings=findings, evidence="问了组长",
            answer="经核实，按核实的结果办", by=self.who("reviewer"), now=self.now,
        )  # fmt: skip

    def _finding(self, claim, outcome, points):
        rule = claim.rule
        size = rule.min_points + points % (rule.max_points - rule.min_points + 1)
        wanted = rule.sign * size
        if outcome == "revised" and (claim.reverses_id or wanted == claim.points):
            return objections.Finding("upheld")
        return objections.Finding(outcome, wanted if outcome == "revised" else None)

    def settle(self, at):
        proposed = Objection.objects.filter(village=self.village, state=Objection.State.PROPOSED)
        if objection := nth(proposed.select_related("village", "notice"), at):
            return objections.close(objection=objection, version=objection.version, by=self.who("leader"), now=self.now)
        return None

    def reverse(self, at):
        if entry := nth(self.entries(), at):
            return batches.correct(entry=entry, maker=self.who("clerk"), reason="记错了", now=self.now)
        return None

    def redeem(self, home, item, quantity, key=None):
        household, goods = self.homes[home % len(self.homes)], nth(self.items(), item)
        return store.redeem(
            outlet=self.outlet, household=household, basket={goods.pk: quantity}, key=key or uuid.uuid4(),
            by=self.who("counter"), now=self.now,
        )  # fmt: skip

    def redeem_again(self, at):
        """The same press a second time."""
        made = nth(self.redemptions(), at)
        if made is None:
            return None
        basket = {line.item_id: line.quantity for line in made.lines.all()}
        return store.redeem(
            outlet=self.outlet, household=made.household, basket=basket, key=made.key, by=self.who("counter"),
            now=self.now,
        )  # fmt: skip

    def undo(self, at):
        if made := nth(self.redemptions(), at):
            return store.undo(redemption=made, reason="拿错了", by=self.who("counter"), now=self.now)
        return None

    def announce(self):
        """The end of the year, worked out and put up in January while the other steps are still in their own month."""
        options.put(name="year_end", value="reset")
        january = NOW.replace(year=self.now.year + 1, month=1, day=4)
        made = year_ends.prepare(village=self.village, year=self.now.year, now=january)
        return made and year_ends.publish(year_end=made, by=self.who("leader"), now=january, days=3)

    def announced(self):
        return YearEnd.objects.open().filter(village=self.village).first()

    def expire(self):
        up = self.announced()
        return up and year_ends.post(year_end=up, now=up.due_at)

    def receive(self, item, quantity):
        return stock.receive(item=nth(self.items(), item), quantity=quantity, by=self.who("counter"), now=self.now)

    def lose(self, item, quantity):
        return stock.lose(
            item=nth(self.items(), item), quantity=quantity, by=self.who("counter"), now=self.now, note="破损"
        )

    def count(self, item, counted):
        return stock.count(
            item=nth(self.items(), item), counted=counted, by=self.who("counter"), now=self.now, note="盘点"
        )


def nth(rows, at):
    """One of them by number, the oldest first; None where there is none."""
    found = list(rows.order_by("pk"))
    return found[at % len(found)] if found else None


def live_reversal(entry):
    return Claim.objects.filter(reverses=entry).exclude(state=State.WITHDRAWN).exists()
