"""工作台: the head, the list, and what each role finds beside it."""

import datetime as dt

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY, approve
from points import batches, notices, postings
from qianjiang_portal.foundation import calendar, periods
from villages import appointments
from villages.models import User

HOME = "/home/"


def tree(response):
    return html.fromstring(response.content.decode())


def text(response, path="//main"):
    found = tree(response).xpath(path)
    return words_of(found[0]) if found else ""


def words_of(node):
    return " ".join(" ".join(node.itertext()).split())


def tiles(response):
    return [words_of(tile) for tile in tree(response).xpath("//*[@class='c-tile']")]


def titles(response):
    return [words_of(title) for title in tree(response).xpath("//main//h2")]


def test_the_head_greets_and_counts(submitted, reviewer, signed_in):
    response = signed_in(reviewer).get(HOME)

    assert text(response, "//h1") == "上午好，今天有 1 件事要处理"
    assert text(response, "//*[@class='c-head__meta']") == "11月23日，周一"
    assert text(response, "//*[@id='todo-count']") == "1"
    assert tree(response).xpath("//title/text()")[0].startswith("(1) 工作台")


def test_the_head_says_when_nothing_waits(district, clerk, signed_in):
    response = signed_in(clerk).get(HOME)

    assert text(response, "//h1") == "上午好，没有要处理的事"
    assert text(response, "//*[@id='todo']") == "没有待办 需要录入新的积分吗？ 开始录入"


def test_who_has_no_list_is_greeted_by_name(auditor, signed_in):
    assert text(signed_in(auditor).get(HOME), "//h1") == "上午好，沈审计"


def test_the_district_reads_that_nothing_is_late(submitted, district_officer, signed_in):
    assert text(signed_in(district_officer).get(HOME), "//*[@id='todo']") == "没有待办 没有过了时限的审核和公示"


def test_the_last_sign_in_is_told(clerk, signed_in):
    client = signed_in(clerk)
    User.objects.filter(pk=clerk.pk).update(previous_sign_in=NOW - dt.timedelta(hours=17))

    assert "上次登录 11月22日 17:00" in text(client.get(HOME), "//*[@class='c-head__meta']")


def test_a_whole_row_is_the_link(submitted, reviewer, signed_in):
    (row,) = tree(signed_in(reviewer).get(HOME)).xpath("//a[@class='c-tasks__row']")

    assert row.get("href") == reverse("points:review", args=[submitted.number])
    assert words_of(row) == ("桐木村 参加公共劳动 3 行 +15 分，冉晓莉录入 待审核 11月26日（周四）前审核 去审核")


def test_a_clerk_goes_on_with_the_draft_and_the_usual_items(make_batch, clerk, signed_in):
    batch = make_batch()
    response = signed_in(clerk).get(HOME)

    assert titles(response)[1:3] == ["继续上次", "常用事项"]
    assert text(response, "//*[contains(@class, 'hm-draft')]") == (
        "桐木村 参加公共劳动/投工投劳 草稿 3 户，今天 10:00 保存 继续录入"
    )
    assert [link.get("href") for link in tree(response).xpath("//a[@class='c-pick']")] == ["/entry/?rule=Z02"]
    assert tree(response).xpath("//*[contains(@class, 'hm-draft')]/a/@href") == [f"/entry/?batch={batch.number}"]


def test_another_clerks_draft_is_not_mine(make_batch, clerk, stranger, signed_in):
    make_batch()

    assert "继续上次" not in titles(signed_in(stranger).get(HOME))


def test_this_month_of_the_township_in_figures(posted, make_batch, clerk, signed_in):
    make_batch()
    with calendar.at(posted.posted_at):
        make_batch(on=calendar.today())
        response = signed_in(clerk).get(HOME)

    assert titles(response)[-1] == "濯水镇12月"
    assert tiles(response) == ["录入 3 户次", "待审核 0 批", "公示中 0 个村", "已生效 +15 分"]


def test_figures_stop_at_the_township(posted, stranger, signed_in):
    with calendar.at(posted.posted_at):
        assert tiles(signed_in(stranger).get(HOME)) == ["录入 0 户次", "待审核 0 批", "公示中 0 个村", "已生效 0 分"]


def test_figures_lead_to_the_lists_behind_them(submitted, leader, clerk, signed_in):
    def links(user):
        return tree(signed_in(user).get(HOME)).xpath("//a[contains(@class, 'c-tile')]/@href")

    assert links(leader) == ["/review/", "/notices/?state=open"]
    assert links(clerk) == ["/notices/?state=open"]


def test_villages_that_are_done_are_told(make_batch, clerk, reviewer, panel, signed_in):
    october = periods.parse("2026-10")
    approve(batches.submit(batch=make_batch(on=dt.date(2026, 10, 28)), maker=clerk, now=NOW), reviewer, panel)
    notice = notices.publish(village=make_batch([]).village, period=october, publisher=clerk, now=NOW)
    assert "全部完成" not in text(signed_in(clerk).get(HOME))
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())

    assert "10月已全部完成：桐木村" in text(signed_in(clerk).get(HOME))


def test_an_auditor_finds_the_seals(posted, auditor, signed_in):
    response = signed_in(auditor).get(HOME)

    assert titles(response) == ["账本校验"]
    assert tiles(response)[:3] == ["有账本的村 1 个", "封签 1 个", "封签下的流水 3 笔"]
    assert "濯水镇桐木村" in text(response, "//table")


def test_an_administrator_finds_the_accounts(cast, admin_person, signed_in):
    User.objects.filter(username="counter").update(must_change_password=True)
    response = signed_in(admin_person).get(HOME)

    assert titles(response) == ["账号和任职"]
    assert tiles(response) == ["启用的账号 10 个", "还没改初始密码 1 个", "现任职 11 项", "30 天内到期 0 项"]


def test_a_liaison_finds_the_paired_villages(liaison, signed_in):
    response = signed_in(liaison).get(HOME)

    assert titles(response) == ["待办", "结对的村"]
    assert tree(response).xpath("//a[@class='c-tasks__row']/@href") == ["/villages/500114112202/"]


def test_a_counter_finds_a_household_at_once(counter, signed_in):
    assert titles(signed_in(counter).get(HOME)) == ["查一户的积分"]


def test_whoever_has_no_appointment_today_is_told_why_the_page_is_empty(counter, signed_in):
    assert "现在没有任职" not in text(signed_in(counter).get(HOME))

    [post] = counter.appointments_now
    appointments.end(appointment=post, on=TODAY - dt.timedelta(days=1))

    response = signed_in(counter).get(HOME)
    assert titles(response) == []
    assert "现在没有任职" in text(response)


def test_the_list_refreshes_alone_with_the_badge_beside_it(submitted, reviewer, signed_in):
    response = signed_in(reviewer).get(HOME, headers={"HX-Request": "true"})

    page = response.content.decode()
    assert "HX-Request" in response.headers["Vary"]
    assert "<main" not in page
    assert 'id="todo-count" hx-swap-oob="true"' in page
    assert "<title>(1) 工作台" in page


@pytest.mark.parametrize("batches_waiting", [1, 3])
def test_home_costs_the_same_for_one_line_and_three(
    make_batch, clerk, reviewer, district, signed_in, django_assert_num_queries, batches_waiting
):
    for home in district.homes[:batches_waiting]:
        batches.submit(batch=make_batch([home], on=TODAY), maker=clerk, now=NOW)
    client = signed_in(reviewer)

    with django_assert_num_queries(14):
        assert len(client.get(HOME).context["groups"][0].tasks) == batches_waiting
