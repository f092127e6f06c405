"""Nobody's number goes up: the form explains, the function refuses, the database cannot keep it. Harm and guard."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches, notices, postings, review, scanning, sheets
from points.checks import CannotSave
from points.models import Claim, Notice
from points.notices import CannotPublish
from points.postings import CannotSettle
from points.review import CannotReview, ReturnNote
from qianjiang_portal.foundation import periods

NOVEMBER = periods.of(TODAY)
PHONE, CARD, IDENTITY = "问 13812345678", "6222 0212 3456 7890", "证号 500114198001011234"


def put(batch, editor, home, rule, note):
    return batches.put_claim(
        batch=batch,
        editor=editor,
        client_key=uuid.uuid4(),
        household=home,
        rule=rule,
        points=5,
        occurred_on=TODAY,
        note=note,
        now=NOW,
    )


@pytest.fixture
def with_remark(approved):
    """A row that holds a telephone number: kept before that was refused, so the triggers look away for once."""
    claim = approved.claims.order_by("line").first()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_claim DISABLE TRIGGER points_claim_holds_no_personal_number")
        Claim.objects.filter(pk=claim.pk).update(note=PHONE)
        cursor.execute("ALTER TABLE points_claim ENABLE TRIGGER points_claim_holds_no_personal_number")
    return claim


@pytest.mark.parametrize(("note", "kind"), [(PHONE, "手机号"), (CARD, "银行卡号"), (IDENTITY, "身份证号")])
def test_a_row_is_not_kept_with_somebody_s_number(make_batch, clerk, district, rule, note, kind):
    batch = make_batch([])
    with pytest.raises(CannotSave, match=f"备注里像是有{kind}，去掉再保存"):
        put(batch, clerk, district.homes[0], rule, note)
    rows = [sheets.Row(uuid.uuid4(), district.homes[0], rule, 5, TODAY, note)]
    outcomes = sheets.put(batch=batch, editor=clerk, rows=rows, now=NOW)
    assert (outcomes[0].claim, outcomes[0].refusal.code) == (None, "N-01")
    put(batch, clerk, district.homes[0], rule, "参加半天，见批次 2611-017")
    assert batch.claims.get().note == "参加半天，见批次 2611-017"


def test_the_database_keeps_no_such_row(submitted):
    for field in ("note", "return_note", "contest_reason"):
        with pytest.raises(IntegrityError, match="points_claim_holds_no_personal_number"), transaction.atomic():
            submitted.claims.update(**{field: PHONE})
    assert submitted.claims.update(note="自带工具") == 3


def test_harm_without_the_guard_the_number_would_go_up(with_remark, district):
    """What stands with the row is what the notice is made from: nothing else would take the number off."""
    row = next(claim for claim in notices.waiting(district.tongmu, NOVEMBER) if claim.pk == with_remark.pk)
    assert row.note == PHONE
    with pytest.raises(IntegrityError, match="points_claim_holds_no_personal_number"), transaction.atomic():
        Claim.objects.filter(pk=row.pk).update(state="published")


def test_the_function_refuses_and_names_the_row(with_remark, district, clerk):
    with pytest.raises(CannotPublish, match=r"批次 2611-001 第 1 行备注里像是有手机号，公示前请去掉"):
        notices.publish(village=district.tongmu, period=NOVEMBER, publisher=clerk, now=NOW)
    assert Notice.objects.count() == 0


def test_the_clerk_takes_the_remark_off_and_publishes(with_remark, district, clerk, signed_in):
    client, maker = signed_in(clerk), reverse("points:notice-new")
    page = client.get(maker).content.decode()
    assert "第 1 行备注里像是有手机号，公示前请去掉" in page
    assert "发布并打印" not in page

    clear = reverse("points:notice-clear", args=[district.tongmu.code])
    page = client.post(clear, {"period": NOVEMBER.slug}, follow=True).content.decode()
    assert "已去掉 1 行的备注，分值没有变" in page
    assert "发布并打印" in page
    with_remark.refresh_from_db()
    assert (with_remark.note, with_remark.points) == ("", 5)


@pytest.mark.parametrize("who", ["reviewer", "leader", "stranger"])
def test_only_whoever_publishes_takes_remarks_off(with_remark, cast, district, who):
    with pytest.raises(CannotPublish, match="没有给这个村做公示的任职"):
        notices.clear_remarks(village=district.tongmu, period=NOVEMBER, by=cast[who], now=NOW)


def test_the_texts_of_the_sheet_are_looked_at_too(approved, rule_set, district, clerk):
    rule_set.title = f"细则 {IDENTITY}"
    rule_set.save()
    grid = district.homes[0].grid
    grid.name = "1组 13812345678"
    grid.save()
    with pytest.raises(CannotPublish, match=r"细则名称里像是有身份证号.*组名“1组 13812345678”里像是有手机号"):
        notices.publish(village=district.tongmu, period=NOVEMBER, publisher=clerk, now=NOW)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("points_notice", "UPDATE points_notice SET rules_title = '细则 500114198001011234'"),
        ("points_noticeline", "UPDATE points_noticeline SET masked_name = '冉*13812345678'"),
        ("points_noticeline", "UPDATE points_noticeline SET grid_name = '6222021234567890'"),
    ],
)
def test_the_database_keeps_no_such_notice(notice, table, change):
    with pytest.raises(IntegrityError, match=f"{table}_holds_no_personal_number"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(change)


def test_the_reason_of_a_reversal_holds_no_number(entry, clerk):
    with pytest.raises(batches.CannotSubmit, match="冲正原因里像是有手机号"):
        batches.correct(entry=entry, maker=clerk, reason=PHONE, now=NOW)


def test_what_a_row_goes_back_for_holds_no_number(submitted, reviewer, panel):
    returned = {submitted.claims.first().pk: ReturnNote(["other"], PHONE)}
    said = {"checker": reviewer, "version": submitted.version, "present": panel, "held_at": NOW, "now": NOW}
    with pytest.raises(CannotReview, match="退回说明里像是有手机号"):
        review.decide(batch=submitted, returned=returned, **said)


def test_what_a_check_found_holds_no_number(make_batch, clerk, reviewer, leader, panel, district):
    batch = approve(batches.submit(batch=make_batch(), maker=clerk, now=NOW), reviewer, panel)
    notice = notices.publish(village=district.tongmu, period=NOVEMBER, publisher=clerk, now=NOW)
    batch.claims.filter(line=1).update(state="contested")
    claim = notice.claims.get(line=1)
    with pytest.raises(CannotSettle, match="核实结果里像是有手机号"):
        postings.settle_contested(claim=claim, by=leader, uphold=False, reason=PHONE, now=NOW)


def test_scanning_says_which_words(with_remark):
    with_remark.refresh_from_db()
    with_remark.contest_reason = CARD
    assert scanning.of_claims([with_remark]) == [
        "批次 2611-001 第 1 行备注里像是有手机号，公示前请去掉",
        "批次 2611-001 第 1 行核实原因里像是有银行卡号，公示前请去掉",
    ]
