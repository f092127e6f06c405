"""培训和考核: who was taught, how a year was judged, by whom, and who may know."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html
from openpyxl import load_workbook

from conftest import NOW, SINCE, TODAY
from qianjiang_portal.foundation import metrics, periods
from villages import bodies, cadres
from villages.cadres import CannotAppraise, CannotTrain, Judged, Lesson
from villages.models import Appraisal, Attended, Training

DAY = dt.timedelta(days=1)
PEOPLE, TRAININGS, NEW, EXPORT = (
    reverse(f"villages:{name}") for name in ("record-list", "training-list", "training-new", "record-export")
)


def text(response):
    """What stands on the page, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


@pytest.fixture
def name(district, clerk):
    def named(kind, who, begins_on=SINCE, **place):
        place = place or {"village": district.tongmu}
        return bodies.name_post(kind=kind, name=who, begins_on=begins_on, by=clerk, now=NOW, **place)

    return named


@pytest.fixture
def law(name):
    return name("law", "冉法明")


@pytest.fixture
def first(name, district):
    return name("first", "向书记", township=district.zhuoshui)


@pytest.fixture
def teach(district, clerk):
    def taught(*people, day=TODAY, topic="民法典讲座", by=clerk, village=None, hours="3.5", organiser="区司法局"):
        lesson = Lesson(topic, day, Decimal(hours), organiser)
        given = {"township": district.zhuoshui, "village": village, "people": people}
        return cadres.enter_training(lesson=lesson, by=by, now=NOW, **given)

    return taught


def judge(post, by, grade="good", year=2026, on=TODAY, note=""):
    return cadres.appraise(post=post, judged=Judged(year, grade, on, note), by=by, now=NOW)


def test_a_training_counts_for_whoever_attended(teach, law, first, district):
    teach(law, first)
    teach(law, day=TODAY - DAY, village=district.tongmu, hours="2")
    month = periods.parse("2026-11")
    assert [one.post for one in Attended.objects.order_by("pk")] == [law, first, law]
    assert metrics.value("cadres_trained", district.zhuoshui, month) == 100
    assert metrics.value("cadres_trained", district.tongmu, periods.parse("2026-10")) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": TODAY + DAY}, "培训日期还没有到"),
        ({"topic": "  "}, "主题和主办都要填写"),
        ({"organiser": ""}, "主题和主办都要填写"),
        ({"hours": "0"}, "学时在 0.5 和 200 之间"),
        ({"hours": "201"}, "学时在 0.5 和 200 之间"),
        ({"day": SINCE - DAY}, "冉法明在 2025-12-31 不在任期内"),
    ],
)
def test_a_training_that_cannot_be(wrong, said, teach, law):
    with pytest.raises(CannotTrain, match=said):
        teach(law, **wrong)
    assert not Training.objects.exists()


def test_only_the_places_own_people(teach, law, first, district, name, stranger, reviewer):
    far = bodies.name_post(kind="law", name="石法", village=district.zhongyuan, begins_on=SINCE, by=stranger, now=NOW)
    for people, village, said in (
        ([far], None, "石法不是濯水镇的人员"),
        ([first], district.tongmu, "向书记不是桐木村的人员"),
        ([], None, "至少选一个参加的人"),
    ):
        with pytest.raises(CannotTrain, match=said):
            teach(*people, village=village)
    for person in (stranger, reviewer):
        with pytest.raises(CannotTrain, match="濯水镇不归本岗位登记"):
            teach(law, by=person)
    with pytest.raises(CannotTrain, match="中元村不在濯水镇"):
        cadres.enter_training(
            township=district.zhuoshui, village=district.zhongyuan, people=[far], by=stranger, now=NOW,
            lesson=Lesson("讲座", TODAY, Decimal(1), "镇"),
        )  # fmt: skip


def test_the_database_keeps_a_training(teach, law, name, district, clerk):
    made = teach(law)
    later = name("mediator", "新来的", begins_on=TODAY + DAY)
    for harm, wall in (
        (lambda: Training.objects.update(hours=9), "villages_training_stands"),
        (made.delete, "villages_training_is_taken_back_not_deleted|protected foreign key"),
        (lambda: Attended.objects.create(training=made, post=later), "villages_attended_while_in_office"),
        (lambda: Attended.objects.all().delete(), "Cannot update or delete"),
        (lambda: _row(clerk, district, held_on=TODAY + DAY), "villages_training_has_taken_place"),
        (lambda: _row(clerk, district, village=district.zhongyuan), "villages_training_lies_in_its_township"),
        (lambda: _row(clerk, district, hours=0), "villages_training_took_hours"),
        (lambda: _row(clerk, district, topic=made.topic), "villages_training_is_entered_once"),
    ):
        with pytest.raises(Exception, match=wall), transaction.atomic():
            harm()


def _row(by, district, **more):
    given = {"topic": "别的", "held_on": TODAY, "hours": 1, "organiser": "镇"} | more
    return Training.objects.create(township=district.zhuoshui, made_by=by, made_at=NOW, **given)


def test_a_wrong_training_is_taken_back_once(teach, law, clerk, stranger, district):
    made = teach(law)
    with pytest.raises(CannotTrain, match="已经登记过"):
        teach(law)
    with pytest.raises(CannotTrain, match="只能撤下本乡镇街道、本村登记的培训"):
        cadres.withdraw_training(training=made, why="重复", by=stranger, now=NOW)
    with pytest.raises(CannotTrain, match="写明撤下的原因"):
        cadres.withdraw_training(training=made, why=" ", by=clerk, now=NOW)
    cadres.withdraw_training(training=made, why="学时填错", by=clerk, now=NOW)
    with pytest.raises(CannotTrain, match="这次培训已经撤下"):
        cadres.withdraw_training(training=made, why="学时填错", by=clerk, now=NOW)
    assert metrics.value("cadres_trained", district.tongmu, periods.parse("2026-11")) == 0
    assert teach(law, hours="4").pk != made.pk


def test_whom_a_duty_answers_to_judges_it(law, first, name, leader, clerk, stranger, district_officer):
    assert judge(law, leader).given_by == "township"
    with pytest.raises(CannotAppraise, match="镇级岗位由区级登记考核"):
        judge(first, leader)
    assert judge(first, district_officer).given_by == "district"
    assert judge(name("council", "议事员"), leader).given_by == "villagers"
    for person in (clerk, stranger):
        with pytest.raises(CannotAppraise, match="由分管领导或区级登记"):
            judge(law, person, year=2026)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"year": 2025, "on": TODAY}, "冉法明在 2025 年没有任职"),
        ({"on": TODAY + DAY}, "考核日期在 2026-01-01 和今天之间"),
        ({"on": SINCE - DAY}, "考核日期在 2026-01-01 和今天之间"),
        ({"grade": "poor"}, "不称职要写明理由"),
        ({"note": "电话 13912345678"}, "说明里像是有手机号"),
    ],
)
def test_a_grade_that_cannot_be(wrong, said, law, leader):
    with pytest.raises(CannotAppraise, match=said):
        judge(law, leader, **wrong)
    assert not Appraisal.objects.exists()


def test_the_database_keeps_a_grade(law, first, leader):
    made = judge(law, leader)
    row = {"post": first, "year": 2026, "grade": "good", "given_by": "district", "on": TODAY}
    row |= {"made_by": leader, "made_at": NOW}
    for harm, wall in (
        (lambda: Appraisal.objects.update(grade="excellent"), "villages_appraisal_stands"),
        (made.delete, "villages_appraisal_is_taken_back_not_deleted"),
        (lambda: Appraisal.objects.create(**row | {"post": law, "given_by": "township"}), "one_appraisal_a_year"),
        (lambda: Appraisal.objects.create(**row | {"given_by": "township"}), "by_whom_it_answers_to"),
        (lambda: Appraisal.objects.create(**row | {"year": 2025}), "for_a_year_of_the_term"),
        (lambda: Appraisal.objects.create(**row | {"on": TODAY + DAY}), "appraised_by_now"),
        (lambda: Appraisal.objects.create(**row | {"grade": "poor"}), "poor_grade_has_its_reason"),
    ):
        with pytest.raises(IntegrityError, match=wall), transaction.atomic():
            harm()


def test_a_wrong_grade_is_taken_back_and_entered_anew(law, leader, clerk, district):
    made = judge(law, leader, grade="fair")
    with pytest.raises(CannotAppraise, match="2026 年已经有考核等次"):
        judge(law, leader)
    with pytest.raises(CannotAppraise, match="由分管领导或区级登记"):
        cadres.withdraw_appraisal(appraisal=made, why="填错", by=clerk, now=NOW)
    cadres.withdraw_appraisal(appraisal=made, why="填错", by=leader, now=NOW)
    with pytest.raises(CannotAppraise, match="已经撤下"):
        cadres.withdraw_appraisal(appraisal=made, why="填错", by=leader, now=NOW)
    judge(law, leader)
    assert metrics.value("cadres_appraised", district.tongmu, periods.of(TODAY, "year")) == 100


def test_grades_are_for_those_who_answer_for_the_township(law, leader, cast, district_officer, auditor):
    judge(law, leader)
    knows = {who for who, person in cast.items() if Appraisal.objects.visible_to(person).exists()}
    assert knows == {"leader", "district", "auditor"}


def test_a_township_and_a_liaison_see_their_own(teach, law, stranger, liaison, reviewer, district, double):
    whole, own = teach(law), teach(law, topic="入户走访", village=district.tongmu)
    assert list(Training.objects.visible_to(stranger)) == []
    for person in (liaison, reviewer, double):
        assert list(Training.objects.visible_to(person)) == [own]
    assert whole.pk


def test_the_form_explains_and_keeps(law, first, clerk, signed_in, district):
    client = signed_in(clerk)
    given = {"topic": "民法典讲座", "held_on": "2026-11-20", "hours": "3.5", "organiser": "区司法局"}
    here = {"place": district.tongmu.code, "people": [str(law.pk)]}
    for wrong, said in (
        ({"people": []}, "至少选一个参加的人"),
        ({"people": [str(first.pk)]}, "向书记不是桐木村的人员，换一个地方或者去掉"),
        ({"held_on": "2025-12-31"}, "冉法明在 2025-12-31 不在任期内"),
        ({"held_on": "2026-11-24"}, "培训日期还没有到"),
        ({"hours": "三"}, "学时填 0.5 到 200 的数"),
        ({"topic": ""}, "主题没有填写"),
        ({"place": "500114106200"}, "选本乡镇街道或一个村"),
    ):
        answer = client.post(NEW, given | here | wrong)
        assert (answer.status_code, said in text(answer)) == (422, True), said
    saved = client.post(NEW, given | here, follow=True)
    assert "已登记“民法典讲座”，1 人参加" in text(saved)
    assert "桐木村 法治带头人 冉法明" in text(saved)
    page = text(client.get(PEOPLE, {"v": district.tongmu.code}))
    assert "桐木村 法治带头人 冉法明 ，法治带头人 1 次 3.5" in page
    assert "考核等次" not in page
    assert "2026-11-20 民法典讲座 3.5 区司法局 桐木村 1 人" in text(client.get(TRAININGS))
    back = reverse("villages:training-withdraw", args=[Training.objects.get().pk])
    assert "写明撤下的原因" in text(client.post(back, {"why": ""}))
    assert "已撤下，不再计入学时" in text(client.post(back, {"why": "学时填错"}, follow=True))


def test_a_person_has_a_record(teach, law, leader, clerk, signed_in):
    teach(law)
    url, enter = (reverse(f"villages:{name}", args=[law.pk]) for name in ("person", "person-appraise"))
    assert "年度考核" not in text(signed_in(clerk).get(url))
    client = signed_in(leader)
    given = {"year": "2026", "grade": "poor", "on": "2026-11-20", "note": ""}
    wrong = client.post(enter, given)
    assert (wrong.status_code, "不称职要写明理由" in text(wrong)) == (422, True)
    assert "考核日期在 2026-01-01 和今天之间" in text(client.post(enter, given | {"on": "2026-12-01"}))
    said = text(client.post(enter, given | {"note": "三次调解缺席"}, follow=True))
    assert "2026年 不称职 乡镇街道党（工）委 2026-11-20 三次调解缺席 向副镇长" in said
    back = reverse("villages:appraisal-withdraw", args=[law.pk, Appraisal.objects.get().pk])
    assert "已撤下，可以重新登记" in text(client.post(back, {"why": "填错人"}, follow=True))


def test_the_workbook_holds_grades_only_for_whoever_may_read_them(teach, law, leader, clerk, signed_in):
    import io

    teach(law)
    judge(law, leader)

    def sheets(person):
        answer = b"".join(signed_in(person).get(EXPORT).streaming_content)
        return [[[cell.value for cell in row] for row in sheet] for sheet in load_workbook(io.BytesIO(answer))]

    people, trainings = sheets(leader)
    assert people[1][:3] == ["桐木村", "法治带头人", "冉法明"] or people[1][0] == "濯水镇桐木村"
    assert people[1][5:9] == [1, 3.5, "称职", "乡镇街道党（工）委"]
    assert trainings[1][1:] == ["民法典讲座", 3.5, "区司法局", "濯水镇", 1]
    assert len(sheets(clerk)[0][0]) == 7


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [(PEOPLE, 13), (TRAININGS, 12)])
def test_queries_do_not_grow_with_rows(url, queries, name, teach, count, leader, signed_in, django_assert_num_queries):
    for at in range(count):
        post = name("council", f"议事员{at}")
        teach(post, topic=f"第 {at} 课")
        judge(post, leader)
    client = signed_in(leader)
    with django_assert_num_queries(queries):
        client.get(url)
