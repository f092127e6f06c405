"""One of everything in 桐木村, for tests that walk every address of the portal."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conftest import NOW, SINCE, TODAY
from demos import candidates, criteria, evidence, measure_lines, measures, meetings, pairings, programmes
from points import activities, awards, doubts, honours, rules, stock, store, suspensions, year_ends
from points.models import (
    Batch,
    Entry,
    Honour,
    HonourKind,
    Import,
    Notice,
    Objection,
    PanelMember,
    RegisterFile,
    RuleSet,
)
from qianjiang_portal.foundation import options, periods
from qianjiang_portal.foundation.models import AuditEvent, Job
from reports.models import ReportVersion, Summary
from villages import bodies, cadres, charters, disclosures, services, tokens
from villages.models import DisclosureItem, Household, User, Village


@dataclass(frozen=True)
class World:
    """The rows whose addresses are walked, all of them the clerk's or 桐木村's."""

    draft: Batch
    submitted: Batch
    notice: Notice
    objection: Objection
    entry: Entry
    rule_set: RuleSet
    village: Village
    version: ReportVersion
    job: Job
    summary: Summary
    imported: Import
    register: RegisterFile
    handed_in: RegisterFile
    help: dict[str, int]
    clerk: User

    def words(self) -> dict[str, Any]:
        """What the arguments of addresses are filled with."""
        return {
            "draft": self.draft.number,
            "submitted": self.submitted.number,
            "notice": self.notice.code,
            "objection": self.objection.number,
            "household": self.entry.household_id,
            "household_number": self.entry.household.number,
            "token": tokens.make(user=self.clerk, name="台账", scopes=["read"], days=30, now=NOW).token.pk,
            "clerk_user": self.clerk.pk,
            "clerk_post": self.clerk.appointments.get().pk,
            "entry": self.entry.pk,
            "rule_set": self.rule_set.pk,
            "sitting": self.notice.claims.order_by("pk")[0].batch.reviews.order_by("pk")[0].pk,
            "rule": self.rule_set.rules.order_by("pk").values_list("pk", flat=True)[0],
            "rule_draft": rules.draft(
                title="桐木村细则", year=2027, by=self.clerk, village=self.village, based_on=self.rule_set
            ).pk,
            "village": self.village.code,
            "township": self.village.township.code,
            "period": self.version.report.period,
            "summed": self.summary.period,
            "summary": self.summary.pk,
            "version": self.version.number,
            **self.help,
            "quarter": "2026Q4",
            "job": self.job.uuid,
            "audit_event": AuditEvent.objects.order_by("pk").values_list("pk", flat=True)[0],
            "import": self.imported.pk,
            "register": self.register.pk,
            "handed_in": self.handed_in.pk,
            "seat": PanelMember.objects.filter(village=self.village).order_by("pk").values_list("pk", flat=True)[0],
            "evidence": self.submitted.evidence.order_by("pk").values_list("pk", flat=True)[0],
            "claim": self.submitted.claims.order_by("line").values_list("pk", flat=True)[0],
        }


def make_store(village: Village, counter: User, household: Household) -> dict[str, int]:
    """An outlet with one thing on its shelf and a slip of today."""
    said = {"by": counter, "now": NOW}
    outlet = stock.keep_outlet(
        village=village, name="桐木村积分超市", serves=[village], weekdays="1234567", opens_at=dt.time(8),
        closes_at=dt.time(18), by=None, now=NOW, keepers=[counter],
    )  # fmt: skip
    item = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=2, **said)
    stock.receive(item=item, quantity=5, **said)
    slip = store.redeem(outlet=outlet, household=household, basket={item.pk: 1}, key=uuid.uuid4(), **said)
    return {"outlet": outlet.pk, "item": item.pk, "slip": slip.pk}


def make_honours(village: Village, cast: dict[str, User]) -> dict[str, Any]:
    """A household that goes without honours until the end of the year, and an honour of another on notice."""
    leader, clerk = cast["leader"], cast["clerk"]
    # A test that emptied the tables has taken the kinds of the migrations along.
    kind, _ = HonourKind.objects.get_or_create(name="文明家庭", defaults={"holder": "household", "position": 1})
    first = village.households.order_by("number")[0]
    put = {"kind": kind, "village": village, "year": 2026, "nominee": honours.Nominee(first), "deed": "邻里和睦"}
    honour = honours.nominate(**put, by=clerk, now=NOW)
    sitting = honours.Sitting(list(PanelMember.objects.filter(village=village)), NOW)
    honours.decide(village=village, passed=[honour.pk], declined={}, sitting=sitting, by=cast["reviewer"], now=NOW)
    notice = awards.publish(village=village, by=clerk, now=NOW)
    put_up = Honour.objects.get(pk=honour.pk)
    said = {"words": doubts.Words("他家没有做到"), "key": uuid.uuid4(), "origin": "", "now": NOW}
    doubt = doubts.about_honour(honour=put_up, **said)
    veto = suspensions.Veto("V03", "虚报参加劳动", "镇核查结论 7 号")
    home = village.households.order_by("-number")[0]
    stopped = suspensions.suspend(household=home, veto=veto, ends_on=dt.date(2026, 12, 31), by=leader, now=NOW)
    options.put(name="year_end", value="reset")
    ended = year_ends.prepare(village=village, year=2026, now=NOW + dt.timedelta(days=60))
    return {
        "suspension": stopped.pk,
        "honour": honour.pk,
        "doubt": doubt.number,
        "honour_notice": notice.code,
        "year_end": str(ended),
    }


def make_help(village: Village, liaison: User, officer: User, clerk: User) -> dict[str, int]:
    """A pairing of 桐木村 with a problem, a special meeting of its unit with a decision, and a measure it leads."""
    [post] = liaison.appointments_now
    unit, said = post.unit, {"by": liaison, "now": NOW}
    pairing = pairings.pair(
        unit=unit, village=village, role="lead", begins_on=SINCE, contact="周联络", by=officer, now=NOW
    )
    decided = [meetings.Decided("修养老互助点", unit, TODAY)]
    meeting = meetings.hold(kind="special", unit=unit, on=TODAY, decided=decided, **said)
    planned = measure_lines.Planned("建养老互助点", unit, TODAY)
    passed = charters.Passed("delegates", SINCE, 60, 48, 40)
    charters.adopt(village=village, passed=passed, effective_on=SINCE, text="爱护环境", by=clerk, now=NOW)
    law = bodies.name_post(kind="law", village=village, name="冉法", begins_on=SINCE, by=officer, now=NOW)
    lesson = cadres.Lesson("民法典讲座", TODAY, Decimal(3), "区司法局")
    about_them = {"township": village.township, "village": village, "people": [law], "lesson": lesson}
    training = cadres.enter_training(**about_them, by=clerk, now=NOW)
    judged = cadres.Judged(2026, "good", TODAY)
    said_to = {"village": village, "name": "医保参保", "papers": "身份证", "place": "村委会", "phone": "023-0000 0618"}
    guide = services.put_guide(**said_to, days=3, by=clerk, now=NOW)
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=3, by=officer, now=NOW)
    standard = criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    item, veto = standard.criteria.get(position=1), standard.criteria.filter(is_veto=True)[0]
    candidate = candidates.nominate(programme=goal, place=village, on=SINCE, by=officer, now=NOW)
    step = candidates.add_milestone(candidate=candidate, name="印发方案", planned_on=TODAY, by=officer, now=NOW)
    about = {"candidate": candidate, "by": officer, "now": NOW}
    proof = evidence.add(**about, criterion=item, caption="分工公示", of=TODAY, kept_at="村委会")
    found = evidence.find(**about, criterion=veto, on=TODAY, text="待核实")
    held = activities.Facts("self", "harmony", "院坝会", TODAY, "村委会")
    disclosures.load_defaults(since=SINCE)
    put_up = {"village": village, "item": DisclosureItem.objects.get(code="accounts"), "text": "收支"}
    public = disclosures.publish(**put_up, period=periods.parse("2026-10"), by=clerk, now=NOW)
    return {
        "disclosure": public.pk,
        "activity": activities.register(village=village, facts=held, by=clerk, now=NOW).pk,
        "proof": proof.pk,
        "finding": found.pk,
        "programme": goal.pk,
        "candidate": candidate.pk,
        "milestone": step.pk,
        "guide": guide.pk,
        "errand": services.receive(guide=guide, asked_by="冉光明", on=TODAY, by=clerk, now=NOW).pk,
        "post": law.pk,
        "training": training.pk,
        "appraisal": cadres.appraise(post=law, judged=judged, by=officer, now=NOW).pk,
        "pairing": pairing.pk,
        "problem": pairings.raise_problem(pairing=pairing, text="缺灭火器", on=TODAY, **said).pk,
        "meeting": meeting.pk,
        "decision": meeting.decisions.get().pk,
        "measure": measures.add(year=2026, lines=[planned], by=officer, now=NOW)[0].pk,
    }
