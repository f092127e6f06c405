"""Objecting as a villager does it, and answering as two of the staff do."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches, notices, objections
from points.models import Objection
from points.objections import Said
from qianjiang_portal.foundation import calendar, periods

GIVEN = {"position": "1", "tail": "01", "text": "这次劳动没有参加", "about": ""}


def text(response):
    return response.content.decode()


def form_of(notice):
    return reverse("points:public-objection", args=[notice.code])


def post(client, notice, **given):
    return client.post(form_of(notice), GIVEN | {"key": uuid.uuid4()} | given, follow=True)


@pytest.fixture
def objection(notice):
    said = Said(1, "01", "这次劳动没有参加", name="老覃", phone="023-1234 5678")
    return objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="x", now=NOW)


def test_a_villager_objects_and_gets_a_number(notice, client):
    assert reverse("points:public-objection", args=[notice.code]) in text(client.get(f"/gs/{notice.code}/"))

    html = text(post(client, notice))

    assert '已收到您的意见，编号 <span class="u-nowrap">YY-2026-0001</span>' in html
    assert "2026年11月30日</span> 前答复" in html
    assert "核实中" in text(client.get(f"/gs/{notice.code}/"))


def test_the_receipt_names_nobody(notice, objection, client):
    html = text(client.get(f"/gs/objections/{objection.number}/"))

    assert [word for word in ("老覃", "1234", "没有参加", "冉", "第 1 行") if word in html] == []
    assert 'content="noindex"' in html


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"position": ""}, "填名单上的序号"),
        ({"position": "x"}, "序号只填数字"),
        ({"tail": "77"}, "公示上没有序号 1、户号尾号 77 的农户"),
        ({"text": ""}, "写明有什么不同意见"),
        ({"text": "打 13800000618 找我"}, "像是有手机号"),
        ({"phone": "打给我"}, "电话只填号码，如 023-79240000"),
        ({"phone": "123"}, "电话只填号码"),
        ({"about": "nonsense"}, "有 1 处要改"),
        ({"key": "nonsense"}, "处要改"),
    ],
)
def test_what_the_form_does_not_take(notice, client, given, words):
    response = post(client, notice, **given)

    assert response.status_code == 422
    assert words in text(response)


def test_too_many_are_told_to_call(notice, client):
    for at in range(5):
        post(client, notice, text=f"第 {at} 次")
    response = post(client, notice, text="再一次")

    assert response.status_code == 429
    assert "打电话 023-0000 0618" in text(response)


def test_when_it_is_over_the_page_gives_the_telephone(notice, client):
    with calendar.at(NOW + dt.timedelta(days=9)):
        page, sent = client.get(form_of(notice)), post(client, notice)

    assert "公示期已过" in text(page)
    assert "023-0000 0618" in text(page)
    assert "<form" not in text(page)
    assert sent.status_code == 422
    assert "公示期已过。仍可到村委会或打电话" in text(sent)


@pytest.mark.parametrize("number", ["YY-2026-9999", "YY", "<b>"])
def test_an_unknown_number_is_answered_with_a_sentence(db, client, number):
    assert "没有这个编号，看看是否写成 YY-2026-0031 这样" in text(client.get("/gs/objections/", {"number": number}))
    assert client.get("/gs/objections/YY-2026-9999/").status_code == 404


@pytest.mark.parametrize("dash", ["-", "—", "－", " ", ""])
@pytest.mark.parametrize("letters", ["yy", "ＹＹ", ""])
def test_a_number_is_found_however_a_villager_types_it(objection, client, letters, dash):
    _yy, year, serial = objection.number.split("-")
    wide = year.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    response = client.get("/gs/objections/", {"number": f" {dash.join(filter(None, (letters, wide, serial)))} "})

    assert response.url == f"/gs/objections/{objection.number}/"


def findings(objection, outcome="revised", points="3"):
    row = objection.rows.get()
    return {
        "version": objection.version,
        f"outcome-{row.pk}": outcome,
        f"points-{row.pk}": points,
        "evidence": "看了签到表",
        "answer": "经核实，由 5 分更正为 3 分",
    }


def test_two_people_answer_and_the_notice_shows_the_correction(notice, objection, reviewer, leader, signed_in, client):
    page = f"/objections/{objection.number}/"
    said = signed_in(reviewer).post(f"{page}propose/", findings(objection), follow=True)
    assert "等另一位评议审核或分管领导办结" in text(said)
    objection.refresh_from_db()
    own = client.post(f"{page}close/", {"version": objection.version})
    assert own.status_code == 409
    assert "核实和办结要两个人" in text(own)

    done = signed_in(leader).post(f"{page}close/", {"version": objection.version}, follow=True)

    assert "已答复并办结" in text(done)
    client.logout()
    page = text(client.get(f"/gs/{notice.code}/"))
    assert "由 +5 分更正为 +3 分" in page
    assert page.count("已更正") == 1, "beside the name of the line"
    assert "经核实，由 5 分更正为 3 分" in text(client.get(f"/gs/objections/{objection.number}/"))


def test_points_of_a_finding_are_read_as_people_type_them(objection, reviewer, signed_in):
    client, page = signed_in(reviewer), f"/objections/{objection.number}/"
    assert 'type="number"' not in text(client.get(page)), "a wheel would turn it unseen"

    client.post(f"{page}propose/", findings(objection, points=" ＋３ "))

    assert objection.rows.get().revised_points == 3


def test_the_number_of_a_line_is_typed_in_digits_of_any_width(notice, client):
    asked = text(client.get(form_of(notice)))

    assert '<input type="text" name="position" inputmode="numeric"' in asked


@pytest.mark.parametrize(("outcome", "word"), [("upheld", "维持"), ("withdrawn", "撤销")])
def test_points_are_typed_only_for_a_revision(objection, reviewer, signed_in, outcome, word):
    page = f"/objections/{objection.number}/"
    said = signed_in(reviewer).post(f"{page}propose/", findings(objection, outcome))

    assert said.status_code == 422
    assert f"选的是{word}，这里不填；要改分值就选更正" in text(said)
    assert objection.rows.get().outcome == ""


def test_a_reversal_is_upheld_or_withdrawn_and_names_what_it_takes_back(
    entry, clerk, reviewer, leader, panel, signed_in
):
    asked = batches.correct(entry=entry, maker=clerk, reason="记错了", now=NOW)
    approve(asked, reviewer, panel)
    up = notices.publish(village=asked.village, period=periods.of(TODAY), publisher=clerk, now=NOW)
    doubt = objections.send(notice=up, said=Said(1, "01", "没有记错"), key=uuid.uuid4(), origin="x", now=NOW)
    row = doubt.rows.get()

    shown = text(signed_in(leader).get(f"/objections/{doubt.number}/"))

    assert f'name="outcome-{row.pk}"' in shown
    assert f"points-{row.pk}" not in shown
    assert 'value="revised"' not in shown
    assert "的 +5 分，" in shown
    told = findings(doubt, "upheld") | {f"points-{row.pk}": "3"}
    signed_in(leader).post(f"/objections/{doubt.number}/propose/", told)
    assert (doubt.rows.get().outcome, doubt.rows.get().revised_points) == ("upheld", None)
    told = findings(doubt, "revised") | {"version": "2"}
    assert signed_in(leader).post(f"/objections/{doubt.number}/propose/", told).status_code == 422


def test_a_stale_page_is_refused(objection, reviewer, leader, signed_in):
    signed_in(reviewer).post(f"/objections/{objection.number}/propose/", findings(objection))

    stale = signed_in(leader).post(f"/objections/{objection.number}/close/", {"version": objection.version})

    assert stale.status_code == 409
    assert "刚有人处理过" in text(stale)


def test_contact_is_for_those_who_call_back(objection, clerk, district_officer, signed_in):
    page = f"/objections/{objection.number}/"

    assert "023-1234 5678" in text(signed_in(clerk).get(page))
    assert "023-1234 5678" not in text(signed_in(district_officer).get(page))


def test_a_clerk_writes_down_a_call(notice, clerk, signed_in):
    given = GIVEN | {"key": uuid.uuid4(), "channel": "phone", "raised_on": "2026-11-23", "name": "老单"}
    response = signed_in(clerk).post(f"/notices/{notice.code}/objections/new/", given, follow=True)

    number, day = (f'<span class="u-nowrap">{one}</span>' for one in ("YY-2026-0001", "2026-11-30"))
    assert f"已登记，编号 {number}，{day} 前答复" in text(response)
    assert Objection.objects.get().received_by == clerk


@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(notice, leader, signed_in, count, django_assert_num_queries):
    for at in range(count):
        objections.send(notice=notice, said=Said(1, "01", f"没有 {at}"), key=uuid.uuid4(), origin="x", now=NOW)
    client = signed_in(leader)
    client.get("/objections/")
    with django_assert_num_queries(7):
        client.get("/objections/")


def test_whoever_looks_into_it_sees_what_else_came_from_that_telephone(notice, objection, reviewer, client):
    """The number may be written otherwise; another number and no number bring nobody together."""
    for phone in ("02312345678", "023-1234 5679", ""):
        said = Said(2, "02", "这次劳动没有参加", phone=phone)
        objections.send(notice=notice, said=said, key=uuid.uuid4(), origin=f"from {phone}", now=NOW)
    client.force_login(reviewer)
    html = text(client.get(reverse("points:objection", args=[objection.number])))

    assert "023-1234 5678，也提过" in html
    numbers = Objection.objects.order_by("pk").values_list("number", flat=True)
    shown = [reverse("points:objection", args=[number]) in html for number in numbers[1:]]
    assert shown == [True, False, False]


def test_what_else_waits_about_the_line_is_told_before_it_stands_in_the_way(notice, objection, reviewer, signed_in):
    client, page = signed_in(reviewer), reverse("points:objection", args=[objection.number])
    assert "没有办结；要撤销的" not in text(client.get(page))
    said = Said(1, "01", "那天没有去")
    other = objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="elsewhere", now=NOW)
    html = text(client.get(page))
    assert reverse("points:objection", args=[other.number]) in html
    assert "没有办结；要撤销的，先办结别的" in html


def test_the_telephone_is_for_those_who_note_objections(objection, district_officer, client):
    client.force_login(district_officer)
    html = text(client.get(reverse("points:objection", args=[objection.number])))

    assert "这次劳动没有参加" in html
    assert [word for word in ("1234", "老覃", "也提过") if word in html] == []
