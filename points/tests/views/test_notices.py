"""Notices for the staff: the maker shows exactly what goes up, one page for one notice, posting when it is due."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches, notices, posters
from points.models import Entry, Notice
from points.posters import DOUBLE, SINGLE, Poster
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.personal import personal_data
from villages import roster
from villages.models import Household

NEW = "/notices/new/"
LIST = "/notices/"
NOVEMBER = periods.of(TODAY)


def detail(notice):
    return reverse("points:notice", args=[notice.code])


def post_url(notice):
    return reverse("points:notice-post", args=[notice.code])


def choice(village, **values):
    seen = notices.mark_of(notices.waiting(village, NOVEMBER))
    return {"village": village.code, "period": "2026-11", "days": 7, "seen": seen} | values


def text(response):
    return response.content.decode()


# --- the maker ----------------------------------------------------------------


def test_the_preview_is_what_goes_up(approved, district, clerk, signed_in):
    client = signed_in(clerk)
    before = client.get(NEW).context["poster"]

    response = client.post(NEW, choice(district.tongmu))

    notice = Notice.objects.get()
    assert response.url == reverse("points:notice-print", args=[notice.code])
    assert notice.code == before.notice.code == "GS-500114112202-202611-01"
    shown = [(line.masked_name, line.tail, line.total, line.cumulative) for line in before.lines]
    assert shown == list(notice.lines.order_by("position").values_list("masked_name", "tail", "total", "cumulative"))
    assert shown == [("冉*明", "01", 5, 5), ("单*芬", "02", 5, 5), ("覃*明", "01", 5, 5)]


@pytest.mark.parametrize("maker", [NEW, "/notices/many/"])
def test_the_month_is_the_one_whose_rows_wait(approved, clerk, signed_in, maker):
    """Notices of a month are made in the first days of the next."""
    with calendar.at(NOW + dt.timedelta(days=10)):
        assert signed_in(clerk).get(maker).context["form"]["period"].value() == "2026-11"


def test_rows_that_wait_for_long_stand_under_the_first_month_there_is_to_choose(approved, clerk, signed_in):
    with calendar.at(NOW + dt.timedelta(days=250)):
        shown = signed_in(clerk).get(NEW).context
        assert "period=2027-02" in text(signed_in(clerk).get(reverse("points:notice-list")))

    assert shown["form"]["period"].value() == "2027-02"
    assert shown["poster"].notice.households == 3


@pytest.mark.parametrize("days", ["2", "31", "许多"])
def test_days_that_cannot_be_are_told_beside_the_preview(approved, clerk, signed_in, days):
    shown = text(signed_in(clerk).get(NEW, {"days": days}))

    assert "有 1 处要改" in shown
    assert ("公示天数只填数字" if days == "许多" else "公示 3 到 30 天") in shown


def test_previewing_writes_nothing(approved, clerk, signed_in):
    signed_in(clerk).get(NEW)

    assert Notice.objects.count() == 0


def test_the_check_list_says_what_is_in_order(approved, clerk, signed_in):
    checks = signed_in(clerk).get(NEW).context["poster"].checks

    assert [(check.good, check.words) for check in checks] == [
        (True, "姓名已脱敏"),
        (True, "没有身份证号、手机号、银行卡号"),
        (True, "监督电话已填"),
        (True, "公示期 8 天"),
    ]


def test_a_character_the_pdf_cannot_draw_is_said_before_and_after(approved, district, clerk, signed_in):
    """Ext-B: 𤩽 is in the fonts of the PDF, 𠮷 is not and would hang on the wall as 〓 without a word."""
    Household.objects.filter(pk=district.homes[0].pk).update(head_name="冉光𠮷")
    Household.objects.filter(pk=district.homes[1].pk).update(head_name="单淑𤩽")
    client = signed_in(clerk)
    poster = client.get(NEW).context["poster"]
    assert (poster.unprinted, poster.may_go_up) == ("𠮷", True)
    assert "𠮷在 PDF 里印成 〓，用打印页或 DOCX" in [check.words for check in poster.checks]
    client.post(NEW, choice(district.tongmu))
    notice = Notice.objects.get()
    said = "PDF 的字体里没有 𠮷，印成 〓"
    assert said in text(client.get(detail(notice)))
    assert said in text(client.get(reverse("points:notice-print", args=[notice.code])))


def test_a_missing_phone_is_said(approved, district, clerk, signed_in):
    district.tongmu.phone = district.zhuoshui.phone = ""
    district.tongmu.save()
    district.zhuoshui.save()

    response = signed_in(clerk).get(NEW)

    assert "没有填监督电话，公示上只写村委会" in text(response)
    assert "监督电话：" not in text(response)


def test_personal_numbers_hold_a_notice_back(approved, rule_set, district, clerk, signed_in):
    rule_set.title = "细则 500114198001011234"
    rule_set.save()

    response = signed_in(clerk).get(NEW)

    assert "细则名称里像是有身份证号，公示前请去掉" in text(response)
    assert "发布并打印" not in text(response)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("500114198001011234", "身份证号"),
        ("50011419800101123X", "身份证号"),
        ("13812345678", "手机号"),
        ("6222021234567890", "银行卡号"),
        ("023-0000 0618", ""),
        ("GS-500114112202-202611-01", ""),
        ("500114106200-03-0017", ""),
    ],
)
def test_what_looks_personal(given, kind):
    assert personal_data(f"见 {given}。") == kind


def test_rows_that_came_in_meanwhile_are_shown_first(approved, make_batch, district, clerk, reviewer, panel, signed_in):
    stale = choice(district.tongmu)
    approve(batches.submit(batch=make_batch(district.homes[3:4]), maker=clerk, now=NOW), reviewer, panel)

    response = signed_in(clerk).post(NEW, stale)

    assert response.status_code == 409
    assert "待公示的行刚变过，看过预览后再发布" in text(response)
    assert len(response.context["poster"].lines) == 4
    assert Notice.objects.count() == 0


@pytest.mark.parametrize("days", ["2", "31", "七天", ""])
def test_days_out_of_bounds(approved, district, clerk, days, signed_in):
    response = signed_in(clerk).post(NEW, choice(district.tongmu, days=days))

    assert response.status_code == 422
    assert Notice.objects.count() == 0


def test_more_days_move_the_end(approved, district, clerk, signed_in):
    signed_in(clerk).post(NEW, choice(district.tongmu, days=10))

    assert Notice.objects.get().ends_on == dt.date(2026, 12, 2)


def test_nothing_to_put_up(district, clerk, signed_in):
    assert "没有待公示的积分" in text(signed_in(clerk).get(NEW))


def test_a_month_that_was_not_chosen_from_the_list(approved, district, clerk, signed_in):
    response = signed_in(clerk).post(NEW, choice(district.tongmu, period="2027-11"))

    assert response.status_code == 422
    assert "选一个月份" in text(response)


@pytest.mark.parametrize("who", ["reviewer", "leader", "district", "auditor", "counter", "liaison", "admin"])
def test_only_clerks_make_notices(cast, approved, district, who, signed_in):
    client = signed_in(cast[who])

    assert client.get(NEW).status_code == 403
    assert client.post(NEW, choice(district.tongmu)).status_code == 403
    assert Notice.objects.count() == 0


def test_a_village_out_of_sight_is_not_found(approved, district, stranger, signed_in):
    client = signed_in(stranger)

    assert client.get(NEW, {"village": district.tongmu.code}).status_code == 404
    assert client.post(NEW, choice(district.tongmu)).status_code == 404


def test_a_clerk_elsewhere_cannot_publish_where_they_review(approved, district, double, signed_in):
    assert signed_in(double).post(NEW, choice(district.tongmu)).status_code == 403


# --- list and page ------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "list_status", "page_status"),
    [
        ("clerk", 200, 200),
        ("reviewer", 200, 200),
        ("leader", 200, 200),
        ("district", 200, 200),
        ("double", 200, 200),
        ("stranger", 200, 404),
        ("counter", 403, 403),
        ("auditor", 403, 403),
        ("liaison", 403, 404),
        ("admin", 403, 404),
    ],
)
def test_who_reads_notices(cast, notice, who, list_status, page_status, signed_in):
    client = signed_in(cast[who])

    listed = client.get(LIST)
    assert listed.status_code == list_status
    assert (notice.code in text(listed)) == (page_status == 200)
    for name in ("notice", "notice-print"):
        assert client.get(reverse(f"points:{name}", args=[notice.code])).status_code == page_status


def test_the_list_offers_what_waits(approved, clerk, reviewer, signed_in):
    waiting = signed_in(clerk).get(LIST).context["waiting"]

    assert [(row["name"], row["households"], row["rows"], row["period"]) for row in waiting] == [
        ("濯水镇桐木村", 3, 3, "2026-11")
    ]
    assert signed_in(reviewer).get(LIST).context["waiting"] == []


@pytest.mark.parametrize(("state", "found"), [("", 1), ("open", 1), ("posted", 0), ("nonsense", 1)])
def test_the_list_by_state(notice, clerk, state, found, signed_in):
    response = signed_in(clerk).get(LIST, {"state": state})

    assert len(response.context["page"].object_list) == found


def test_the_page_says_when_it_posts(notice, clerk, signed_in):
    html = text(signed_in(clerk).get(detail(notice)))

    assert "还剩 7 天" in html
    assert "12-01 09:00" in html
    assert "手动入账" not in html


def test_the_chat_text_names_nobody(notice, clerk, signed_in):
    html = text(signed_in(clerk).get(detail(notice)))

    assert (
        "【桐木村11月积分公示】公示期 11月23日—30日。本月 3 户参与，加分 15 分。"
        "看详情：http://testserver/gs/GS-500114112202-202611-01/ 有意见请在 11月30日前到村委会或拨打 023-0000 0618。"
    ) in html


# --- posting ------------------------------------------------------------------


def test_posting_by_hand_when_due(notice, clerk, signed_in):
    with calendar.at(notice.due_at):
        client = signed_in(clerk)
        assert "手动入账" in text(client.get(detail(notice)))
        response = client.post(post_url(notice), follow=True)

    notice.refresh_from_db()
    assert (notice.state, notice.posted_by) == ("posted", clerk)
    assert Entry.objects.count() == 3
    assert "已入账 3 行" in text(response)
    assert response.context["seal"].short in text(response)


def test_posting_early_is_refused_in_words(notice, clerk, signed_in):
    response = signed_in(clerk).post(post_url(notice))

    assert response.status_code == 409
    assert "公示到 2026-11-30，2026-12-01 09:00 后入账" in text(response)
    assert Entry.objects.count() == 0


def test_posting_twice_posts_once(posted, clerk, signed_in):
    with calendar.at(posted.due_at):
        response = signed_in(clerk).post(post_url(posted), follow=True)

    assert "这一期已经入过账，没有重复入账" in text(response)
    assert Entry.objects.count() == 3


def test_posting_says_that_every_row_was_set_aside(notice, clerk, signed_in):
    for claim in notice.claims.select_related("household"):
        roster.move_out(household=claim.household, on=TODAY)
    with calendar.at(notice.due_at):
        response = signed_in(clerk).post(post_url(notice), follow=True)

    assert "已入账 0 行，3 行转入核实中" in text(response)


def test_looking_never_posts(notice, clerk, signed_in):
    with calendar.at(notice.due_at):
        client = signed_in(clerk)
        client.get(detail(notice))
        assert client.get(post_url(notice))["Location"] == detail(notice)

    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "status"), [("reviewer", 403), ("district", 403), ("counter", 403), ("stranger", 404), ("leader", 302)]
)
def test_who_may_post(cast, notice, who, status, signed_in):
    with calendar.at(notice.due_at):
        assert signed_in(cast[who]).post(post_url(notice)).status_code == status


def test_a_row_under_check_is_marked(notice, clerk, district, signed_in):
    from villages import roster

    roster.move_out(household=district.homes[0], on=TODAY)
    with calendar.at(notice.due_at):
        response = signed_in(clerk).post(post_url(notice), follow=True)

    assert "已入账 2 行，1 行转入核实中" in text(response)
    assert response.context["contested"] == {district.homes[0].pk}


@pytest.mark.parametrize(("who", "offered"), [("leader", True), ("clerk", False)])
def test_who_is_led_to_the_check(cast, notice, district, who, offered, signed_in):
    notice.claims.filter(household=district.homes[0]).update(state="contested")

    html = text(signed_in(cast[who]).get(detail(notice)))

    assert "1 户核实中" in html
    assert ("去核实" in html) == offered


# --- the sheet ----------------------------------------------------------------


def test_the_sheet_has_everything_that_is_signed(notice, clerk, signed_in):
    html = text(signed_in(clerk).get(reverse("points:notice-print", args=[notice.code])))

    for words in (
        "桐木村2026年11月乡村治理积分公示",
        "根据《濯水镇积分细则(2026版)》，经村评议小组2026年11月23日评议、村务监督委员会监督",
        "公示期 8 天（11月23日至11月30日）",
        "监督电话：村",
        "桐木村村民委员会（盖章）",
        "村务监督委员会（签字）",
        notice.code,
        '<svg viewBox="0 0',
    ):
        assert words in html


def test_the_sheet_carries_no_style_of_its_own(notice, clerk, signed_in):
    html = text(signed_in(clerk).get(reverse("points:notice-print", args=[notice.code])))

    assert "style=" not in html
    assert "<style" not in html


def test_the_next_notice_carries_the_last_seal(posted, make_batch, district, clerk, reviewer, panel, signed_in):
    batch = batches.submit(batch=make_batch(district.homes[3:4]), maker=clerk, now=NOW)
    approve(batch, reviewer, panel)
    client = signed_in(clerk)
    client.post(NEW, choice(district.tongmu))
    second = Notice.objects.get(number=2)

    html = text(client.get(reverse("points:notice-print", args=[second.code])))

    assert posters.seal_of(posted).short in html
    assert "（第二期）" in html
    assert "本期合计" in html


@pytest.mark.parametrize(
    ("rows", "single", "double"), [(3, 1, 1), (20, 1, 1), (21, 2, 1), (40, 2, 1), (44, 2, 2), (412, 13, 6)]
)
def test_sheets_of_paper(rows, single, double):
    assert (SINGLE.sheets(rows), DOUBLE.sheets(rows)) == (single, double)


def test_two_columns_from_a_hundred_households(notice):
    lines = list(notice.lines.all())

    assert not Poster(notice, lines).is_double
    assert Poster(notice, lines * 40).is_double
    assert not Poster(notice, lines * 40, wanted_columns=1).is_double


# --- cost ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(make_batch, clerk, reviewer, panel, district, count, signed_in):
    for home in district.homes[:count]:
        approve(batches.submit(batch=make_batch([home]), maker=clerk, now=NOW), reviewer, panel)
        notices.publish(village=district.tongmu, period=NOVEMBER, publisher=clerk, now=NOW)
    client = signed_in(clerk)
    assert own_queries(client, LIST) == LIST_QUERIES


@pytest.mark.parametrize("count", [1, 3])
def test_page_queries(make_batch, clerk, reviewer, panel, district, count, signed_in):
    approve(batches.submit(batch=make_batch(district.homes[:count]), maker=clerk, now=NOW), reviewer, panel)
    notice = notices.publish(village=district.tongmu, period=NOVEMBER, publisher=clerk, now=NOW)
    client = signed_in(clerk)
    assert own_queries(client, detail(notice)) == PAGE_QUERIES


LIST_QUERIES = 7
PAGE_QUERIES = 7
