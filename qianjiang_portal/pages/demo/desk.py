"""What people do at their desks with one village's points, each through the function their button calls."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress

from django.core.files.base import ContentFile

from points import activities, batches, evidence, notices, objections, postings, review, rules, sheets
from points.activities import CannotRecord
from points.evidence import CannotProve
from points.models import Activity, Batch, Claim, Entry, Notice, Objection, Rule
from points.models.batches import State
from points.notices import CannotPublish
from points.objections import Finding, Said
from points.review import ReturnNote
from points.sheets import Row
from qianjiang_portal.foundation import periods
from qianjiang_portal.pages.demo import occasions, pictures
from qianjiang_portal.pages.demo.occasions import Event, Occasion
from qianjiang_portal.pages.demo.people import Cast
from qianjiang_portal.pages.demo.undivided import divided
from villages import roster
from villages.models import Household, Resident, User, Village

# Until this day of a month its notice is still about the month before.
LOOKS_BACK = 10
RETURNS = (ReturnNote(["points"], "与签到表不一致"), ReturnNote(["absent"]), ReturnNote(["evidence"], "补照片后再报"))


class Desk:
    """One village with its people, its households and its own chance."""

    def __init__(self, seed: str, village: Village, cast: Cast, opening: dt.date) -> None:
        self.village, self.cast = village, cast
        self.rng = random.Random(f"{seed}/{village.code}/history")  # noqa: S311 - invention, not secrecy
        self.rules = {rule.code: rule for rule in rules.usable(village, opening).select_related("rule_set")}
        self.households = list(
            Household.objects.filter(village=village).select_related("village", "grid").in_number_order()
        )
        self.people: dict[int, list[Resident]] = {}
        for resident in Resident.objects.filter(household__village=village).order_by("pk"):
            self.people.setdefault(resident.household_id, []).append(resident)
        # Some households always come, some hardly ever; the reviewer's own is for other reviewers to decide.
        own = {member.household_id for member in cast.panel if member.user_id}
        self.keenness = {
            household.pk: self.rng.random() ** 2 + 0.02 for household in self.households if household.pk not in own
        }
        self.keys = 0

    def gather(self, day: dt.date, size: int, now: dt.datetime) -> Batch:
        """Enter one occasion that many households took part in."""
        occasion = occasions.choose(self.rng, occasions.GATHERINGS, day.month)
        rows = [self._row(household, occasion, day) for household in self.draw(day, size * 2)]
        event = occasions.EVENTS.get(occasion.code)
        if event and self._may_list(event, rows, day):
            activity = self.hold(event, day, rows[:size], now)
            with suppress(CannotRecord), divided():  # everybody's cap is used up
                return activities.to_points(activity=activity, rule=rows[0].rule, by=self.cast.maker, now=now).batch
        batch = self._open(day, now, self.rules[occasion.code])
        self._put(batch, rows, size, now)
        return batch

    def hold(self, event: Event, day: dt.date, rows: Sequence[Row], now: dt.datetime) -> Activity:
        """Register an activity and who came to it."""
        facts = activities.Facts(event.kind, event.joy, event.title, day, event.place)
        activity = activities.register(village=self.village, facts=facts, by=self.cast.maker, now=now)
        people = [activities.Present(row.household, row.resident) for row in rows]
        activities.attend(activity=activity, people=people, by=self.cast.maker, now=now)
        return activity

    def hold_latest(self, now: dt.datetime) -> Activity:
        """An activity of yesterday whose list is not turned into points yet."""
        day = now.date() - dt.timedelta(days=1)
        rows = [self._row(household, occasions.GATHERINGS[0], day) for household in self.draw(day, 14)]
        return self.hold(occasions.LATEST, day, rows, now)

    def collect(self, day: dt.date, size: int, now: dt.datetime) -> Batch:
        """Enter what the panel wrote down over the month: good deeds, and one lapse in four."""
        batch = self._open(day, now, None)
        self._put(batch, [self._row(one, self._deed(day), day) for one in self.draw(day, size * 2)], size, now)
        return batch

    def prove(self, batch: Batch, now: dt.datetime) -> None:
        """The sheet that was signed, as a photograph for the whole batch."""
        sheet = ContentFile(pictures.sign_in_sheet(self.rng), "签到表.jpg")
        with suppress(CannotProve), divided():  # the item asks for no papers
            evidence.add(batch=batch, file=sheet, caption="签到表", by=self.cast.maker, now=now)

    def submit(self, batch: Batch, now: dt.datetime) -> Batch:
        return batches.submit(batch=batch, maker=self.cast.maker, now=now)

    def decide(self, batch: Batch, returned: int, now: dt.datetime) -> None:
        """The panel passes the rows that wait and sends `returned` of them back."""
        batch = review.open(batch=batch, checker=self.cast.checker, now=now - dt.timedelta(minutes=20))
        ids = list(batch.claims.filter(state=State.SUBMITTED).order_by("line").values_list("pk", flat=True))
        back = self.rng.sample(ids, k=min(returned, len(ids)))
        review.decide(
            batch=batch,
            checker=self.cast.checker,
            version=batch.version,
            approve=[pk for pk in ids if pk not in back],
            returned={pk: self.rng.choice(RETURNS) for pk in back},
            present=self.rng.sample(self.cast.panel, k=self.rng.choice((3, 4, 5, 5))),
            held_at=now - dt.timedelta(hours=1),
            now=now,
        )

    def mend(self, batch: Batch, now: dt.datetime) -> Batch | None:
        """The clerk puts returned rows right or takes them out, and submits what is left; None where nothing is."""
        returned = batch.claims.filter(state=State.RETURNED).select_related("batch", "household", "rule")
        for position, claim in enumerate(returned.order_by("line")):
            if claim.household.left_on or (position and "absent" in claim.return_reasons):
                batches.remove_claim(batch=batch, editor=self.cast.maker, claim=claim, now=now)
            else:
                self._correct_row(claim, now)
        return self.submit(batch, now) if batch.claims.open().exists() else None

    def take_out(self, batch: Batch, now: dt.datetime) -> None:
        """The clerk takes the last row of a draft out again."""
        last = batch.claims.open().order_by("-line").first()
        if last:
            batches.remove_claim(batch=batch, editor=self.cast.maker, claim=last, now=now)

    def publish(self, now: dt.datetime) -> Notice | None:
        """Put up what has been approved, if anything has."""
        month = periods.of(now.date())
        period = month.previous() if now.day <= LOOKS_BACK else month
        with suppress(CannotPublish), divided():
            return notices.publish(village=self.village, period=period, publisher=self.cast.maker, now=now)
        return None

    def correct(self, now: dt.datetime) -> Batch | None:
        """The clerk finds that an award was given to the wrong household and has it reversed."""
        entry = Entry.objects.filter(village=self.village, kind="award", reversed_by=None).newest_first().first()
        if entry is None:
            return None
        return batches.correct(entry=entry, maker=self.cast.maker, reason="记错了户，经本人说明后冲正", now=now)

    def move_someone_out(self, now: dt.datetime) -> None:
        """A household on an open notice leaves the village before its points are posted."""
        claims = Claim.objects.filter(batch__village=self.village, state=State.PUBLISHED, reverses=None)
        seated = [member.household_id for member in self.cast.panel if member.household_id]
        claim = claims.exclude(household__in=seated).order_by("household__number").first()
        if claim:
            roster.move_out(household=claim.household, on=now.date())
            self.keenness.pop(claim.household_id, None)

    def settle(self, by: User, now: dt.datetime) -> None:
        """Rows that were set aside are looked into and withdrawn."""
        contested = Claim.objects.filter(batch__village=self.village, state=State.CONTESTED).order_by("pk")
        for claim in contested:
            postings.settle_contested(claim=claim, by=by, uphold=False, reason="已迁出，经核实不再计分", now=now)

    def doubt(self, text: str, now: dt.datetime) -> Objection | None:
        """A villager telephones about a line of the notice that is up; the clerk writes it down."""
        day = now.date()
        notice = Notice.objects.open().filter(village=self.village, starts_on__lte=day, ends_on__gte=day).first()
        line = notice.lines.filter(household__state="active").order_by("-position").first() if notice else None
        if notice is None or line is None:
            return None
        said = Said(position=line.position, tail=line.tail, text=text)
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        return objections.note(
            notice=notice, said=said, channel="phone", raised_on=day, by=self.cast.maker, key=key, now=now
        )

    def look_into(self, objection: Objection, now: dt.datetime) -> None:
        """The reviewer asks around, the leader closes: the points stay."""
        findings = {row.pk: Finding("upheld") for row in objection.rows.all()}
        words = {"evidence": "查了签到表，问了组长和同去的两户", "answer": "经核实，当天参加了，维持原积分"}
        objection = objections.propose(
            objection=objection, version=objection.version, findings=findings, by=self.cast.checker, now=now, **words
        )
        later = now + dt.timedelta(hours=1)
        objections.close(objection=objection, version=objection.version, by=self.cast.leader, now=later)

    def draw(self, day: dt.date, count: int) -> list[Household]:
        """Households in the order they come to mind, the keen ones sooner; only those registered by then."""
        there = [one for one in self.households if one.pk in self.keenness and one.joined_on <= day]
        lots = {one.pk: self.rng.random() ** (1 / self.keenness[one.pk]) for one in there}
        return sorted(there, key=lambda one: -lots[one.pk])[:count]

    def _may_list(self, event: Event, rows: Sequence[Row], day: dt.date) -> bool:
        """Whether the list alone says it all: everybody gets the usual points, and it is that day's only one."""
        held = Activity.objects.filter(village=self.village, held_on=day, title=event.title)
        return bool(rows) and all(row.points == row.rule.default for row in rows) and not held.exists()

    def _open(self, day: dt.date, now: dt.datetime, rule: Rule | None) -> Batch:
        self.keys += 1
        return batches.open_draft(
            maker=self.cast.maker,
            village=self.village,
            rule=rule,
            occurred_on=day,
            key=f"demo-{self.village.code}-{self.keys}",
            now=now,
        )

    def _row(self, household: Household, occasion: Occasion, day: dt.date) -> Row:
        rule = self.rules[occasion.code]
        return Row(
            client_key=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            household=household,
            rule=rule,
            points=occasion.size(self.rng),
            occurred_on=day,
            note=occasion.note,
            resident=self._who(household) if rule.unit == Rule.Unit.PERSON else None,
        )

    def _put(self, batch: Batch, rows: list[Row], size: int, now: dt.datetime) -> None:
        """Enter rows until `size` stand; a household whose cap is used up is passed over."""
        sheets.put(batch=batch, editor=self.cast.maker, rows=rows, most=size, now=now)

    def _correct_row(self, claim: Claim, now: dt.datetime) -> None:
        batches.put_claim(
            batch=claim.batch,
            editor=self.cast.maker,
            client_key=claim.client_key,
            household=claim.household,
            rule=claim.rule,
            points=claim.rule.default if not claim.rule.is_fixed else claim.points,
            occurred_on=claim.occurred_on,
            note="已按签到表核对",
            resident=claim.resident,
            version=claim.version,
            now=now,
        )

    def _who(self, household: Household) -> Resident | None:
        """The head or whoever comes second: the grown-ups."""
        people = self.people.get(household.pk, [])
        return self.rng.choice(people[:2]) if people else None

    def _deed(self, day: dt.date) -> Occasion:
        kind = occasions.LAPSES if self.rng.random() < 0.25 else occasions.DEEDS
        return occasions.choose(self.rng, kind, day.month)
