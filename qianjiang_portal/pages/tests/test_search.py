"""Search: five of each kind within sight, and looking for a household is written down, by POST alone."""

import uuid

import pytest
from lxml import html

from conftest import NOW
from points import awards, doubts, honours, objections
from points.doubts import Words
from points.models import HonourKind, PanelMember
from points.objections import Said
from qianjiang_portal.foundation.models import AuditEvent

SEARCH = "/search/"
HTMX = {"HX-Request": "true"}


def groups(response):
    return {group.label: [result.title for result in group.results] for group in response.context["groups"]}


def households(response):
    """The names found, from the first list of the page or of the fragment."""
    lists = html.fromstring(response.content.decode()).xpath("//ul[contains(@class, 'fd-results')]")
    return [name.text for name in lists[0].xpath(".//b")] if lists else []


def text(response):
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def searches():
    return list(AuditEvent.objects.filter(action="household.search").values_list("actor__username", "target", "facts"))


def test_a_get_finds_everything_but_households_and_writes_nothing(notice, clerk, signed_in):
    response = signed_in(clerk).get(SEARCH, {"q": "桐木村"})

    number = notice.claims.first().batch.number
    assert groups(response) == {
        "村和社区": ["濯水镇桐木村"],
        "批次": [f"批次 {number}"],
        "公示": [f"公示 {notice.code}"],
    }
    assert "查找农户“桐木村”" in text(response)
    assert searches() == []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_looking_for_a_household_is_written_down(district, clerk, signed_in, headers):
    response = signed_in(clerk).post(SEARCH, {"q": "rgm"}, headers=headers)

    assert households(response) == ["冉光明"]
    assert "查找已记录" in text(response)
    assert searches() == [("clerk", "rgm", {"found": 1})]


def test_no_more_than_five_and_the_way_to_the_rest(district, clerk, signed_in):
    response = signed_in(clerk).post(SEARCH, {"q": "500114112202"}, headers=HTMX)

    assert len(households(response)) == 5
    assert 'href="/households/?q=500114112202"' in response.content.decode()


def test_items_in_force_stand_once(rule_set, clerk, signed_in):
    response = signed_in(clerk).get(SEARCH, {"q": "z02"})

    assert groups(response) == {"事项": ["Z02 参加公共劳动/投工投劳"]}


@pytest.mark.parametrize(
    ("person", "query", "found"),
    [
        ("stranger", "冉光明", []),
        ("stranger", "石远方", ["石远方"]),
        ("counter", "冉光明", ["冉光明"]),
        ("counter", "罗昌碧", []),
        ("double", "罗昌碧", ["罗昌碧"]),
        ("district", "石远方", ["石远方"]),
    ],
)
def test_households_stop_at_what_a_person_may_see(cast, signed_in, person, query, found):
    assert households(signed_in(cast[person]).post(SEARCH, {"q": query}, headers=HTMX)) == found


@pytest.mark.parametrize("person", ["liaison", "admin"])
def test_those_without_households_are_not_offered_any(cast, signed_in, person):
    client = signed_in(cast[person])

    assert "查找农户" not in text(client.get(SEARCH, {"q": "冉光明"}))
    assert client.post(SEARCH, {"q": "冉光明"}, headers=HTMX).status_code == 403
    assert searches() == []


def test_batches_and_notices_of_others_are_not_found(notice, stranger, signed_in):
    number = notice.claims.first().batch.number

    client = signed_in(stranger)
    assert groups(client.get(SEARCH, {"q": number})) == {}
    assert groups(client.get(SEARCH, {"q": notice.code})) == {}


def test_a_counter_is_shown_neither_batches_nor_notices(notice, counter, signed_in):
    assert groups(signed_in(counter).get(SEARCH, {"q": "桐木村"})) == {"村和社区": ["濯水镇桐木村"]}


@pytest.fixture
def objection(notice):
    said = Said(1, "01", "这次劳动没有参加")
    return objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="x", now=NOW)


@pytest.fixture
def doubt(district, clerk, reviewer, panel):
    """An objection to an honour, of the same series of numbers."""
    kind = HonourKind.objects.get(name="文明家庭")
    put = {"kind": kind, "village": district.tongmu, "year": 2026, "nominee": honours.Nominee(district.homes[1])}
    honour = honours.nominate(**put, deed="邻里和睦", by=clerk, now=NOW)
    sitting = honours.Sitting(list(PanelMember.objects.filter(village=district.tongmu)), NOW)
    honours.decide(village=district.tongmu, passed=[honour.pk], declined={}, sitting=sitting, by=reviewer, now=NOW)
    awards.publish(village=district.tongmu, by=clerk, now=NOW)
    honour.refresh_from_db()
    return doubts.about_honour(honour=honour, words=Words("他家没有做到"), key=uuid.uuid4(), origin="x", now=NOW)


TYPED = ["YY-2026-0001", "yy—2026—0001", "ＹＹ－２０２６－０００１", "YY 2026 0001", "20260001"]


@pytest.mark.parametrize("typed", TYPED)
def test_an_objection_is_found_by_the_number_somebody_says(objection, clerk, signed_in, typed):
    response = signed_in(clerk).get(SEARCH, {"q": typed})

    assert groups(response) == {"异议": [f"异议 {objection.number}"]}
    assert f'href="/objections/{objection.number}/"' in response.content.decode()
    assert "濯水镇桐木村，2026-11-30 前答复，待核实" in text(response)


@pytest.mark.parametrize("typed", TYPED)
def test_an_objection_to_an_honour_is_found_by_its_number(doubt, clerk, signed_in, typed):
    response = signed_in(clerk).get(SEARCH, {"q": typed})

    assert groups(response) == {"异议": [f"异议 {doubt.number}"]}
    assert f'href="/doubts/{doubt.number}/"' in response.content.decode()


@pytest.mark.parametrize("person", ["stranger", "counter", "liaison", "auditor", "admin"])
def test_objections_are_found_by_their_readers_alone(objection, cast, signed_in, person):
    client = signed_in(cast[person])

    assert client.get(f"/objections/{objection.number}/").status_code == 404
    assert groups(client.get(SEARCH, {"q": objection.number})) == {}


@pytest.mark.parametrize("person", ["stranger", "counter", "liaison", "auditor", "admin"])
def test_objections_to_honours_are_found_by_their_readers_alone(doubt, cast, signed_in, person):
    client = signed_in(cast[person])

    assert client.get(f"/doubts/{doubt.number}/").status_code == 404
    assert groups(client.get(SEARCH, {"q": doubt.number})) == {}


def test_a_number_of_no_objection_finds_nothing(objection, clerk, signed_in):
    assert groups(signed_in(clerk).get(SEARCH, {"q": "YY-2026-0002"})) == {}


def test_a_notice_is_found_however_its_number_is_typed(notice, clerk, signed_in):
    wide = notice.code.translate({ord(one): ord(one) + 0xFEE0 for one in "GS-0123456789"})

    for typed in (notice.code.replace("-", "—"), notice.code.replace("-", ""), wide):
        assert groups(signed_in(clerk).get(SEARCH, {"q": typed})) == {"公示": [f"公示 {notice.code}"]}


def test_without_a_word_it_says_what_can_be_looked_for(district, clerk, signed_in):
    told = text(signed_in(clerk).get(SEARCH))

    assert "可以输入户主、村或事项的名称或拼音首字母" in told
    assert "公示编号，异议编号" in told


def test_what_was_typed_is_shown_as_typed(district, clerk, signed_in):
    page = signed_in(clerk).get(SEARCH, {"q": "<b>\"'{{x}}"}).content.decode()

    assert "<b>&quot;" not in page
    assert "&lt;b&gt;&quot;&#x27;{{x}}" in page
