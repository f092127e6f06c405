"""Honours from nomination to points: each step, who may take it, and what the database says no to."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from conftest import NOW, TODAY, approve
from points import awards, batches, honours, notices, postings, suspensions
from points.honours import CannotHonour, Nominee, Sitting
from points.models import Entry, Honour, HonourKind, HonourSitting
from points.tasks import queue_due_honours
from qianjiang_portal.foundation import calendar, jobs, options, periods
from qianjiang_portal.foundation.models import AuditEvent

DEED = "常年照看邻居老人"


def kind(name="好媳妇"):
    return HonourKind.objects.get(name=name)


def run(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def nominate(district, clerk):
    def put(name="好媳妇", nominee=None, **given):
        asked = {"village": district.tongmu, "year": 2026, "deed": DEED, "by": clerk, "now": NOW} | given
        return honours.nominate(kind=kind(name), nominee=nominee or Nominee(district.homes[0]), **asked)

    return put


@pytest.fixture
def decide(district, reviewer, panel):
    def hold(*passed, declined=None, **given):
        asked = {"by": reviewer, "now": NOW, "sitting": Sitting(panel, NOW, "同意")} | given
        ids = [honour.pk for honour in passed]
        return honours.decide(village=district.tongmu, passed=ids, declined=declined or {}, **asked)

    return hold


@pytest.fixture
def published(nominate, decide, district, clerk):
    """好媳妇 冉小妹 and 文明家庭 覃世明, on notice."""
    member = district.homes[0].residents.get(is_head=False)
    one, two = nominate(nominee=Nominee(district.homes[0], member)), nominate("文明家庭", Nominee(district.homes[1]))
    decide(one, two)
    return awards.publish(village=district.tongmu, by=clerk, now=NOW)


def award(notice, **given):
    with calendar.at(notice.due_at):
        return awards.award(notice=notice, now=calendar.now(), **given)


def test_from_nomination_to_award_and_points_in_the_ledger(published, district, clerk, reviewer, panel, rule_set):
    assert (published.code, published.ends_on) == ("RY-500114112202-2026-01", dt.date(2026, 11, 27))
    assert [one.shown for one in published.honours.order_by("pk")] == ["冉*妹", "覃*明"]
    awarded = award(published)
    assert {one.state for one in awarded} == {"awarded"}

    with calendar.at(published.due_at):
        [made] = awards.to_points(village=district.tongmu, by=clerk, now=calendar.now())
        assert (made.rows, made.batch.source, made.batch.state) == (2, "honour", "draft")
        assert [claim.note for claim in made.batch.claims.order_by("line")] == ["2026年好媳妇", "2026年文明家庭"]
        assert not Entry.objects.exists()
        with pytest.raises(CannotHonour, match="没有可以加分"):
            awards.to_points(village=district.tongmu, by=clerk, now=calendar.now())
        approve(batches.submit(batch=made.batch, maker=clerk, now=calendar.now()), reviewer, panel)
        notice = notices.publish(
            village=district.tongmu, period=periods.of(calendar.today()), publisher=clerk, now=calendar.now()
        )
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())
    assert sorted(Entry.objects.values_list("household__head_name", "points", "rule__code")) == [
        ("冉光明", 5, "D08"),
        ("覃世明", 5, "D08"),
    ]


def test_a_batch_that_was_emptied_may_be_made_again(published, district, clerk, rule_set):
    award(published)
    with calendar.at(published.due_at):
        [made] = awards.to_points(village=district.tongmu, by=clerk, now=calendar.now())
        for claim in made.batch.claims.all():
            batches.remove_claim(batch=made.batch, editor=clerk, claim=claim, now=calendar.now())
        [again] = awards.to_points(village=district.tongmu, by=clerk, now=calendar.now())

    assert again.batch != made.batch
    assert again.rows == 2


def test_kinds_are_seeded_and_kept_by_the_district(district_officer, leader, nominate):
    assert {"文明家庭", "好儿女", "好公婆", "最美村官", "乡贤", "道德模范"} <= set(
        HonourKind.objects.values_list("name", flat=True)
    )
    said = {"holder": "household", "rule_code": "", "is_open": True, "now": NOW}
    made = honours.keep_kind(name="产业带头户", by=district_officer, **said)
    assert nominate("产业带头户").kind == made
    with pytest.raises(CannotHonour, match="授予对象不能再改"):
        honours.keep_kind(name="产业带头户", by=district_officer, kind=made, **said | {"holder": "village"})
    with pytest.raises(CannotHonour, match="已经有"):
        honours.keep_kind(name="好媳妇", by=district_officer, **said)
    with pytest.raises(CannotHonour, match="可以加分"):
        honours.keep_kind(name="名师", by=district_officer, **said | {"holder": "person", "rule_code": "D08"})
    with pytest.raises(CannotHonour, match="区级"):
        honours.keep_kind(name="别的", by=leader, **said)
    honours.keep_kind(name="产业带头户", by=district_officer, kind=made, **said | {"is_open": False})
    with pytest.raises(CannotHonour, match="现在不提名"):
        nominate("产业带头户", year=2025)


@pytest.mark.parametrize(
    ("name", "nominee", "given", "says"),
    [
        ("好媳妇", lambda d: Nominee(), {}, "选一户"),
        ("好媳妇", lambda d: Nominee(d.next_door[0]), {}, "不在桐木村的名册上"),
        ("好媳妇", lambda d: Nominee(d.homes[0], d.homes[1].residents.first()), {}, "成员不在这一户"),
        ("文明家庭", lambda d: Nominee(d.homes[0], d.homes[0].residents.first()), {}, "成员不在这一户"),
        ("乡贤", lambda d: Nominee(d.homes[0]), {}, "不授予农户"),
        ("乡贤", lambda d: Nominee(), {}, "写明姓名"),
        ("好媳妇", lambda d: Nominee(d.homes[0]), {"deed": " "}, "写明事迹"),
        ("好媳妇", lambda d: Nominee(d.homes[0]), {"deed": "电话 13812345678"}, "手机号"),
        ("好媳妇", lambda d: Nominee(d.homes[0]), {"deed": "照看覃世明"}, "不写全名：覃世明"),
        ("乡贤", lambda d: Nominee(name="石老师"), {"deed": "石老师修路"}, "不写全名：石老师"),
        ("好媳妇", lambda d: Nominee(d.homes[0]), {"year": 2024}, "今年或去年"),
    ],
)
def test_what_cannot_be_nominated(nominate, district, name, nominee, given, says):
    with pytest.raises(CannotHonour, match=says):
        nominate(name, nominee(district), **given)
    assert not Honour.objects.exists()


def test_once_a_year(nominate):
    nominate()

    with pytest.raises(CannotHonour, match="已经提名"):
        nominate()
    assert nominate(year=2025)
    assert nominate("好儿女")


def test_a_named_person_and_a_village_are_honoured(nominate, decide, clerk, district):
    one, two = nominate("最美乡村教师", Nominee(name="石远方")), nominate("民主法治示范村", Nominee())
    decide(one, two)
    notice = awards.publish(village=district.tongmu, by=clerk, now=NOW)

    assert [(one.whose, one.shown) for one in award(notice)] == [("石远方", "石*方"), ("桐木村", "桐木村")]
    assert awards.without_points(district.tongmu) == []


def test_a_suspended_household_is_neither_nominated_nor_awarded(nominate, published, district, leader):
    veto = suspensions.Veto("V03", "虚报", "镇核查结论 7 号")
    for home in (district.homes[1], district.homes[2]):
        suspensions.suspend(household=home, veto=veto, ends_on=dt.date(2027, 3, 1), by=leader, now=NOW)

    with pytest.raises(CannotHonour, match="现在不能提名，请问评议小组"):
        nominate("文明家庭", Nominee(district.homes[2]))
    assert [one.name for one in award(published)] == ["冉小妹"]
    left = Honour.objects.get(household=district.homes[1])
    assert (left.state, left.ended_reason) == ("declined", "公示期内不再符合条件")


def test_the_panel_decides_with_quorum_and_never_ones_own(nominate, decide, reviewer, panel, district, leader, clerk):
    first = nominate()
    with pytest.raises(CannotHonour, match="参评 2 人，至少 3 人"):
        decide(first, sitting=Sitting(panel[:2], NOW))
    with pytest.raises(CannotHonour, match="晚于现在"):
        decide(first, sitting=Sitting(panel, NOW + dt.timedelta(hours=1)))
    with pytest.raises(CannotHonour, match="评议的任职"):
        decide(first, by=leader)
    with pytest.raises(CannotHonour, match="写明原因"):
        decide(declined={first.pk: ""})
    with pytest.raises(CannotHonour, match="亲属家"):
        decide(nominate("文明家庭", Nominee(district.homes[-1])))
    decide(declined={first.pk: "材料不实"})
    first.refresh_from_db()
    assert (first.state, first.ended_reason) == ("declined", "材料不实")
    with pytest.raises(CannotHonour, match="已经评议过"):
        decide(first)
    assert nominate()


def test_whoever_nominates_does_not_decide(nominate, decide, district, panel):
    from conftest import SINCE, make_person

    both = make_person(
        "both", "两任", {"role": "clerk", "village": district.tongmu}, {"role": "reviewer", "village": district.tongmu}
    )
    assert SINCE < TODAY
    with pytest.raises(CannotHonour, match="自己提名的"):
        decide(nominate(by=both), by=both)


def test_withdrawn_declined_on_notice_and_revoked(nominate, published, district, clerk, leader):
    taken = honours.withdraw(honour=nominate("好公婆"), by=clerk, now=NOW)
    one, two = published.honours.order_by("pk")
    awards.decline(honour=one, reason="邻居反映，核实属实", by=leader, now=NOW)
    with pytest.raises(CannotHonour, match="公示中的提名不能撤回"):
        honours.withdraw(honour=two, by=clerk, now=NOW)
    with pytest.raises(CannotHonour, match="还没有授予"):
        awards.revoke(honour=two, reason="x", by=leader, now=NOW)
    assert award(published) == [two]

    gone = awards.revoke(honour=two, reason="弄虚作假", by=leader, now=NOW)

    assert (taken.state, gone.state, gone.awarded_on) == ("withdrawn", "revoked", dt.date(2026, 11, 30))
    assert not Honour.objects.awarded().exists()
    assert not AuditEvent.objects.filter(target__contains="覃世明").exists()


def test_awarded_only_when_the_days_are_over_and_once(published, leader, clerk, reviewer):
    with pytest.raises(CannotHonour, match="公示到 2026-11-27，期满后授予"):
        awards.award(notice=published, now=NOW, by=leader)
    with pytest.raises(CannotHonour, match="任职"):
        award(published, by=reviewer)

    assert len(award(published, by=clerk)) == 2
    assert award(published) == []


def test_the_job_awards_due_notices(published):
    queue_due_honours()
    assert not Honour.objects.awarded().exists()
    with calendar.at(published.due_at):
        queue_due_honours()
        queue_due_honours()
        for job in jobs.Job.objects.filter(kind="award-honours"):
            jobs.run(job.uuid)

    assert Honour.objects.awarded().count() == 2


def test_nothing_is_published_twice_and_days_are_a_setting(published, district, clerk, leader, nominate, decide):
    with pytest.raises(CannotHonour, match="没有待公示"):
        awards.publish(village=district.tongmu, by=clerk, now=NOW)
    options.put(name="honour_notice_days", value=7)
    decide(nominate("好公婆"))
    with pytest.raises(CannotHonour, match="公示的任职"):
        awards.publish(village=district.tongmu, by=leader, now=NOW)
    assert awards.publish(village=district.tongmu, by=clerk, now=NOW).code.endswith("-02")


def test_who_sees_honours(nominate, cast):
    nominate()

    seen = {name for name, person in cast.items() if Honour.objects.visible_to(person).exists()}
    assert seen == {"clerk", "reviewer", "leader", "district", "auditor", "double"}


def copied(honour, **changed):
    plain = {
        field.attname: getattr(honour, field.attname) for field in Honour._meta.concrete_fields if field.name != "id"
    }
    return Honour.objects.create(**plain | changed)


def test_the_tables_refuse_what_the_functions_would(nominate, published, district, reviewer, leader, clerk):
    draft = nominate("好公婆")
    for change in (
        "UPDATE points_honour SET year = 2025",
        "UPDATE points_honour SET deed = '别的'",
        "UPDATE points_honour SET state = 'awarded', awarded_on = '2026-11-24' WHERE state = 'published'",
        f"UPDATE points_honour SET state = 'passed' WHERE id = {draft.pk}",
        f"UPDATE points_honour SET state = 'published' WHERE id = {draft.pk}",
        "UPDATE points_honour SET shown = name WHERE state = 'published'",
        "DELETE FROM points_honour",
        "UPDATE points_honournotice SET ends_on = starts_on",
        "UPDATE points_honournotice SET closed_at = published_at",
        "DELETE FROM points_honournotice",
        "UPDATE points_honoursitting SET opinion = '别的'",
    ):
        with pytest.raises(DatabaseError):
            run(change)
    strange = district.homes[1].residents.first()
    for wrong in (
        {},
        {"kind_id": kind("好儿女").pk, "state": "passed"},
        {"kind_id": kind("好儿女").pk, "household_id": district.far[0].pk},
        {"kind_id": kind("好儿女").pk, "resident_id": strange.pk},
        {"kind_id": kind("好儿女").pk, "holder": "village"},
        {"kind_id": kind("好儿女").pk, "deed": "13812345678"},
        {"kind_id": kind("好儿女").pk, "deed": ""},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            copied(draft, **wrong)
    veto = suspensions.Veto("V03", "虚报", "镇核查结论 7 号")
    suspensions.suspend(household=draft.household, veto=veto, ends_on=dt.date(2027, 3, 1), by=leader, now=NOW)
    with pytest.raises(IntegrityError, match="suspended"), transaction.atomic():
        copied(draft, kind_id=kind("好儿女").pk)
    own, kins = nominate("最美庭院", Nominee(district.homes[4])), nominate("最美庭院", Nominee(district.homes[-1]))
    said = {"village": district.tongmu, "decided_at": NOW, "held_at": NOW, "opinion": ""}
    for decider, other in ((clerk, own), (reviewer, kins)):
        with transaction.atomic():
            held = HonourSitting.objects.create(decided_by=decider, **said)
            with pytest.raises(IntegrityError, match="decided_by_others"), transaction.atomic():
                Honour.objects.filter(pk=other.pk).update(state="passed", sitting=held)
            with pytest.raises(IntegrityError, match="quorum"):
                run("SELECT 1")
            transaction.set_rollback(True)


def test_without_its_guard_the_table_would_award_too_early(published):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_honour DISABLE TRIGGER points_honour_goes_its_way")
        done = Honour.objects.filter(state="published").update(state="awarded", awarded_on=TODAY)
        assert done == 2
        transaction.set_rollback(True)
