"""督查通报: drafted, issued, signed for; each wall, and the harm without it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from conftest import NOW, SINCE, TODAY, District
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Conflict
from reports import circular_pages, circulars
from reports.circulars import CannotCirculate, Where
from reports.models import Circular, CircularReceiver, Finding
from villages.models import Unit, User

DUE = TODAY + dt.timedelta(days=14)
FACTS = circulars.Facts("11月积分制督查情况", TODAY - dt.timedelta(days=3), TODAY, "领导小组办公室", "多数村按月公示。")
SignIn = Callable[[User], Client]


@pytest.fixture
def drafted(district: District, district_officer: User) -> Circular:
    made = circulars.draft(facts=FACTS, by=district_officer, now=NOW)
    where = Where.of(district.tongmu)
    circulars.name(circular=made, where=where, text="10月公示晚了 6 天", due_on=DUE, by=district_officer, now=NOW)
    return made


@pytest.fixture
def issued(drafted: Circular, district_officer: User) -> Circular:
    return circulars.issue(circular=drafted, by=district_officer, now=NOW)


def test_it_gets_its_number_and_goes_to_whom_it_names(
    issued: Circular, district_officer: User, liaison: User, district: District
) -> None:
    assert issued.number == "黔江乡治督〔2026〕1号"
    assert [one.sender.name for one in issued.receivers.all()] == ["濯水镇"]
    second = circulars.draft(facts=FACTS, by=district_officer, now=NOW)
    [unit] = Unit.objects.all()
    for place in (unit, district.shihui):
        circulars.name(
            circular=second, where=Where.of(place), text="没有开会", due_on=DUE, by=district_officer, now=NOW
        )
    second = circulars.issue(circular=second, by=district_officer, now=NOW)
    assert second.number == "黔江乡治督〔2026〕2号"
    assert {one.sender.name for one in second.receivers.all()} == {"区民政局", "石会镇"}


def test_it_may_go_to_everybody(drafted: Circular, liaison: User, district_officer: User) -> None:
    circulars.edit(circular=drafted, facts=replace(FACTS, audience="all"), version=1, by=district_officer, now=NOW)
    circulars.issue(circular=drafted, by=district_officer, now=NOW)
    assert {one.sender.name for one in drafted.receivers.all()} == {"濯水镇", "石会镇", "区民政局"}


def test_only_those_it_is_sent_to_see_it(
    drafted: Circular, clerk: User, stranger: User, leader: User, district_officer: User
) -> None:
    assert not Circular.objects.visible_to(clerk).exists()
    circulars.issue(circular=drafted, by=district_officer, now=NOW)
    seen = [Circular.objects.visible_to(user).exists() for user in (clerk, leader, stranger)]
    assert seen == [True, True, False]


def test_whoever_reads_it_first_signs_for_the_township(issued: Circular, clerk: User, leader: User) -> None:
    assert circulars.sign_for(circular=issued, by=clerk, now=NOW) == 1
    assert circulars.sign_for(circular=issued, by=leader, now=NOW + dt.timedelta(hours=1)) == 0
    receipt = CircularReceiver.objects.get()
    assert (receipt.read_by, receipt.read_at) == (clerk, NOW)
    assert AuditEvent.objects.get(action="circular.read").place == "500114112"


def test_nobody_else_signs(issued: Circular, stranger: User, district_officer: User) -> None:
    for person in (stranger, district_officer):
        with pytest.raises(CannotCirculate, match="没有发给您的单位"):
            circulars.sign_for(circular=issued, by=person, now=NOW)


@pytest.mark.parametrize("person", ["leader", "clerk", "auditor", "liaison", "admin"])
def test_only_the_district_drafts_and_issues(person: str, drafted: Circular, cast: dict[str, User]) -> None:
    said = {"by": cast[person], "now": NOW}
    with pytest.raises(CannotCirculate, match="由区级"):
        circulars.draft(facts=FACTS, **said)
    with pytest.raises(CannotCirculate, match="由区级"):
        circulars.issue(circular=drafted, **said)


def test_a_draft_without_a_problem_is_not_issued(district_officer: User) -> None:
    empty = circulars.draft(facts=FACTS, by=district_officer, now=NOW)
    with pytest.raises(CannotCirculate, match="写至少一条"):
        circulars.issue(circular=empty, by=district_officer, now=NOW)
    assert _forced(empty, district_officer) == "reports_circular_names_something"


def test_nothing_is_due_before_it_is_told(drafted: Circular, district: District, district_officer: User) -> None:
    late, said = NOW + dt.timedelta(days=15), {"by": district_officer}
    with pytest.raises(CannotCirculate, match="整改期限已经过了"):
        circulars.name(
            circular=drafted,
            where=Where.of(district.shihui),
            text="晚",
            due_on=TODAY - dt.timedelta(days=1),
            now=NOW,
            **said,
        )
    with pytest.raises(CannotCirculate, match="濯水镇桐木村的整改期限已经过了"):
        circulars.issue(circular=drafted, now=late, **said)
    assert _forced(drafted, district_officer, late) == "reports_finding_is_not_due_before_it_is_told"


def test_whoever_is_named_receives_it(drafted: Circular, district_officer: User) -> None:
    assert _forced(drafted, district_officer) == "reports_named_place_receives_the_circular"


def test_a_draft_can_be_changed_and_thrown_away(drafted: Circular, district: District, district_officer: User) -> None:
    said = {"by": district_officer, "now": NOW}
    second = circulars.name(circular=drafted, where=Where.of(district.shihui), text="没有公示", due_on=DUE, **said)
    circulars.unname(finding=drafted.findings.get(position=1), **said)
    second.refresh_from_db()
    assert (second.position, drafted.findings.count()) == (1, 1)
    circulars.discard(circular=drafted, **said)
    assert not Circular.objects.exists()
    with pytest.raises(CannotCirculate, match="已经删掉"):
        circulars.issue(circular=drafted, **said)


def test_of_two_writers_the_second_is_told(drafted: Circular, district_officer: User) -> None:
    seen = {"circular": drafted, "version": drafted.version, "by": district_officer, "now": NOW}
    first = circulars.edit(**seen, facts=replace(FACTS, text="个别村晚。"))
    with pytest.raises(Conflict, match="这份通报刚被改过"):
        circulars.edit(**seen, facts=replace(FACTS, audience="all"))
    assert circulars.edit(**seen, facts=replace(FACTS, text="个别村晚。")).version == first.version == 2
    stands = Circular.objects.get()
    assert (stands.text, stands.audience) == ("个别村晚。", "named")


def test_who_writes_past_the_function_is_counted(drafted: Circular, district_officer: User) -> None:
    seen = {"circular": drafted, "version": drafted.version, "by": district_officer, "now": NOW}
    with transaction.atomic(), pgtrigger.ignore("reports.Circular:text_is_counted"):
        Circular.objects.update(text="个别村晚。")
        circulars.edit(**seen, facts=FACTS)  # the harm, where nobody counts: what was saved is gone unseen
        assert Circular.objects.get().text == FACTS.text
    Circular.objects.update(text="两个村晚。", version=drafted.version)
    with pytest.raises(Conflict):
        circulars.edit(**seen, facts=FACTS)


def test_what_is_issued_is_refused_in_words(issued: Circular, district_officer: User) -> None:
    for change in (
        lambda **said: circulars.edit(circular=issued, facts=FACTS, version=1, **said),
        lambda **said: circulars.discard(circular=issued, **said),
        lambda **said: circulars.issue(circular=issued, **said),
        lambda **said: circulars.unname(finding=issued.findings.get(), **said),
    ):
        with pytest.raises(CannotCirculate, match="1号已经印发，不能再改"):
            change(by=district_officer, now=NOW)


@pytest.mark.parametrize(
    ("change", "wall"),
    [
        (lambda: Circular.objects.update(text="好"), "reports_issued_circular_never_changes"),
        (
            lambda: Circular.objects.update(state="draft", number=None, issued_at=None, issued_by=None),
            "reports_issued_circular_never_changes",
        ),
        (lambda: Finding.objects.update(due_on=SINCE), "reports_issued_finding_never_changes"),
        (lambda: Finding.objects.all().delete(), "reports_issued_finding_never_changes"),
        (lambda: CircularReceiver.objects.all().delete(), "reports_receipt_stands"),
    ],
)
def test_the_database_keeps_what_was_issued(
    change: Callable[[], object], wall: str, issued: Circular, district_officer: User
) -> None:
    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        change()
    with pgtrigger.ignore():
        change()  # the harm, where nothing stands in its way


def test_a_receipt_stands(issued: Circular, clerk: User, leader: User) -> None:
    circulars.sign_for(circular=issued, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="reports_receipt_stands"), transaction.atomic():
        CircularReceiver.objects.update(read_by=leader)


def test_a_village_answers_to_its_own_township(drafted: Circular, district: District) -> None:
    with pytest.raises(IntegrityError, match="goes_to_the_villages_township"), transaction.atomic():
        Finding.objects.create(
            circular=drafted, position=9, township=district.shihui, village=district.tongmu, text="晚", due_on=DUE
        )


def test_the_list_asks_no_more_for_three_than_for_one(
    issued: Circular, clerk: User, district_officer: User, district: District, django_assert_num_queries: object
) -> None:
    said = {"by": district_officer, "now": NOW}
    for times in (1, 2):
        for person, queries in ((district_officer, 1), (clerk, 2)):
            person.appointments_now  # noqa: B018 - read once, as a page does
            with django_assert_num_queries(queries):  # type: ignore[operator]
                assert len(circular_pages.lines(person)) == (1 if times == 1 else 3)
        for _ in range(2):
            more = circulars.draft(facts=FACTS, **said)
            circulars.name(circular=more, where=Where.of(district.tongmu), text="晚", due_on=DUE, **said)
            circulars.issue(circular=more, **said)


def _forced(circular: Circular, by: User, at: dt.datetime = NOW) -> str:
    """What the database says when somebody issues behind the function's back."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Circular.objects.filter(pk=circular.pk).update(state="issued", number="1", issued_at=at, issued_by=by)
    return str(refused.value).splitlines()[0]
