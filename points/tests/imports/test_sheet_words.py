"""A village's own words for items: settled over one workbook, taken as last time in the next."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, TODAY
from points import imports, rules, sheet_words
from points.models import Claim, Import, ImportWord, Rule, RuleSet
from points.sheet_words import CannotSettle
from points.tests.imports.conftest import told, work, workbook
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Refused

pytestmark = pytest.mark.django_db
WIDE = ("户主", "Z04", "劳动")
ONE = [WIDE, ("冉光明", "", 5), ("覃世明", 5, 5)]
TWO = [WIDE, ("单淑芬", "", 5), ("曾国良", "", 6), ("欧阳娜", 5, "")]


@pytest.fixture
def settled(upload):
    """A first workbook, over which somebody pressed what 劳动 means."""
    source = upload(workbook(ONE))
    row = source.rows.filter(standing="problem").first()
    return imports.fix(source=source, row_id=row.pk, field="rule", value="Z02", everywhere=True, now=NOW)


def codes(source):
    return list(source.rows.order_by("line", "part").values_list("rule__code", "standing"))


def page(client, source):
    return client.get(reverse("points:import", args=[source.pk])).content.decode()


def send_elsewhere(upload, village, maker):
    begun = {"village": village, "maker": maker, "name": "别村.xlsx", "default_day": TODAY, "now": NOW}
    return work(imports.begin(**begun, content=workbook([WIDE, (village.households.first().head_name, "", 5)])))


def replaced(rule_set, leader, code="Z02", **other):
    """The township's next version, in force from today, with another item of that code, or none."""
    reference = RuleSet.objects.get(scope="district")
    drafted = rules.draft(
        title="濯水镇积分细则(新)", year=2026, by=leader, township=rule_set.township, based_on=reference
    )
    found = Rule.objects.filter(rule_set=drafted, code=code)
    _ = found.update(**other) if other else found.delete()
    adoption = rules.Adoption("delegates", dt.date(2026, 11, 1), 78, 60, 52, "会议记录 2026-11")
    return rules.publish(rule_set=drafted, by=leader, effective_from=TODAY, adoption=adoption, now=NOW)


def test_one_press_settles_a_word_for_this_workbook_and_the_next(upload, clerk, signed_in):
    first = upload(workbook(ONE))
    assert told(first) == [(2, "problem", "R-01"), (3, "problem", "R-01")]
    client = signed_in(clerk)
    asked = page(client, first)
    assert "细则里没有“劳动”，有 2 行" in asked

    answer = client.post(
        reverse("points:import-word", args=[first.pk]), {"word": "劳动", "code": "Z02"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "“劳动”算作 <b>Z02 参加公共劳动/投工投劳</b>，下次也这样" in answer.content.decode()
    assert codes(first) == [("Z02", "new"), ("Z04", "new"), ("Z02", "new")]

    second = upload(workbook(TWO))
    assert codes(second) == [("Z02", "new"), ("Z02", "new"), ("Z04", "new")]
    assert second.words == {"劳动": {"code": "Z02", "item": "参加公共劳动/投工投劳", "last": True}}
    assert "“劳动”按上次算作 <b>Z02 参加公共劳动/投工投劳</b>" in page(client, second)
    confirming = client.get(reverse("points:import-confirm", args=[second.pk])).content.decode()
    assert "“劳动”按上次算作 Z02 参加公共劳动/投工投劳" in confirming
    event = AuditEvent.objects.get(action="import.word")
    assert (event.actor, event.target, event.place) == (clerk, "劳动 Z02", "500114112202")


def test_the_press_beside_a_line_settles_it_too(settled, upload):
    assert codes(settled) == [("Z02", "new"), ("Z04", "new"), ("Z02", "new")]
    assert set(settled.rows.values_list("raw_rule", flat=True)) == {"劳动", "Z04"}
    assert codes(upload(workbook(TWO))) == [("Z02", "new"), ("Z02", "new"), ("Z04", "new")]


def test_a_word_in_a_column_of_items_is_the_same_word(settled, upload):
    head = ("户主", "事项", "日期", "分值")
    source = upload(workbook([head, ("单淑芬", " 劳 动", "2026-11-20", 5), ("曾国良", "扫院坝", "2026-11-20", 5)]))
    assert codes(source) == [("Z02", "new"), (None, "problem")]
    assert sheet_words.unknown(source) == [("扫院坝", 1)]


def test_a_later_choice_replaces_the_one_before(settled, upload, clerk, signed_in):
    second, client = upload(workbook(TWO)), signed_in(clerk)
    url = reverse("points:import-word", args=[second.pk])
    assert client.post(url, {"word": "劳动", "code": "Z06"}).status_code == 302
    assert codes(second) == [("Z06", "new"), ("Z06", "new"), ("Z04", "new")]
    assert ImportWord.objects.get().rule.code == "Z06"
    assert set(upload(workbook([WIDE, ("庹世全", "", 5)])).words) == {"劳动"}

    assert client.post(url, {"word": "劳动", "code": ""}).status_code == 302
    assert told(second) == [(2, "problem", "R-01"), (3, "problem", "R-01")]
    assert "细则里没有“劳动”，有 2 行" in page(client, second)
    assert not ImportWord.objects.exists()
    assert told(upload(workbook([WIDE, ("向德珍", "", 5)]))) == [(2, "problem", "R-01")]
    actions = AuditEvent.objects.filter(action__startswith="import.").order_by("pk").values_list("action", "target")
    assert list(actions) == [
        ("import.word", "劳动 Z02"),
        ("import.word", "劳动 Z06"),
        ("import.forget-word", "劳动"),
    ]


def test_a_word_is_its_villages_own(settled, upload, district, clerk):
    assert told(send_elsewhere(upload, district.sanmen, clerk)) == [(2, "problem", "R-01")]
    assert ImportWord.objects.visible_to(clerk).count() == 1


def test_what_was_shown_is_written_whatever_is_settled_meanwhile(settled, upload, clerk):
    second = upload(workbook(TWO))
    other = upload(workbook([WIDE, ("庹世全", "", 5)]))
    confirmed = imports.confirm(source=second, maker=clerk, expected=3, now=NOW)
    imports.settle(source=other, word="劳动", code="Z06", maker=clerk, now=NOW)

    assert work(confirmed).state == Import.State.DONE
    assert sorted(Claim.objects.values_list("rule__code", flat=True)) == ["Z02", "Z02", "Z04"]


@pytest.mark.parametrize("other", [{}, {"item": "参加防汛值守"}])
def test_an_item_that_is_no_more_the_same_is_asked_for_again(other, settled, upload, rule_set, leader):
    replaced(rule_set, leader, **other)
    source = upload(workbook(TWO))
    assert (source.words, told(source)) == ({}, [(2, "problem", "R-01"), (3, "problem", "R-01")])


def test_the_same_item_in_the_next_version_is_taken(settled, upload, rule_set, leader):
    newer = replaced(rule_set, leader, max_points=6)
    source = upload(workbook(TWO))
    assert set(source.rows.filter(rule__code="Z02").values_list("rule__rule_set", flat=True)) == {newer.pk}


def test_what_the_rules_call_an_item_comes_first(settled, upload, rule_set, leader):
    replaced(rule_set, leader, code="Z06", item="劳动")
    source = upload(workbook(TWO))
    assert (source.words, codes(source)) == ({}, [("Z06", "new"), ("Z06", "new"), ("Z04", "new")])
    with pytest.raises(CannotSettle, match="就是细则里的事项"):
        imports.settle(source=source, word="劳动", code="Z02", maker=source.maker, now=NOW)


REFUSED = [
    ("劳动", "Z99", "细则里没有这一项"),
    ("劳动", "", "先选“劳动”算作哪一项"),
    ("扫地", "Z02", "表里没有“扫地”"),
    ("Z70", "Z02", "不像是事项的叫法"),
    ("电话13812345678", "Z02", "不像是事项的叫法"),
]


@pytest.mark.parametrize(("word", "code", "why"), REFUSED)
def test_what_is_no_word_for_an_item_is_not_settled(word, code, why, upload, signed_in, clerk):
    source = upload(workbook([("户主", "劳动", "Z70", "电话13812345678"), ("冉光明", 5, 5, 5)]))
    assert [one for one, _ in sheet_words.unknown(source)] == ["劳动"]
    answer = signed_in(clerk).post(reverse("points:import-word", args=[source.pk]), {"word": word, "code": code})
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert not ImportWord.objects.exists()


def test_nothing_is_settled_over_a_workbook_that_goes_in(settled, clerk, stranger):
    with pytest.raises(Refused, match="没有在这个村录入的任职"):
        imports.settle(source=settled, word="劳动", code="Z06", maker=stranger, now=NOW)
    imports.confirm(source=settled, maker=clerk, expected=3, now=NOW)
    with pytest.raises(Refused, match="不能再改"):
        imports.settle(source=settled, word="劳动", code="Z06", maker=clerk, now=NOW)
    assert ImportWord.objects.get().rule.code == "Z02"


def test_the_database_by_itself(settled, district, clerk, leader, rule_set, rule):
    """Without the function a word could mean an item that nobody adopted here, or be somebody's number."""
    said = {"village": district.tongmu, "word": "义工", "rule": rule, "said_by": clerk, "said_at": NOW}
    reference = Rule.objects.get(rule_set__scope="district", code="Z02")
    for wrong, wall in (
        ({"word": "劳动"}, "means_one_item"),
        ({"word": ""}, "word_is_written"),
        ({"rule": reference}, "adopted_item_of_its_village"),
        ({"village": district.zhongyuan}, "adopted_item_of_its_village"),
        ({"word": "13812345678"}, "no_personal_number"),
    ):
        with pytest.raises(DatabaseError, match=wall), transaction.atomic():
            ImportWord.objects.create(**said | wrong)
    with pytest.raises(DatabaseError, match="adopted_item"), transaction.atomic():
        ImportWord.objects.update(rule=reference)
    assert ImportWord.objects.create(**said)


def test_what_is_looked_up_grows_with_nothing(settled, upload, rule_set, clerk, district):
    """However many words and lines there are."""

    def asked(source):
        with CaptureQueriesContext(connection) as found:
            sheet_words.last_time(source, rule_set)
        return len(found)

    one = asked(upload(workbook(TWO)))
    names = [f"叫法{'甲乙丙丁戊己庚辛'[at]}" for at in range(8)]
    items = list(rule_set.rules.in_code_order()[:8])
    ImportWord.objects.bulk_create(
        ImportWord(village=district.tongmu, word=name, rule=item, said_by=clerk, said_at=NOW)
        for name, item in zip(names, items, strict=True)
    )
    many = upload(workbook([("户主", *names), *((home.head_name, *([5] * 8)) for home in district.homes)]))
    assert (asked(many), len(many.words)) == (one, 8)
    assert one == 3
    ImportWord.objects.all().delete()
    assert asked(many) == 1
