import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conftest import NOW, District
from points.models import Notice
from qianjiang_portal.foundation import periods
from reports import assessment, assessment_pages
from reports.models import Assessed, Assessment, AssessmentScore
from villages.models import User

HALF, YEAR = periods.parse("2026H1"), periods.parse("2026Y")
BY_HAND = assessment.Item("工作调度", Decimal(60))
COUNTED = assessment.Item("积分", Decimal(40), "net_points", Decimal(30))
SignIn = Callable[[User], Client]


@pytest.fixture
def scheme(posted: Notice, district_officer: User) -> Assessment:
    """Of the year in which 桐木村 of 濯水镇 posted 15 points, and 石会镇 none."""
    return assessment.open_scheme(period=YEAR, kind="township", items=[BY_HAND, COUNTED], by=district_officer, now=NOW)


@pytest.fixture
def scored(scheme: Assessment, district_officer: User) -> Assessment:
    assessment.count(assessment=scheme, by=district_officer, now=NOW)
    by_hand = scheme.items.get(metric="")
    for place, points in zip(scheme.places.order_by("township__code"), (50, 40), strict=True):
        assessment.score(
            place=place, item=by_hand, points=Decimal(points), note="每月调度记录", by=district_officer, now=NOW
        )
    return scheme


@pytest.fixture
def final(scored: Assessment, district_officer: User) -> Assessment:
    assessment.show(assessment=scored, by=district_officer, now=NOW)
    return assessment.finish(assessment=scored, by=district_officer, now=NOW)


def place_of(scheme: Assessment, district: District) -> Assessed:
    return scheme.places.get(township=district.zhuoshui)


def test_figures_score_by_their_share_of_the_target(scored: Assessment, district_officer: User) -> None:
    lines = assessment_pages.page(district_officer, scored).lines
    assert [(line.place.sender.name, line.points, line.total, line.rank) for line in lines] == [
        ("石会镇", (Decimal(50), Decimal(0)), Decimal(50), 2),
        ("濯水镇", (Decimal(40), Decimal(20)), Decimal(60), 1),
    ]


def test_more_than_the_target_is_full_weight_and_no_more(scheme: Assessment) -> None:
    item = scheme.items.get(metric="net_points")
    assert [assessment.earned(item, Decimal(value)) for value in (-5, 0, 15, 30, 90)] == [0, 0, 20, 40, 40]


def test_nobody_is_ranked_before_all_of_the_group_is_scored(
    scheme: Assessment, district_officer: User, signed_in: SignIn
) -> None:
    office, path = signed_in(district_officer), f"/reports/assessments/{scheme.pk}/"
    answer = office.post(f"{path}count/", follow=True).content.decode()
    assert "按系统数字评了 2 处，没有数字的手工评分" in answer
    lines = assessment_pages.page(district_officer, scheme).lines
    assert [(line.points[1], line.rank) for line in lines] == [(Decimal(0), None), (Decimal(20), None)]


def test_additions_and_deductions_count(scored: Assessment, district: District, district_officer: User) -> None:
    place = place_of(scored, district)
    assessment.adjust(place=place, points=Decimal("-12.5"), note="总结逾期", by=district_officer, now=NOW)
    line = assessment_pages.page(district_officer, scored).lines[1]
    assert (line.adjusted, line.total, line.rank) == (Decimal("-12.5"), Decimal("47.5"), 2)


def test_weights_add_up_to_a_hundred(district_officer: User) -> None:
    with pytest.raises(assessment.CannotAssess, match="合计要等于 100，现在是 60"):
        assessment.open_scheme(period=HALF, kind="township", items=[BY_HAND], by=district_officer, now=NOW)


def test_one_a_period(scheme: Assessment, district_officer: User) -> None:
    with pytest.raises(assessment.CannotAssess, match="已经有了"):
        assessment.open_scheme(period=YEAR, kind="township", items=[BY_HAND, COUNTED], by=district_officer, now=NOW)


def test_one_a_period_when_two_open_it_at_once(scheme: Assessment, district_officer: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # as both see it before either has written
    with pytest.raises(assessment.CannotAssess, match="已经有了"):
        assessment.open_scheme(period=YEAR, kind="township", items=[BY_HAND, COUNTED], by=district_officer, now=NOW)
    with pytest.raises(IntegrityError, match="held_once_a_period"), transaction.atomic():
        Assessment.objects.create(period=YEAR.slug, kind="township", made_by=district_officer, made_at=NOW)


@pytest.mark.parametrize("person", ["leader", "clerk", "auditor", "liaison", "admin"])
def test_only_the_district_assesses(person: str, scheme: Assessment, cast: dict[str, User]) -> None:
    with pytest.raises(assessment.CannotAssess, match="区级"):
        assessment.count(assessment=scheme, by=cast[person], now=NOW)


def test_by_hand_only_with_evidence_and_within_the_weight(
    scheme: Assessment, district: District, district_officer: User
) -> None:
    said = {
        "place": place_of(scheme, district),
        "item": scheme.items.get(metric=""),
        "by": district_officer,
        "now": NOW,
    }
    with pytest.raises(assessment.CannotAssess, match="写明依据"):
        assessment.score(points=Decimal(5), note=" ", **said)
    with pytest.raises(assessment.CannotAssess, match="在 0 到 60"):
        assessment.score(points=Decimal(61), note="多", **said)
    with pytest.raises(IntegrityError, match="has_its_evidence"), transaction.atomic():
        AssessmentScore.objects.create(
            place=said["place"], item=said["item"], points=5, scored_by=district_officer, scored_at=NOW
        )


def test_nothing_is_shown_with_gaps(scheme: Assessment, district_officer: User) -> None:
    with pytest.raises(assessment.CannotAssess, match="还有 4 处没有评分"):
        assessment.show(assessment=scheme, by=district_officer, now=NOW)


def test_a_figure_that_is_gone_is_left_out(scheme: Assessment, district_officer: User) -> None:
    scheme.items.filter(metric="net_points").update(metric="nobody_counts_this")
    assert assessment.count(assessment=scheme, by=district_officer, now=NOW) == 0
    assert not AssessmentScore.objects.exists()


def test_a_place_sees_its_own_row_once_it_is_shown(
    scored: Assessment, leader: User, stranger: User, district_officer: User
) -> None:
    assert not Assessment.objects.visible_to(leader).exists()
    assessment.show(assessment=scored, by=district_officer, now=NOW)
    page = assessment_pages.page(leader, scored)
    assert [(line.place.sender.name, line.rank) for line in page.lines] == [("濯水镇", None)]
    assert [line.place.sender.name for line in assessment_pages.page(stranger, scored).lines] == ["石会镇"]


def test_ranks_as_the_district_publishes_them(final: Assessment, leader: User, district_officer: User) -> None:
    assert assessment_pages.page(leader, final).lines[0].rank is None
    published = assessment.publish_ranks(assessment=final, by=district_officer, now=NOW)
    assert assessment_pages.page(leader, published).lines[0].rank == 1


def test_ranks_are_not_published_before_it_is_final(scored: Assessment, district_officer: User) -> None:
    with pytest.raises(assessment.CannotAssess, match="定稿以后"):
        assessment.publish_ranks(assessment=scored, by=district_officer, now=NOW)
    with pytest.raises(IntegrityError, match="published_when_final"), transaction.atomic():
        Assessment.objects.update(order_published_at=NOW)


def test_the_leader_answers_while_it_is_shown(
    scored: Assessment, district: District, leader: User, stranger: User, district_officer: User
) -> None:
    place = place_of(scored, district)
    with pytest.raises(assessment.CannotAssess, match="不在征求意见"):
        assessment.answer(place=place, text="调度不止这些", by=leader, now=NOW)
    assessment.show(assessment=scored, by=district_officer, now=NOW)
    with pytest.raises(assessment.CannotAssess, match="只能反馈本单位"):
        assessment.answer(place=place, text="调度不止这些", by=stranger, now=NOW)
    assert assessment.answer(place=place, text="调度不止这些", by=leader, now=NOW).answered_by == leader


def test_a_draft_may_still_change(scored: Assessment) -> None:
    assert AssessmentScore.objects.update(points=1) == 4


@pytest.mark.parametrize("table", ["score", "item", "place", "assessment"])
def test_a_final_one_never_changes(table: str, final: Assessment) -> None:
    changes = {
        "score": lambda: AssessmentScore.objects.update(points=1),
        "item": lambda: final.items.update(weight=1),
        "place": lambda: final.places.update(group="甲"),
        "assessment": lambda: Assessment.objects.update(state="shown"),
    }
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        changes[table]()


def test_a_final_one_is_refused_in_words(final: Assessment, district: District, district_officer: User) -> None:
    with pytest.raises(assessment.CannotAssess, match="已定稿"):
        assessment.adjust(place=place_of(final, district), points=Decimal(1), note="补", by=district_officer, now=NOW)


def test_the_whole_way_in_the_browser(
    posted: Notice, district: District, district_officer: User, leader: User, signed_in: SignIn
) -> None:
    office = signed_in(district_officer)
    scheme = {"year": 2026, "half": "Y", "kind": "township", "lines": "工作调度，60\n积分，40，净积分，30"}
    bad = office.post("/reports/assessments/open/", scheme | {"lines": "积分，40，没有的指标，30"})
    assert (bad.status_code, "没有叫“没有的指标”的系统指标" in bad.content.decode()) == (422, True)
    path = office.post("/reports/assessments/open/", scheme)["Location"]
    made = Assessment.objects.get()
    office.post(f"{path}count/")
    for place in made.places.all():
        said = {"item": made.items.get(metric="").pk, "points": "45", "note": "每月调度记录"}
        assert office.post(f"{path}{place.pk}/score/", said).status_code == 302
    office.post(f"{path}show/")
    own = place_of(made, district)
    assert signed_in(leader).post(f"{path}{own.pk}/answer/", {"text": "无意见"}).status_code == 302
    office = signed_in(district_officer)
    office.post(f"{path}finish/")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(office.get(f"{path}export.xlsx").streaming_content)))["得分"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        ["镇", "石会镇", 45, 0, 0, 45, 2, ""],
        ["镇", "濯水镇", 45, 20, 0, 65, 1, "无意见"],
    ]


def test_what_is_typed_wrong_is_told_in_words(
    scheme: Assessment, district: District, district_officer: User, signed_in: SignIn
) -> None:
    office = signed_in(district_officer)
    told = office.post("/reports/assessments/open/", {"year": "1999", "half": "Q1", "kind": "township"})
    place = place_of(scheme, district)
    score = f"/reports/assessments/{scheme.pk}/{place.pk}/score/"

    assert told.status_code == 422
    shown = told.content.decode()
    assert [f"<p>{said}</p>" in shown for said in ("年度填 2020 到 2100", "时期从列表里选", "考核内容没有填写")] == [
        True
    ] * 3
    assert "得分填数，最多 2 位小数" in office.post(score, {"points": "多", "note": "每月调度记录"}).content.decode()


def test_the_table_asks_no_more_for_two_than_for_one(
    scored: Assessment, district: District, district_officer: User
) -> None:
    assessment_pages.page(district_officer, scored)
    counts = []
    for places in (2, 1):
        with CaptureQueriesContext(connection) as asked:
            assert len(assessment_pages.page(district_officer, scored).lines) == places
        counts.append(len(asked))
        AssessmentScore.objects.exclude(place__township=district.zhuoshui).delete()
        scored.places.exclude(township=district.zhuoshui).delete()
    assert counts == [4, 4]
