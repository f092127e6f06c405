"""The demonstration district: the same for a seed, with everything in it that can lie on somebody's desk."""

import datetime as dt
import stat
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet

from conftest import TODAY
from demos.models import Candidate, Milestone, Move, Score, Stage
from points import reconcile, seals
from points.models import (
    Activity,
    Batch,
    Claim,
    Entry,
    Import,
    Notice,
    NoticeLine,
    Outlet,
    PanelMember,
    Redemption,
    RegisterFile,
    Review,
    RuleSet,
    StockMove,
    VillageMonth,
)
from points.models.batches import State
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.pages.demo import district, inspections, papers, people, places, shops, stories
from qianjiang_portal.pages.management.commands import seed_demo
from reports import rectification_pages
from reports.models import Assessment, CaseStudy, Circular, Publicity, Summary
from villages import roster
from villages.models import Appointment, Grid, Household, Resident, User, Village

pytestmark = pytest.mark.django_db
# The smallest in which all is there that can be there, over the turn of a year.
PLAN = district.Plan(
    until=dt.date(2027, 2, 25), seed="3", per_village=8, villages=3, months=3, password="correct-horse-7"
)


def facts() -> Iterator[QuerySet[Any, Any]]:
    """All that was made, by lasting names: no ids, no passwords, no salts."""
    yield Grid.objects.values_list("village__code", "number", "name", "keeper")
    yield Household.objects.values_list("number", "head_name", "initials", "members", "state", "joined_on", "left_on")
    yield Resident.objects.values_list("household__number", "name", "relation", "is_head")
    yield User.objects.values_list("username", "name", "phone", "is_superuser")
    yield Appointment.objects.values_list("user__username", "role", "township__code", "village__code", "begins_on")
    yield PanelMember.objects.values_list("village__code", "name", "household__number", "user__username")
    yield RuleSet.objects.values_list("title", "state", "effective_from", "published_at").annotate(Count("rules"))
    yield Batch.objects.values_list("number", "village__code", "state", "maker__username", "made_at", "submitted_at")
    yield Claim.objects.values_list(
        "batch__number", "line", "note", "household__number", "rule__code", "points", "occurred_on", "state"
    )
    yield Review.objects.values_list("batch__number", "decided_at", "approved", "returned")
    yield Notice.objects.values_list("code", "state", "starts_on", "due_at", "posted_at")
    yield NoticeLine.objects.values_list("notice__code", "position", "masked_name", "total", "cumulative")
    yield Entry.objects.values_list("household__number", "points", "kind", "occurred_on", "posted_at", "period")
    yield Redemption.objects.values_list(
        "outlet__name", "household__number", "serial", "points", "made_at", "undone_at"
    )
    yield StockMove.objects.values_list("item__code", "kind", "quantity", "made_at")
    yield VillageMonth.objects.values_list("village__code", "period", "participants", "households")
    yield Move.objects.values_list(
        "candidate__village__code", "candidate__township__code", "kind", "on", "to_stage__key"
    )
    yield Circular.objects.values_list("subject", "number", "findings__text", "findings__due_on")
    yield Score.objects.values_list("candidate__village__code", "criterion__position", "column", "points")


def found() -> list[list[str]]:
    return [sorted(map(repr, rows)) for rows in facts()]


def made_and_undone(plan: district.Plan) -> list[list[str]]:
    with transaction.atomic():
        district.make(plan)
        made = found()
        ahead = AuditEvent.objects.filter(at__gte=calendar.moment(plan.until)).values_list("action", flat=True)
        assert list(ahead) == []
        transaction.set_rollback(True)
    return made


def test_an_inspection_and_an_assessment_are_on_the_way() -> None:
    """Summaries accepted, late and sent back, scores with ranks, a circular whose problems stand in every way."""
    opening = dt.date(2026, 4, 1)
    roster.load_district()
    staff = people.Staff("7", opening)
    with calendar.at(calendar.moment(staff.begins_on, 9)):
        staff.open_accounts("correct-horse-7")
    summed = papers.hand_in(staff, opening, TODAY)
    assert summed
    inspections.circulate(staff, opening, TODAY)
    inspections.assess("7", staff, summed)
    states = set(Summary.objects.values_list("state", flat=True))
    assert {"accepted", "returned", "draft", "submitted"} <= states
    assert Summary.objects.get(township=None, unit=None).state == "signed"
    due = calendar.moment(dt.date(2026, 7, 6))
    assert Summary.objects.filter(signed_at__gte=due).count() >= 2
    stories.tell(staff, opening, TODAY)
    assert sorted(CaseStudy.objects.values_list("state", flat=True)) == [
        *("adopted", "adopted", "draft", "returned", "submitted")
    ]
    assert Publicity.objects.filter(case__state="adopted").count() == 4
    townships = Assessment.objects.get(kind="township")
    assert (townships.state, townships.order_published_at is not None, townships.places.count()) == ("final", True, 30)
    assert Assessment.objects.get(kind="unit").state == "shown"
    circular = Circular.objects.get()
    standing = rectification_pages.standings(
        staff.users["district"], circular, list(circular.findings.order_by("position")), TODAY
    )
    assert [(one.word, one.late) for one in standing] == [
        ("已销号", "按期报送"),
        ("退回重改", "还有 6 天"),
        ("等核对", "按期报送"),
        ("待整改", "逾期 4 天"),
        ("待整改", "还有 5 天"),
        ("已销号", "晚 2 天报送"),
    ]


def test_the_district_is_whole_and_the_same_for_a_seed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {"households_per_village": 8, "villages_with_history": 3, "months": 3}

    first = made_and_undone(PLAN)
    with calendar.at(calendar.moment(PLAN.until, 10)):
        said = seed(tmp_path, monkeypatch, "--seed", "3", **numbers)
    again = seed(tmp_path, monkeypatch, **numbers)

    assert "nothing was changed" in again
    assert all(first)
    assert first == found()
    assert is_a_notice_up(PLAN.until)
    check_accounts(said, tmp_path / "demo-accounts.txt")
    check_places()
    check_states()
    check_books()
    check_candidates()
    check_shops()
    check_activities()
    check_workbook()


def test_there_is_a_notice_up_after_a_week_of_holidays() -> None:
    plan = district.Plan(until=dt.date(2026, 10, 9), per_village=6, villages=1, months=2, password="x")
    district.settle(plan)
    staff = people.Staff(plan.seed, plan.opening)

    district.live(plan, district.move_in(plan, staff)[1], staff)

    assert is_a_notice_up(plan.until)


def is_a_notice_up(until: dt.date) -> bool:
    return Notice.objects.filter(state="open", due_at__gte=calendar.moment(until)).exists()


def seed(folder: Path, monkeypatch: pytest.MonkeyPatch, *args: str, **options: int) -> str:
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", PLAN.password)
    monkeypatch.setattr(seed_demo, "accounts_file", lambda: folder / "demo-accounts.txt")
    out = StringIO()
    call_command("seed_demo", *args, stdout=out, **options)
    return out.getvalue()


def check_accounts(said: str, file: Any) -> None:
    users = {user.username: user for user in User.objects.all()}
    names = [account.username for account in people.ACCOUNTS]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() in said
    assert [line.split()[0] for line in file.read_text().splitlines()[1:]] == names
    assert all(users[name].check_password(PLAN.password) for name in names)
    assert not any(user.has_usable_password() for name, user in users.items() if name not in names)
    assert {post.label for post in users["double"].appointments_now} == {
        "濯水镇五福村乡镇经办",
        "濯水镇双龙村评议审核",
    }


def check_places() -> None:
    villages = Village.objects.annotate(
        grids_there=Count("grids", distinct=True), homes=Count("households", distinct=True)
    )
    assert villages.count() == 220
    assert all(3 <= village.grids_there <= 7 and village.homes for village in villages)
    assert villages.get(code=places.HOME).homes == max(village.homes for village in villages) == 24
    assert not Village.objects.filter(phone="").exists()


def check_states() -> None:
    assert set(Claim.objects.values_list("state", flat=True)) == set(State)
    assert set(Batch.objects.values_list("state", flat=True)) >= set(State) - {State.WITHDRAWN}
    assert set(Notice.objects.values_list("state", flat=True)) == {"open", "posted"}
    assert set(Entry.objects.values_list("kind", flat=True)) == {"award", "deduction", "reversal", "redemption"}
    assert set(
        Entry.objects.exclude(kind="redemption")
        .exclude(reverses__kind="redemption")
        .values_list("dimension", flat=True)
    ) == {"self", "law", "virtue"}
    assert Batch.objects.values("village").distinct().count() == PLAN.villages
    assert Batch.objects.filter(source="correction", state=State.EFFECTIVE).exists()


def check_workbook() -> None:
    """One waits for its clerk, read to the end, with lines to change and one that stands twice."""
    source = Import.objects.get()
    assert (source.state, source.maker.username, source.job.state) == ("checked", "clerk", "done")
    assert list(source.words) == ["扫院坝"]
    roster = RegisterFile.objects.get()
    counts = {does: roster.counts[does] for does in ("new", "change", "problem")}
    assert (roster.state, roster.maker.username, counts) == ("checked", "clerk", {"new": 2, "change": 1, "problem": 1})
    assert source.counts["new"] > 10
    assert source.counts["problem"] >= 3
    assert source.counts["duplicate"] >= 1


def check_books() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(reconcile.differences()) == []
    assert list(seals.verify()) == []
    last = Claim.objects.aggregate(last=Max("batch__updated_at"))["last"]
    assert last < calendar.moment(PLAN.until)
    over = VillageMonth.objects.filter(households__isnull=False)
    assert set(over.values_list("period", flat=True)) == {"2026-12", "2027-01"}
    assert over.count() == 2 * 220


def check_candidates() -> None:
    """One village in every township for the district, somebody in every stage, nothing ahead of its day."""
    of_district = Candidate.objects.open().filter(programme__level="district")
    assert of_district.count() == of_district.values("village__township").distinct().count() == 30
    assert set(Candidate.objects.open().values_list("stage__key", flat=True)) == set(Stage.Key)
    assert set(Candidate.objects.values_list("standing", flat=True)) == {"", "good", "mend"}
    assert set(Move.objects.values_list("kind", flat=True)) == set(Move.Kind)
    assert Move.objects.aggregate(last=Max("made_at"))["last"] < calendar.moment(PLAN.until)
    late = Milestone.objects.filter(done_on=None, planned_on__lt=PLAN.until, candidate__closed_on=None)
    assert 0 < late.values("candidate").distinct().count() < 10


def test_a_portal_that_is_no_demonstration_refuses(settings: Any) -> None:
    settings.PORTAL_DEMO = False

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert district.is_empty()


def check_shops() -> None:
    """Shelves with goods, slips of several households, one of them taken back; the counter covers what is served."""
    outlet = Outlet.objects.get(village__code=places.HOME)
    assert outlet.items.filter(stock__gt=0).count() == len(shops.GOODS)
    assert outlet.redemptions.values("household").distinct().count() > 3
    assert Redemption.objects.filter(undone_at__isnull=False).exists()
    assert set(StockMove.objects.values_list("kind", flat=True)) == set(StockMove.Kind) - {"loss"}
    [post] = User.objects.get(username="counter").appointments_now
    assert {village.code for village in post.covered_villages} == set(shops.OUTLETS[0])


def check_activities() -> None:
    """Some stand behind points, one waits to become some."""
    turned = Activity.objects.filter(batch__source=Batch.Source.ACTIVITY)
    waiting = Activity.objects.filter(batch=None, title="支部主题党日")
    assert turned.count() >= 3
    assert waiting.exists()
    assert all(activity.attendances.count() >= 2 for activity in (*turned, *waiting))
