"""Evidence on the pages: added and taken back beside the batch, asked for before it is sent, seen beside the row."""

import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import NOW, TODAY
from points import batches, evidence, review
from points.models import Evidence
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation.tests import paper_files as papers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


@pytest.fixture
def award(rule_set):
    return rule_set.rules.get(code="D07")


@pytest.fixture
def draft(make_batch, award):
    return make_batch(rule=award)


def at(name, batch, **more):
    return reverse(f"points:{name}", kwargs={"number": batch.number, **more})


def photo(name="证书.jpg", content=None):
    return SimpleUploadedFile(name, papers.photo() if content is None else content)


def keep(batch, clerk, **more):
    return evidence.add(batch=batch, file=ContentFile(papers.photo(), "证书.jpg"), by=clerk, now=NOW, **more)


def text(response):
    body = re.sub(r"<(script|style|template).*?</\1>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


# --- the batch's page -------------------------------------------------------


def test_a_photograph_is_sent_for_a_row_and_another_for_all(draft, clerk, signed_in):
    client, row = signed_in(clerk), draft.claims.get(line=2)
    page = text(client.get(at("batch", draft)))
    assert "证明 0 份" in page
    assert "3 行必传，还没有传" in page

    said = client.post(at("evidence-add", draft), {"file": photo(), "row": row.pk, "caption": "表彰证书"}, follow=True)
    assert "已传上 证书.jpg" in text(said)
    assert "表彰证书 第 2 行 覃世明 冉晓莉 11-23 10:00 撤下" in text(said)
    assert "2 行必传，还没有传" in text(said)

    said = client.post(at("evidence-add", draft), {"file": photo("决定.pdf", papers.pdf())}, follow=True)
    assert "证明 2 份" in text(said)
    assert "还没有传" not in text(said)
    assert text(said).count("1 份 草稿") == 2
    assert "2 份 草稿" in text(said)


def test_what_is_wrong_with_a_file_is_said_at_its_field(draft, clerk, signed_in):
    client, url = signed_in(clerk), at("evidence-add", draft)
    nothing = client.post(url, {"caption": "表彰证书"})
    wrong = client.post(url, {"file": photo("a.jpg", b"MZ"), "caption": "表彰证书"})
    number = client.post(url, {"file": photo(), "caption": "电话 13912345678"})
    assert [one.status_code for one in (nothing, wrong, number)] == [422, 422, 422]
    assert "照片或文件没有选" in text(nothing)
    assert "只收照片(JPG、PNG、WebP)和 PDF 文件" in text(wrong)
    assert 'value="表彰证书"' in wrong.content.decode()
    assert "说明里像是有手机号" in text(number)
    assert not Evidence.objects.exists()


def test_evidence_is_taken_back_while_the_batch_is_a_draft(draft, clerk, signed_in):
    proof = keep(draft, clerk)
    client = signed_in(clerk)
    said = client.post(at("evidence-withdraw", draft, pk=proof.pk), follow=True)
    assert "已撤下 证书.jpg" in text(said)
    assert "冉晓莉撤下证明 证书.jpg" in text(said)
    assert "证明 0 份" in text(said)


def test_once_sent_it_is_seen_and_not_changed(draft, clerk, signed_in):
    proof = keep(draft, clerk)
    batches.submit(batch=draft, maker=clerk, now=NOW)
    client = signed_in(clerk)
    page = text(client.get(at("batch", draft)))
    assert "证明 1 份" in page
    assert "撤下" not in page
    assert "传照片或文件" not in page
    refused = client.post(at("evidence-withdraw", draft, pk=proof.pk))
    assert refused.status_code == 422
    assert "这一批已提交" in text(refused)


def test_of_another_s_batch_nothing_is_added(draft, stranger, signed_in):
    url = at("evidence-add", draft)
    assert signed_in(stranger).post(url, {"file": photo()}).status_code == 404


# --- before it is sent ------------------------------------------------------


def test_the_check_names_the_rows_without_evidence_and_sending_is_refused(draft, clerk, signed_in):
    keep(draft, clerk, claim=draft.claims.get(line=1))
    client = signed_in(clerk)
    check = text(client.get(at("batch-submit", draft)))
    assert "第 2 行 覃世明：获乡镇(街道)级表彰必传证明（证书），拍照或选文件传上再提交" in check
    assert "1 份 ，2 行必传，还没有传" in check
    refused = client.post(at("batch-submit", draft))
    assert refused.status_code == 422
    assert "还有 2 行要改，改好后再提交" in text(refused)
    keep(draft, clerk)
    assert client.post(at("batch-submit", draft)).status_code == 302


# --- in review --------------------------------------------------------------


def test_the_panel_sees_how_much_there_is_and_looks_at_it_in_the_drawer(draft, clerk, reviewer, panel, signed_in):
    first, second, _third = draft.claims.order_by("line")
    own = keep(draft, clerk, claim=first, caption="表彰证书")
    whole = keep(draft, clerk)
    batches.submit(batch=draft, maker=clerk, now=NOW)
    client = signed_in(reviewer)
    page = text(client.get(at("review", draft)))
    assert page.count("证明 1 份") == 2
    assert page.count("证明 2 份") == 1
    drawer = client.get(at("review-row", draft, claim=first.pk), headers={"HX-Request": "true"})
    assert "证明 2 份" in text(drawer)
    assert f'src="{at("evidence-file", draft, pk=own.pk)}" alt="照片：表彰证书"' in drawer.content.decode()
    other = client.get(at("review-row", draft, claim=second.pk))
    assert "证明 1 份" in text(other)
    assert at("evidence-file", draft, pk=whole.pk) in other.content.decode()


def test_a_row_without_evidence_says_what_the_rules_name(make_batch, clerk, reviewer, panel, signed_in):
    batch = batches.submit(batch=make_batch(), maker=clerk, now=NOW)
    shown = signed_in(reviewer).get(at("review-row", batch, claim=batch.claims.first().pk))
    assert "没有传（细则要求的是组长确认）" in text(shown)


def test_a_photograph_used_in_another_batch_is_pointed_out(make_batch, district, clerk, reviewer, panel):
    first, second, third = (make_batch([home]) for home in district.homes[:3])
    for batch in (first, second):
        keep(batch, clerk)
    evidence.add(batch=third, file=ContentFile(papers.photo(colour="red"), "别的.jpg"), by=clerk, now=NOW)
    for batch in (first, second, third):
        batches.submit(batch=batch, maker=clerk, now=NOW)
    hints = [review.hints(batch)[batch.claims.get().pk] for batch in (first, second)]
    assert hints == [["证明在另一批也用过"]] * 2
    assert review.hints(third) == {}


# --- cost -------------------------------------------------------------------


def test_the_page_asks_the_same_for_one_file_and_for_three(draft, clerk, signed_in):
    client = signed_in(clerk)
    keep(draft, clerk, claim=draft.claims.get(line=1))
    own_queries(client, at("batch", draft))
    one = own_queries(client, at("batch", draft))
    for claim in draft.claims.filter(line__gt=1):
        keep(draft, clerk, claim=claim)
    assert own_queries(client, at("batch", draft)) == one


# --- from the grid ----------------------------------------------------------


def test_a_file_arrives_for_a_row_of_the_grid(draft, clerk, reviewer, signed_in):
    row, url = draft.claims.get(line=2), reverse("points:row-evidence")
    fields = {"batch": draft.idempotency_key, "key": row.client_key}
    client = signed_in(clerk)
    keep(draft, clerk)
    saved = client.post(url, fields | {"file": photo()})
    assert (saved.status_code, saved.json()) == (200, {"count": 2})
    assert row.evidence.get().file.name == "证书.jpg"
    config = client.get(f"{reverse('points:entry')}?batch={draft.number}").context["config"]
    assert [one["proofs"] for one in config["rows"]] == [1, 2, 1]
    assert config["rule"]["evidence"] == "required"

    nothing, wrong = client.post(url, fields), client.post(url, fields | {"file": photo("a.jpg", b"GIF89a")})
    strange = client.post(url, fields | {"key": "c0ffee00-0000-4000-8000-000000000000", "file": photo()})
    others = signed_in(reviewer).post(url, fields | {"file": photo()})
    assert [one.status_code for one in (nothing, wrong, strange, others)] == [422] * 4
    assert nothing.content.decode() == "照片或文件没有选"
    assert wrong.content.decode() == "只收照片(JPG、PNG、WebP)和 PDF 文件"
    assert strange.content.decode() == others.content.decode() == "这一行还没保存，保存后再传"


def test_where_one_household_has_many_rules_each_row_knows_its_evidence(draft, rule_set, district, clerk, signed_in):
    client, home = signed_in(clerk), district.homes[0]
    address = f"{reverse('points:entry-household')}?v={draft.village.code}&h={home.pk}&date=2026-11-23"
    config = client.get(address).context["config"]
    asked = {rule["code"]: rule["evidence"] for rule in config["rules"]}
    assert (asked["D07"], asked["Z01"]) == ("required", "optional")
    batch = batches.open_draft(
        maker=clerk, village=draft.village, rule=None, occurred_on=TODAY, key=config["batch"], now=NOW
    )
    for code in ("D07", "Z01"):
        rule = rule_set.rules.get(code=code)
        batches.put_claim(
            batch=batch, editor=clerk, client_key=uuid.uuid4(), household=home, rule=rule, points=rule.default,
            occurred_on=TODAY, now=NOW,
        )  # fmt: skip
    keep(batch, clerk, claim=batch.claims.get(line=1))
    assert [row["proofs"] for row in client.get(address).context["config"]["rows"]] == [1, 0]
