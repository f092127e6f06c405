"""Evidence: photographs and papers behind rows, required where the rule says so, kept once a row has been sent."""

import io
import uuid

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from PIL import Image

from conftest import NOW, TODAY, approve
from points import batches, checks, evidence, review
from points.evidence import CannotProve
from points.models import Claim, Evidence
from qianjiang_portal.foundation import options
from qianjiang_portal.foundation.models import AuditEvent, File
from qianjiang_portal.foundation.tests import paper_files as papers
from qianjiang_portal.foundation.uploads import BadUpload


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


@pytest.fixture
def award(rule_set):
    """D07 获乡镇(街道)级表彰, which asks for the certificate."""
    return rule_set.rules.get(code="D07")


@pytest.fixture
def draft(make_batch, award):
    return make_batch(rule=award)


def photo(content=None, name="证书.jpg"):
    return ContentFile(papers.photo() if content is None else content, name)


def add(batch, by, **more):
    return evidence.add(**({"batch": batch, "file": photo(), "by": by, "now": NOW} | more))


def first(batch):
    return batch.claims.order_by("line").first()


def at(proof):
    return reverse("points:evidence-file", args=[proof.batch.number, proof.pk])


# --- a rule that asks for it ------------------------------------------------


def test_without_evidence_a_rule_that_asks_for_it_lets_nothing_through(draft, clerk):
    with pytest.raises(batches.CannotSubmit, match="还有 3 行要改") as refusal:
        batches.submit(batch=draft, maker=clerk, now=NOW)
    assert refusal.value.problems[first(draft).pk] == "获乡镇(街道)级表彰必传证明（证书），拍照或选文件传上再提交"


def test_past_the_function_the_database_refuses(draft):
    with pytest.raises(IntegrityError, match="points_claim_has_its_evidence"), transaction.atomic():
        draft.claims.update(state="submitted")
    row = first(draft)
    fields = {"batch": draft, "household": row.household, "rule": row.rule, "points": row.points, "maker": row.maker}
    with pytest.raises(IntegrityError, match="points_claim_has_its_evidence"), transaction.atomic():
        Claim.objects.create(**fields, line=9, client_key=uuid.uuid4(), occurred_on=TODAY, state="submitted")


def test_where_the_rule_does_not_ask_nothing_is_needed(make_batch, clerk):
    assert batches.submit(batch=make_batch(), maker=clerk, now=NOW).state == "submitted"


def test_one_paper_of_the_batch_is_enough_for_all_its_rows(draft, clerk, reviewer, panel):
    add(draft, clerk, file=photo(papers.pdf(), "表彰决定.pdf"))
    sent = batches.submit(batch=draft, maker=clerk, now=NOW)
    assert approve(sent, reviewer, panel).state == "approved"


def test_a_row_s_own_paper_is_enough_for_that_row_alone(draft, clerk):
    row = first(draft)
    add(draft, clerk, claim=row)
    assert row.pk not in checks.unproved(draft.claims.select_related("rule"))
    with pytest.raises(batches.CannotSubmit, match="还有 2 行要改"):
        batches.submit(batch=draft, maker=clerk, now=NOW)


def test_what_was_taken_back_proves_nothing(draft, clerk):
    proof = add(draft, clerk)
    evidence.withdraw(evidence=proof, by=clerk, now=NOW)
    with pytest.raises(batches.CannotSubmit, match="还有 3 行要改"):
        batches.submit(batch=draft, maker=clerk, now=NOW)


# --- once sent --------------------------------------------------------------


def test_what_a_row_was_sent_with_stays(draft, clerk):
    proof = add(draft, clerk)
    batches.submit(batch=draft, maker=clerk, now=NOW)
    with pytest.raises(CannotProve, match="已提交"):
        evidence.withdraw(evidence=proof, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="stands_once_it_is_sent"), transaction.atomic():
        Evidence.objects.update(withdrawn_at=NOW, withdrawn_by=clerk)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Evidence.objects.all().delete()


def test_nothing_is_slipped_under_a_row_that_was_sent(submitted, clerk):
    with pytest.raises(CannotProve, match="已提交"):
        add(submitted, clerk)
    other = File.objects.create(name="x.jpg", content="x", size=1, sha256="0" * 64, place="500114112202", made_at=NOW)
    said = {"batch": submitted, "file": other, "made_by": clerk, "made_at": NOW}
    for claim in (None, first(submitted)):
        with pytest.raises(IntegrityError, match="stands_once_it_is_sent"), transaction.atomic():
            Evidence.objects.create(**said, claim=claim)


def test_of_a_returned_batch_the_passed_rows_keep_what_they_had(draft, clerk, reviewer, panel):
    whole = add(draft, clerk)
    sent = batches.submit(batch=draft, maker=clerk, now=NOW)
    back, *passed = sent.claims.order_by("line").values_list("pk", flat=True)
    said = {"batch": sent, "checker": reviewer, "version": sent.version, "present": panel, "held_at": NOW, "now": NOW}
    review.decide(**said, approve=passed, returned={back: review.ReturnNote(["evidence"])})
    with pytest.raises(CannotProve, match="有的行已经送审"):
        evidence.withdraw(evidence=whole, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="stands_once_it_is_sent"), transaction.atomic():
        Evidence.objects.update(withdrawn_at=NOW, withdrawn_by=clerk)
    row = Claim.objects.get(pk=back)
    more = add(sent, clerk, claim=row, caption="补的照片")
    assert list(Evidence.objects.standing().of(row).order_by("pk")) == [whole, more]
    with pytest.raises(CannotProve, match="已经送审或移除"):
        add(sent, clerk, claim=Claim.objects.get(pk=passed[0]))


def test_evidence_is_not_rewritten(draft, clerk):
    add(draft, clerk)
    with pytest.raises(IntegrityError, match="is_only_withdrawn"), transaction.atomic():
        Evidence.objects.update(caption="别的")


# --- what is taken ----------------------------------------------------------


def test_a_photograph_loses_its_place_and_its_name(draft, clerk, folder):
    proof = add(draft, clerk, file=photo(papers.photo(turned=True), "../../冉光明的证书.jpeg"))
    assert proof.file.name == "冉光明的证书.jpg"
    assert proof.file.place == draft.village.code
    with proof.file.content.open() as stored:
        kept = stored.read()
    assert papers.PLACE not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert "冉光明" not in proof.file.content.name
    assert (folder / proof.file.content.name).is_file()


@pytest.mark.parametrize("content", [b"MZ program", b"<html><script>1</script>", papers.pdf(script="app.alert(1)")])
def test_what_is_not_a_photograph_or_a_paper_leaves_nothing(draft, clerk, folder, content):
    with pytest.raises(BadUpload):
        add(draft, clerk, file=photo(content))
    assert (Evidence.objects.count(), File.objects.count()) == (0, 0)
    assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_a_file_goes_with_the_row_that_was_not_written(draft, clerk, folder):
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        add(draft, clerk, caption="长" * 41)
    assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_a_batch_takes_so_many_and_no_more(draft, clerk):
    options.put(name="evidence_files_a_batch", value=1)
    add(draft, clerk)
    with pytest.raises(CannotProve, match="一批最多 1 份证明"):
        add(draft, clerk)


def test_a_caption_holds_nobody_s_number(draft, clerk):
    with pytest.raises(CannotProve, match="手机号"):
        add(draft, clerk, caption="联系 13912345678")
    other = File.objects.create(name="x.jpg", content="x", size=1, sha256="0" * 64, place="500114112202", made_at=NOW)
    said = {"batch": draft, "file": other, "made_by": clerk, "made_at": NOW, "caption": "联系 13912345678"}
    with pytest.raises(IntegrityError, match="holds_no_personal_number"), transaction.atomic():
        Evidence.objects.create(**said)


def test_a_rule_without_evidence_takes_none(make_batch, rule_set, clerk):
    with connection.cursor() as past_triggers:
        past_triggers.execute("SET LOCAL session_replication_role = replica")
        rule_set.rules.filter(code="Z01").update(evidence="none")
        past_triggers.execute("SET LOCAL session_replication_role = origin")
    batch = make_batch(rule=rule_set.rules.get(code="Z01"))
    with pytest.raises(CannotProve, match="不用传证明"):
        add(batch, clerk)


def test_adding_is_a_change_of_the_batch_and_for_its_clerks(make_batch, double, clerk):
    batch = make_batch()
    before = batch.version
    add(batch, clerk)
    batch.refresh_from_db()
    assert batch.version == before + 1
    with pytest.raises(CannotProve):
        add(batch, double)


# --- who sees it ------------------------------------------------------------


def test_a_draft_s_evidence_is_its_maker_s(draft, clerk, reviewer, signed_in):
    proof = add(draft, clerk)
    assert signed_in(clerk).get(at(proof)).status_code == 200
    assert signed_in(reviewer).get(at(proof)).status_code == 404


def test_evidence_is_shown_within_the_village_and_every_look_is_noted(draft, clerk, cast, signed_in):
    proof = add(draft, clerk)
    batches.submit(batch=draft, maker=clerk, now=NOW)
    seen = {name for name, person in cast.items() if signed_in(person).get(at(proof)).status_code == 200}
    assert seen == {"clerk", "reviewer", "leader", "district", "auditor", "double"}
    noted = AuditEvent.objects.filter(action="evidence.read", target=draft.number, place=draft.village.code)
    assert set(noted.values_list("actor__username", flat=True)) == seen - {"clerk"}


def test_a_photograph_is_shown_in_the_page_and_does_nothing_else(draft, clerk, signed_in):
    shown = signed_in(clerk).get(at(add(draft, clerk)))
    assert (shown["Content-Type"], shown["Content-Disposition"]) == ("image/jpeg", "inline")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["Cache-Control"] == "private, no-store"


def test_what_was_taken_back_is_not_handed_out(draft, clerk, signed_in):
    proof = add(draft, clerk)
    evidence.withdraw(evidence=proof, by=clerk, now=NOW)
    assert signed_in(clerk).get(at(proof)).status_code == 404
