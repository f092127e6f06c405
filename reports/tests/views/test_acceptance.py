"""验收材料: what the paper says, as DOCX and PDF, and who takes it away."""

import io

import docx
import pypdf
import pytest
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from demos import candidates, criteria, evidence, programmes
from demos.criteria import Item
from qianjiang_portal.testing_kept import kept


@pytest.fixture
@kept
def candidate(district, district_officer, clerk, leader):
    officer = district_officer
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)
    items = [Item("党组织领导有力", "班子分工上墙", 60, True), Item("自治", "村规民约备案", 40), criteria.VETOES[0]]
    standard = criteria.publish(programme=goal, items=items, by=officer, now=NOW)
    made = candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)
    first, second, veto = standard.criteria.order_by("position")
    evidence.score(candidate=made, column="self", points={first.pk: 55, second.pk: 38}, by=clerk, now=NOW)
    said = {"candidate": made, "now": NOW}
    evidence.add(**said, criterion=first, caption="分工公示照片", of=TODAY, kept_at="村务公开栏", by=clerk)
    evidence.find(**said, criterion=veto, on=TODAY, text="围挡倒塌", by=leader)
    evidence.inspect(**said, on=TODAY, inspectors="镇检查组", text="公示栏齐全", by=leader)
    return made


def page(candidate, kind):
    return reverse("reports:acceptance", args=[candidate.pk, kind])


def test_the_paper_holds_the_way_the_scores_and_the_evidence(candidate, clerk, signed_in):
    response = signed_in(clerk).get(page(candidate, "docx"))
    paper = docx.Document(io.BytesIO(b"".join(response.streaming_content)))

    lines = [line.text for line in paper.paragraphs if line.text]
    assert "濯水镇桐木村创建区级示范村，2026年1月1日进入培育。责任人冉主任。" in lines
    assert "评分：自评 93。" in lines
    assert "2026年11月23日，镇检查组：公示栏齐全。" in lines
    assert any("围挡倒塌；没有销号" in line for line in lines)
    way, scores, proofs = ([[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables)
    assert way[1] == ["2026-01-01", "选点", "—", "冉晓莉"]
    assert scores[1] == ["1", "班子分工上墙", "60", "55", "—", "—"]
    assert scores[-1][1:] == ["合计", "100", "93", "—", "—"]
    assert proofs[1] == ["1", "分工公示照片", "2026-11-23", "村务公开栏"]


def test_the_same_as_pdf(candidate, liaison, signed_in):
    response = signed_in(liaison).get(page(candidate, "pdf"))
    read = pypdf.PdfReader(io.BytesIO(b"".join(response.streaming_content)))

    assert "验收材料" in "".join(sheet.extract_text() for sheet in read.pages)
    assert response["Content-Disposition"].startswith("attachment")


def test_a_stranger_takes_nothing_away(candidate, stranger, signed_in):
    assert signed_in(stranger).get(page(candidate, "docx")).status_code == 404
