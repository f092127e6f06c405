"""荣誉 pages: nomination to award by hand, the kinds, and what the public reads."""

import re
import uuid

import pytest
from django.urls import reverse

from conftest import NOW
from points import awards, batches, bulletins, honours
from points.honours import Nominee, Sitting
from points.models import Batch, Doubt, Honour, HonourKind
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import book, cells, text
from qianjiang_portal.foundation import calendar

LIST = "/honours/"


def kind(name):
    return HonourKind.objects.get(name=name)


@pytest.fixture
def nominate(district, clerk):
    def put(name="文明家庭", at=0):
        return honours.nominate(
            kind=kind(name), village=district.tongmu, year=2026, nominee=Nominee(district.homes[at]),
            deed="院坝干净，邻里和睦", by=clerk, now=NOW,
        )  # fmt: skip

    return put


@pytest.fixture
def on_notice(nominate, district, reviewer, panel, clerk):
    def up(*made):
        ids = [one.pk for one in made]
        sitting = Sitting(panel, NOW)
        honours.decide(village=district.tongmu, passed=ids, declined={}, sitting=sitting, by=reviewer, now=NOW)
        return awards.publish(village=district.tongmu, by=clerk, now=NOW)

    return up


@pytest.fixture
def awarded(nominate, on_notice):
    notice = on_notice(nominate())
    with calendar.at(notice.due_at):
        return awards.award(notice=notice, now=calendar.now())[0]


@pytest.fixture
def desk(district):
    return reverse("points:honour-desk", args=[district.tongmu.code])


def opens(batch):
    """A batch as a link; a draft is its maker's own and stands as a mere number for others."""
    return f'<a class="d" href="{reverse("points:batch", args=[batch.number])}">{batch.number}</a>'


def act(name, village, *rest):
    return reverse(f"points:{name}", args=[village.code, *rest])


def test_from_the_form_to_the_passbook_by_hand(client, signed_in, clerk, reviewer, panel, district, desk, rule_set):
    village = district.tongmu
    signed_in(clerk)
    new = act("honour-new", village)
    assert client.get(f"/honours/start/?village={village.code}").url == new
    sent = {"kind": kind("好媳妇").pk, "year": "2026", "household": "冉光明", "name": "冉小妹", "deed": "照看老人"}
    said = client.post(new, sent, follow=True)
    assert "冉小妹 好媳妇 已提名" in said.content.decode()

    signed_in(reviewer)
    honour = Honour.objects.get()
    sent = {f"verdict-{honour.pk}": "yes", "present": [one.pk for one in panel], "held_at": "2026-11-23T09:00"}
    assert "通过 1 个" in client.post(act("honour-decide", village), sent, follow=True).content.decode()

    signed_in(clerk)
    assert "冉*妹" in text(client.get(desk))
    assert "已公示" in client.post(act("honour-publish", village), follow=True).content.decode()
    honour.refresh_from_db()
    assert "授予 1 个" not in text(client.get(desk))
    with calendar.at(honour.notice.due_at):
        said = client.post(act("honour-award", village, honour.notice.code), follow=True)
        assert "授予 1 个" in said.content.decode()
        assert "按 D08 加分" in text(said)
        said = client.post(act("honour-points", village), follow=True)
    batch = Batch.objects.get(source="honour")
    assert f"批次 {opens(batch)} 1 行，核对后提交" in said.content.decode()
    assert "2026 好媳妇" in text(client.get(book(district.homes[0])))


@pytest.mark.parametrize(
    ("name", "changed", "says"),
    [
        ("好媳妇", {"household": ""}, "选一户"),
        ("好媳妇", {"household": "生人"}, "没有找到“生人”"),
        ("好媳妇", {"name": "外人"}, "没有登记“外人”"),
        ("文明家庭", {"name": "冉小妹"}, "授予整户"),
        ("乡贤", {}, "不授予农户"),
        ("乡贤", {"household": ""}, "写明姓名"),
        ("好媳妇", {"deed": ""}, "写明事迹"),
        ("好媳妇", {"deed": "照看覃世明"}, "不写全名"),
        ("好媳妇", {"deed": "打 13812345678"}, "手机号"),
        ("好媳妇", {"year": "2020"}, "年度是今年或去年"),
    ],
)
def test_a_wrong_nomination_is_told_and_kept_on_the_page(signed_in, clerk, district, name, changed, says):
    sent = {"kind": kind(name).pk, "year": "2026", "household": "冉光明", "name": "", "deed": "照看老人"} | changed

    response = signed_in(clerk).post(act("honour-new", district.tongmu), sent)

    assert response.status_code == 422
    assert says in text(response)
    assert sent["deed"] in response.content.decode()
    assert not Honour.objects.exists()


def test_a_wrong_decision_keeps_what_was_ticked_and_typed(signed_in, reviewer, nominate, district, panel):
    one, two = nominate(), nominate(at=1)
    url = act("honour-decide", district.tongmu)
    sent = {
        f"verdict-{one.pk}": "no",
        f"reason-{two.pk}": "旁边的话",
        "present": [panel[0].pk],
        "held_at": "2026-11-23T09:00",
    }

    response = signed_in(reviewer).post(url, sent)

    page = response.content.decode()
    assert response.status_code == 422
    assert "没有通过的要写明原因" in page
    assert "参评 1 人，至少 3 人" in page
    assert "旁边的话" in page
    assert f'name="verdict-{one.pk}" value="no" checked' in page
    assert "先选通过或不通过" in text(signed_in(reviewer).post(url, {"present": [], "held_at": ""}))


def test_steps_that_are_not_theirs_are_absent_and_refused(
    signed_in, clerk, leader, reviewer, nominate, on_notice, desk, district
):
    on_notice(nominate())
    nominate(at=1)
    shown = {person.username: signed_in(person).get(desk).content.decode() for person in (clerk, leader, reviewer)}

    assert ["verdict-" in shown[name] for name in ("clerk", "leader", "reviewer")] == [False, False, True]
    assert [">撤下<" in shown[name] for name in ("clerk", "leader", "reviewer")] == [False, True, True]
    client = signed_in(leader)
    assert client.post(act("honour-publish", district.tongmu)).status_code == 403
    honour = Honour.objects.get(state="published")
    assert "写明原因" in text(client.post(act("honour-end", district.tongmu, honour.pk), {"reason": ""}))
    client.post(act("honour-end", district.tongmu, honour.pk), {"reason": "邻居反映，核实属实"})
    honour.refresh_from_db()
    assert honour.state == "declined"


def test_the_clerk_takes_a_nomination_back(signed_in, clerk, nominate, desk, district):
    honour, client = nominate(), signed_in(clerk)

    client.post(act("honour-withdraw", district.tongmu, honour.pk))

    assert "没有在办的荣誉" in text(client.get(desk))
    assert cells(client.get(f"{LIST}?state=withdrawn"))[0][5] == "已撤回"


def test_the_clerk_takes_back_what_the_panel_passed_and_nobody_what_is_up(
    signed_in, clerk, reviewer, leader, panel, nominate, desk, district
):
    one, two = nominate(), nominate(at=1)
    passed = [one.pk, two.pk]
    honours.decide(
        village=district.tongmu, passed=passed, declined={}, sitting=Sitting(panel, NOW), by=reviewer, now=NOW
    )
    buttons = {pk: act("honour-withdraw", district.tongmu, pk) for pk in passed}
    assert not any(url in signed_in(leader).get(desk).content.decode() for url in buttons.values())
    client = signed_in(clerk)
    assert all(f'action="{url}"' in client.get(desk).content.decode() for url in buttons.values())

    client.post(buttons[one.pk])
    client.post(act("honour-publish", district.tongmu))

    assert buttons[two.pk] not in client.get(desk).content.decode()
    refused = client.post(buttons[two.pk])
    assert (refused.status_code, "公示中的提名不能撤回" in text(refused)) == (422, True)
    assert [Honour.objects.get(pk=pk).state for pk in passed] == ["withdrawn", "published"]


def test_the_list_narrows_and_tells_where_work_waits(signed_in, leader, awarded, nominate):
    nominate(at=1)
    client = signed_in(leader)

    assert cells(client.get(LIST))[0] == ["桐木村", "1", "0", "0", "0"]
    assert [row[1] for row in cells(client.get(f"{LIST}?state=awarded&year=2026"))[1:]] == ["冉光明 0101"]
    assert "没有符合条件的荣誉" in text(client.get(f"{LIST}?year=2020"))
    assert client.get(f"{LIST}?year=x&kind=99999999999&state=y").status_code == 200


def test_the_district_keeps_the_kinds(signed_in, district_officer):
    client, url = signed_in(district_officer), "/honours/kinds/"

    client.post(url, {"name": "产业带头户", "holder": "household", "rule_code": "d08", "is_open": "on"})
    made = kind("产业带头户")
    assert (made.rule_code, made.is_open) == ("D08", True)
    assert "修改产业带头户" in text(client.get(f"{url}?pk={made.pk}"))
    client.post(url, {"pk": made.pk, "name": "产业带头人家", "holder": "household"})
    made.refresh_from_db()
    assert (made.name, made.is_open) == ("产业带头人家", False)
    assert "可以加分" in text(client.post(url, {"name": "名师", "holder": "person", "rule_code": "D08"}))


def test_the_public_reads_masked_names_of_what_is_up_and_awarded(client, awarded, nominate, on_notice, district):
    with calendar.at(awarded.notice.due_at):
        on_notice(nominate("最美庭院", at=1))
        page = client.get(f"/red/{district.tongmu.code}/")
        index = text(client.get("/red/?q=桐木")).replace(" ", "")

    shown = text(page).replace(" ", "")
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "桐木村1个，公示已结束还没有授予1个" in index
    assert "文明家庭冉*明" in shown
    assert "最美庭院覃*明，2组，户号尾号" in shown
    assert "023-00000618" in shown
    names = [home.head_name for home in district.homes]
    assert not [name for name in names if name in page.content.decode()]


def test_an_honour_of_last_year_names_its_year_on_sheet_and_page(client, district, clerk, reviewer, panel):
    new_year, village = NOW.replace(year=2027, month=1), district.tongmu
    said = {"village": village, "deed": "院坝干净", "by": clerk, "now": new_year, "kind": kind("文明家庭")}
    made = [
        honours.nominate(year=2026 + at, nominee=Nominee(home), **said) for at, home in enumerate(district.homes[:2])
    ]
    passed = [one.pk for one in made]
    honours.decide(
        village=village, passed=passed, declined={}, sitting=Sitting(panel, new_year), by=reviewer, now=new_year
    )
    notice = awards.publish(village=village, by=clerk, now=new_year)

    assert [row[1] for row in bulletins.of_honours(notice).rows] == ["2026年文明家庭", "文明家庭"]
    with calendar.at(new_year):
        page = text(client.get(f"/red/{village.code}/"))
    assert page.count("2026年文明家庭") == 1
    assert "2027年文明家庭" not in page


def test_over_but_not_awarded_is_told_with_the_telephone_and_no_form(client, nominate, on_notice, district):
    notice = on_notice(nominate())
    page, form = f"/red/{district.tongmu.code}/", act("honour-doubt", district.tongmu, notice.honours.get().pk)
    assert form in client.get(page).content.decode()

    with calendar.at(notice.due_at):
        over = client.get(page)

    assert form not in over.content.decode()
    shown = text(over).replace(" ", "")
    assert "公示已结束，还没有授予" in shown
    assert "公示期已过，仍可到村（居）委会或打电话023-00000618反映" in shown


def test_the_page_of_a_village_tells_when_a_notice_is_over(signed_in, clerk, nominate, on_notice, desk):
    notice, client = on_notice(nominate()), signed_in(clerk)
    assert "公示中 1" in text(client.get(desk))

    with calendar.at(notice.due_at):
        shown = text(client.get(desk))
    assert "公示已结束，还没有授予 1" in shown
    assert "公示中" not in shown


def test_the_list_tells_what_is_on_notice_from_what_is_over(signed_in, clerk, nominate, on_notice):
    notice, client = on_notice(nominate()), signed_in(clerk)
    work, row = cells(client.get(LIST))
    assert (work, row[5]) == (["桐木村", "0", "0", "1", "0"], "公示中")
    narrowed = client.get(f"{LIST}?state=over")
    assert "没有符合条件的荣誉看全部" in text(narrowed)
    assert "还没有荣誉" not in text(narrowed)

    with calendar.at(notice.due_at):
        work, row = cells(client.get(LIST))
        assert (work, row[5]) == (["桐木村", "0", "0", "0", "1"], "公示已结束")
        assert [one[5] for one in cells(client.get(f"{LIST}?state=over"))[1:]] == ["公示已结束"]
        assert "没有符合条件的荣誉" in text(client.get(f"{LIST}?state=published"))


def test_the_index_counts_what_is_over_and_not_awarded_apart(client, nominate, on_notice, clerk, district):
    notice = on_notice(nominate())
    assert "桐木村0 个，公示中 1 个" in text(client.get("/red/"))

    with calendar.at(notice.due_at):
        assert "桐木村0 个，公示已结束还没有授予 1 个" in text(client.get("/red/"))
        awards.award(notice=notice, now=calendar.now())
        assert "桐木村1 个" in text(client.get("/red/"))
        assert "公示" not in text(client.get("/red/")).split("桐木村")[1]


def test_the_address_of_an_objection_tells_that_it_is_over_once_the_honour_is_awarded(client, awarded, district):
    form = act("honour-doubt", district.tongmu, awarded.pk)
    with calendar.at(awarded.notice.due_at):
        shown = text(client.get(form))
        sent = client.post(form, {"text": "有不同意见", "key": uuid.uuid4()})

    assert "提出异议" in shown
    assert f"{awarded.year}年{awarded.kind.name}" in shown
    assert "公示期已过仍可到村（居）委会，或打电话 023-0000 0618" in shown
    assert sent.status_code == 422
    assert not Doubt.objects.exists()


def test_the_address_of_an_objection_names_nobody_who_left_the_red_list(client, awarded, leader, district):
    form = act("honour-doubt", district.tongmu, awarded.pk)
    with calendar.at(awarded.notice.due_at.replace(year=awarded.year + 5)):
        assert client.get(form).status_code == 404
    awards.revoke(honour=awarded, reason="弄虚作假", by=leader, now=awarded.notice.due_at)
    assert client.get(form).status_code == 404


def test_a_revoked_honour_leaves_the_red_list_and_the_passbook(client, signed_in, awarded, leader, district):
    awards.revoke(honour=awarded, reason="弄虚作假", by=leader, now=awarded.notice.due_at)

    page = client.get(f"/red/{district.tongmu.code}/").content.decode()
    assert "还没有上榜的" in page
    assert "弄虚作假" not in page
    assert "文明家庭" not in text(signed_in(leader).get(book(district.homes[0])))


def test_there_is_no_black_list(client, nominate, on_notice, district, leader):
    notice = on_notice(nominate())
    awards.decline(honour=notice.honours.get(), reason="材料不实", by=leader, now=NOW)

    assert "文明家庭" not in client.get(f"/red/{district.tongmu.code}/").content.decode()
    assert not re.search("黑榜|未通过|不通过", client.get("/red/").content.decode())


@pytest.mark.parametrize("url", [LIST, "desk", "/red/", "red"])
def test_pages_cost_the_same_for_one_row_and_three(signed_in, reviewer, nominate, on_notice, desk, district, url):
    address = {"desk": desk, "red": f"/red/{district.tongmu.code}/"}.get(url, url)
    client = signed_in(reviewer)
    on_notice(nominate())
    nominate("最美庭院")
    own_queries(client, address)
    one = own_queries(client, address)
    on_notice(*[nominate(at=at) for at in (1, 2)])
    for at in (1, 2):
        nominate("最美庭院", at=at)

    assert own_queries(client, address) == one <= 13


def test_an_award_is_cancelled_on_the_page_by_whoever_did_not_put_it_forward(
    signed_in, clerk, reviewer, awarded, desk, district
):
    assert ">取消荣誉<" not in signed_in(clerk).get(desk).content.decode()
    client, url = signed_in(reviewer), act("honour-end", district.tongmu, awarded.pk)
    assert "取消荣誉 冉光明" in text(client.get(desk))
    wrong = client.post(url, {"reason": "打 13812345678 问过"})
    page = wrong.content.decode()
    assert (wrong.status_code, "原因里像是有手机号" in page, 'value="打 13812345678 问过"' in page) == (422, True, True)
    assert re.search(r'<details class="rg-more" open>.*?aria-describedby="end-\d+-error"', page, re.S)
    assert "已取消" in text(client.post(url, {"reason": "弄虚作假，已核实"}, follow=True))
    awarded.refresh_from_db()
    assert (awarded.state, awarded.ended_reason) == ("revoked", "弄虚作假，已核实")
    assert "取消 冉光明" not in text(client.get(desk))


def test_what_the_panel_passed_is_taken_off_before_it_is_put_up(
    signed_in, nominate, district, reviewer, leader, panel, desk
):
    one = nominate()
    sitting = Sitting(panel, NOW)
    honours.decide(village=district.tongmu, passed=[one.pk], declined={}, sitting=sitting, by=reviewer, now=NOW)
    client = signed_in(leader)
    assert "撤下 冉光明" in text(client.get(desk))
    client.post(act("honour-end", district.tongmu, one.pk), {"reason": "邻居反映，核实属实"})
    one.refresh_from_db()
    assert one.state == "declined"


def test_what_is_wrong_is_said_where_it_was_typed(signed_in, clerk, reviewer, panel, nominate, district):
    url = act("honour-new", district.tongmu)
    given = {"kind": kind("文明家庭").pk, "year": 2026, "household": "冉光明", "name": ""}
    form = signed_in(clerk).post(url, given | {"deed": "冉光明家院坝干净"}).context["form"]
    assert form.errors == {"deed": ["事迹会公示，不写全名：冉光明"]}
    one, two = nominate(), nominate(at=1)
    sent = {f"verdict-{one.pk}": "no", f"verdict-{two.pk}": "no", f"reason-{two.pk}": "打 13812345678 问过"}
    answer = signed_in(reviewer).post(act("honour-decide", district.tongmu), sent | {"held_at": "2026-11-23T09:00"})
    rows = {row.honour.pk: row.wrong for row in answer.context["rows"]}
    assert rows == {one.pk: "没有通过的要写明原因", two.pk: "原因里像是有手机号，去掉再保存"}
    assert f'id="reason-{one.pk}-error"' in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "said", "shown"),
    [("draft", "草稿，经办提交前移出这一行", str), ("submitted", "待审核，审核时退回这一行", opens)],
)
def test_whoever_cancels_an_award_is_told_where_its_points_are(
    state, said, shown, signed_in, clerk, reviewer, awarded, rule_set, district
):
    with calendar.at(awarded.notice.due_at):
        [made] = awards.to_points(village=district.tongmu, by=clerk, now=calendar.now())
        if state == "submitted":
            batches.submit(batch=made.batch, maker=clerk, now=calendar.now())
        url = act("honour-end", district.tongmu, awarded.pk)
        answer = signed_in(reviewer).post(url, {"reason": "弄虚作假，已核实"}, follow=True)
    assert f"它的加分在批次 {shown(made.batch)}，{said}" in " ".join(answer.content.decode().split())
