"""农户存折: who may open which, what stands in it, and the way to a reversal."""

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY, approve
from points import batches, notices, postings, store
from points.models import Batch, Claim, Entry
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.models import AuditEvent
from villages import roster

LIST = "/households/"
REASON = "重复录入"


def book(household):
    return reverse("points:passbook", args=[household.pk])


def correct_url(entry):
    return reverse("points:correct", args=[entry.household_id, entry.pk])


def cells(response):
    """The rows of the page's table, each as the texts of its cells."""
    tree = html.fromstring(response.content.decode())
    return [[" ".join(cell.text_content().split()) for cell in row] for row in tree.xpath("//table/tbody/tr")]


def text(response):
    """The readable text of the page's main part."""
    return " ".join(html.fromstring(response.content.decode()).xpath("//main")[0].text_content().split())


def heads(response):
    return [household.head_name for household in response.context["page"].object_list]


@pytest.fixture
def correction(entry, clerk):
    """A reversal of the first entry, waiting for review."""
    return batches.correct(entry=entry, maker=clerk, reason=REASON, now=NOW)


@pytest.fixture
def reversed_entry(entry, correction, clerk, reviewer, panel):
    approve(correction, reviewer, panel)
    month = periods.of(TODAY)
    notice = notices.publish(village=correction.village, period=month, publisher=clerk, now=NOW)
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())
    return Entry.objects.get(pk=entry.pk)


# --- the list -----------------------------------------------------------------


def test_list_shows_the_clerks_township_in_number_order(entry, clerk, signed_in):
    response = signed_in(clerk).get(LIST)

    sanmen, tongmu = "罗昌碧 向兴国 田茂云", "冉光明 单淑芬 欧阳娜 龚素芳 覃世明 曾国良 庹世全 向德珍"
    assert heads(response) == f"{sanmen} {tongmu}".split()
    assert cells(response)[3] == ["冉光明", "桐木村", "1组", "0101", "5", "—", "5"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=rgm", ["冉光明"]),
        ("q=0201&village=500114112202", ["覃世明"]),
        ("village=500114112003&grid=2", ["田茂云"]),
        ("village=500114106200", ["罗昌碧", "向兴国", "田茂云", "冉光明"]),
        ("q=石远方", []),
    ],
)
def test_list_narrows_by_text_village_and_group(district, clerk, signed_in, query, found):
    assert heads(signed_in(clerk).get(f"{LIST}?{query}"))[:4] == found


def test_list_says_when_nothing_matches(district, clerk, signed_in):
    assert "没有符合条件的农户" in text(signed_in(clerk).get(f"{LIST}?q=查无此人"))


@pytest.mark.parametrize("person", ["liaison", "admin"])
def test_list_is_not_for_those_without_households(cast, signed_in, person):
    assert signed_in(cast[person]).get(LIST).status_code == 403


def test_counter_sees_only_the_villages_served(counter, signed_in, district):
    assert set(heads(signed_in(counter).get(LIST))) == {home.head_name for home in district.homes}


@pytest.mark.parametrize(("query", "count"), [("&q=lcb", 1), ("", 3)])
def test_list_costs_the_same_for_one_row_and_three(district, clerk, signed_in, django_assert_num_queries, query, count):
    client = signed_in(clerk)

    with django_assert_num_queries(13):
        assert len(heads(client.get(f"{LIST}?village=500114112003{query}"))) == count


# --- one household ------------------------------------------------------------


def test_book_shows_what_is_on_notice_apart(notice, clerk, signed_in, district):
    response = signed_in(clerk).get(book(district.homes[0]))

    due = calendar.local_date(notice.due_at)
    batch = Batch.objects.get()
    assert f"可兑换 0分 公示中 +5 分，{due.month}月{due.day}日后可用" in text(response)
    assert cells(response) == [
        [
            "2026-11-23",
            "Z02 参加公共劳动/投工投劳",
            "自治",
            "加分",
            "+5",
            "—",
            "公示中",
            f"批次 {batch.number} 公示",
            "",
        ]
    ]


def test_book_shows_what_took_effect_with_balance_and_source(entry, clerk, signed_in):
    response = signed_in(clerk).get(book(entry.household))

    number, posted = Batch.objects.get().number, calendar.local_date(entry.posted_at)
    row = cells(response)[0]
    assert row[:6] == ["2026-11-23", "Z02 参加公共劳动/投工投劳", "自治", "加分", "+5", "5"]
    assert row[6:8] == [f"已生效 {posted:%m-%d}", f"批次 {number} 公示"]
    assert row[8].startswith("冲正")
    assert "可兑换 5分" in text(response)


def test_book_links_every_line_to_its_batch_and_notice(entry, clerk, signed_in):
    tree = html.fromstring(signed_in(clerk).get(book(entry.household)).content.decode())

    claim = Claim.objects.get(household=entry.household)
    assert tree.xpath("//td[contains(@class, 'pb-basis')]//a/@href") == [
        reverse("points:batch", args=[claim.batch.number]),
        reverse("points:notice", args=[claim.notice.code]),
    ]


def test_a_panel_reads_in_its_queue_that_something_is_taken_back(correction, reviewer, signed_in):
    """Of a deduction it would be points more without that word."""
    assert f"桐木村 冲正 {correction.rule.item}" in text(signed_in(reviewer).get("/review/"))


def test_a_counter_reads_sources_without_links_and_may_not_correct(entry, counter, signed_in):
    response = signed_in(counter).get(book(entry.household))

    assert not html.fromstring(response.content.decode()).xpath("//td[contains(@class, 'pb-basis')]//a")
    assert len(cells(response)[0]) == 8


@pytest.mark.parametrize("address", ["/review/{0}/", "/review/{0}/rows/{1}/", "/entry/batches/{0}/"])
def test_whoever_looks_at_a_reversal_reads_what_it_takes_back(address, entry, correction, reviewer, clerk, signed_in):
    reader = clerk if "entry" in address else reviewer
    response = signed_in(reader).get(address.format(correction.number, correction.claims.get().pk))

    assert f"冲 {entry.occurred_on} 的 +5 分，{entry.posted_at:%Y-%m-%d} 入账" in text(response)


def test_a_reversed_line_and_its_reversal_name_each_other(reversed_entry, correction, clerk, signed_in):
    with calendar.at(reversed_entry.reversed_by.posted_at):
        response = signed_in(clerk).get(book(reversed_entry.household))

    first = Claim.objects.get(pk=reversed_entry.source.removeprefix("claim:"))
    last_row, first_row = cells(response)
    assert last_row[1:6] == [f"冲正：{REASON}", "自治", "冲正", "−5", "0"]
    assert last_row[7] == f"冲 {first.batch.number} 第1行 批次 {correction.number} 公示"
    assert first_row[4:6] == ["+5", "5"]
    assert first_row[6].startswith("已冲正")
    assert first_row[7:] == [f"批次 {first.batch.number} 第1行 由 {correction.number} 冲正", ""]
    assert response.content.decode().count('class="is-gone"') == 1


def test_a_reversal_under_review_stands_above_and_closes_the_way(entry, correction, clerk, signed_in):
    response = signed_in(clerk).get(book(entry.household))

    waiting, line = cells(response)
    assert waiting[1:7] == [f"冲正：{REASON}", "自治", "冲正", "−5", "—", "待审核"]
    assert line[8] == ""
    assert "已为扣分和冲正留出 5 分" in text(response)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["冲正", "加分"]),
        ("?kind=award", ["加分"]),
        ("?kind=reversal", ["冲正"]),
        ("?kind=redemption", []),
        ("?year=2025", []),
        ("?year=", ["冲正", "加分"]),
    ],
)
def test_book_filters_by_kind_and_year(reversed_entry, clerk, signed_in, query, kinds):
    with calendar.at(reversed_entry.reversed_by.posted_at):
        response = signed_in(clerk).get(book(reversed_entry.household) + query)

    assert [row[3] for row in cells(response)] == kinds


def test_an_empty_book_says_so(district, clerk, signed_in):
    assert "这一户还没有积分记录" in text(signed_in(clerk).get(book(district.homes[0])))


def test_the_households_before_and_after_are_one_key_away(district, clerk, signed_in):
    tree = html.fromstring(signed_in(clerk).get(book(district.homes[2])).content.decode())

    turns = [(link.get("data-turn"), link.text, link.get("href")) for link in tree.xpath("//a[@data-turn]")]
    assert turns == [
        ("PageUp", "上一户 冉光明", book(district.homes[0])),
        ("PageDown", "下一户 欧阳娜", book(district.homes[4])),
    ]


def test_a_filter_gets_the_ledger_alone(entry, clerk, signed_in):
    response = signed_in(clerk).get(f"{book(entry.household)}?kind=award", headers={"HX-Request": "true"})

    assert response.headers["Vary"].count("HX-Request") == 1
    assert "<main" not in response.content.decode()
    assert "<table" in response.content.decode()


@pytest.mark.parametrize("person", ["stranger", "liaison", "admin"])
def test_a_book_out_of_sight_is_not_there(cast, entry, signed_in, person):
    client = signed_in(cast[person])

    addresses = [book(entry.household), reverse("points:passbook-print", args=[entry.household_id]), correct_url(entry)]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert client.post(reverse("points:passbook-members", args=[entry.household_id])).status_code == 404


@pytest.mark.parametrize("person", ["reviewer", "leader", "counter", "district", "auditor", "double"])
def test_whoever_may_see_households_reads_the_book(cast, entry, signed_in, person):
    assert "冉光明 户" in text(signed_in(cast[person]).get(book(entry.household)))


def test_book_costs_the_same_for_one_line_and_three(
    make_batch, rule_set, clerk, reviewer, panel, district, signed_in, django_assert_num_queries
):
    """Three lines, each from a batch of its own and one of them reversed, cost no more queries than one."""

    def post(*codes):
        for code in codes:
            rule = rule_set.rules.get(code=code)
            batch = make_batch([district.homes[1], district.homes[2]][: 1 + (code == "Z02")], rule=rule)
            approve(batches.submit(batch=batch, maker=clerk, now=NOW), reviewer, panel)
        notice = notices.publish(village=district.tongmu, period=periods.of(TODAY), publisher=clerk, now=NOW)
        with calendar.at(notice.due_at):
            postings.post(notice=notice, now=calendar.now())

    post("Z02", "Z04", "F01")
    client = signed_in(clerk)
    client.get(LIST)  # the first page of a session also writes the session down
    for household, lines in ((district.homes[1], 3), (district.homes[2], 1)):
        with django_assert_num_queries(22):
            assert len(cells(client.get(book(household)))) == lines


# --- members ------------------------------------------------------------------


def test_members_stay_closed_until_somebody_asks(entry, reviewer, signed_in):
    page = signed_in(reviewer).get(book(entry.household))

    assert "冉小妹" not in page.content.decode()
    assert "每次查看都会记录" in text(page)
    assert not AuditEvent.objects.filter(action="household.members").exists()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_looking_at_members_is_written_down(entry, reviewer, signed_in, headers):
    address = reverse("points:passbook-members", args=[entry.household_id])
    page = signed_in(reviewer).post(address, headers=headers).content.decode()

    assert "冉小妹" in page
    assert "查看已记录" in page
    event = AuditEvent.objects.get(action="household.members")
    assert (event.actor, event.target, event.place) == (reviewer, entry.household.number, "500114112202")


def test_a_get_never_opens_the_members(entry, reviewer, signed_in):
    address = reverse("points:passbook-members", args=[entry.household_id])

    assert signed_in(reviewer).get(address).status_code == 405


# --- print --------------------------------------------------------------------


def test_print_runs_from_the_oldest_line_with_its_balance(reversed_entry, clerk, signed_in):
    with calendar.at(reversed_entry.reversed_by.posted_at):
        address = reverse("points:passbook-print", args=[reversed_entry.household_id])
        response = signed_in(clerk).get(address)

    assert cells(response) == [
        ["2026-11-23", "Z02 参加公共劳动/投工投劳（已冲正）", "+5", "5"],
        ["2026-11-23", f"冲正：{REASON}", "−5", "0"],
    ]
    assert "户号 500114112202-01-0101" in text(response)


@pytest.mark.parametrize(("phone", "last"), [("", "村委会核对。"), ("023-0000 0114", "023-0000 0114 核对。")])
def test_the_foot_of_a_print_ends_its_lines_between_words(entry, clerk, signed_in, phone, last):
    entry.household.village.phone = phone
    entry.household.village.save()
    address = reverse("points:passbook-print", args=[entry.household_id])
    page = html.fromstring(signed_in(clerk).get(address).content.decode())

    kept = page.xpath("//p[@class='pb-sheet__foot']/span[@class='u-nowrap']")
    assert [span.text_content() for span in kept] == ["2026年入账的积分，", "2026年11月23日打印。", last]


# --- reversal -----------------------------------------------------------------


def test_correct_asks_for_a_reason(entry, clerk, signed_in):
    response = signed_in(clerk).post(correct_url(entry), {"reason": "  "})

    assert response.status_code == 422
    assert text(response).count("写明冲正的原因") == 2
    assert Claim.objects.filter(reverses=entry).count() == 0


def test_correct_leads_to_a_batch_that_waits_for_review(entry, clerk, signed_in):
    response = signed_in(clerk).post(correct_url(entry), {"reason": REASON})

    claim = Claim.objects.get(reverses=entry)
    assert response.headers["Location"] == reverse("points:batch", args=[claim.batch.number])
    assert (claim.points, claim.state, claim.batch.source) == (-entry.points, "submitted", "correction")
    assert (claim.batch.reason, claim.batch.maker) == (REASON, clerk)


def test_correct_twice_is_refused_in_words(entry, correction, clerk, signed_in):
    response = signed_in(clerk).post(correct_url(entry), {"reason": "再来一次"})

    assert response.status_code == 422
    assert "这一笔已经冲正过，或正在冲正" in text(response)
    assert f"这一笔正在冲正：批次 {correction.number}" in text(response)
    assert Claim.objects.filter(reverses=entry).count() == 1


def test_correct_says_in_which_month_it_counts(entry, clerk, signed_in):
    assert "计入生效的月份，以前月份的数和报告不变" in text(signed_in(clerk).get(correct_url(entry)))


@pytest.mark.parametrize("person", ["reviewer", "leader", "counter", "district", "auditor", "double"])
def test_correct_is_for_the_clerk_of_the_place(cast, entry, signed_in, person):
    response = signed_in(cast[person]).post(correct_url(entry), {"reason": REASON})

    assert response.status_code == 403
    assert Claim.objects.filter(reverses=entry).count() == 0


def test_an_entry_of_another_household_is_not_there(entry, clerk, signed_in, district):
    address = reverse("points:correct", args=[district.homes[1].pk, entry.pk])

    assert signed_in(clerk).get(address).status_code == 404


def test_a_household_that_moved_away_keeps_its_book(entry, clerk, signed_in):
    roster.move_out(household=entry.household, on=TODAY)
    response = signed_in(clerk).get(book(entry.household))

    assert "已迁出" in text(response)
    assert "录入积分" not in text(response)


# --- what was redeemed ----------------------------------------------------------


def test_book_names_what_was_redeemed_and_its_slip(redeem, counter, home, signed_in):
    made = redeem(2)
    store.undo(redemption=redeem(1), reason="录错了户", by=counter, now=NOW)
    response = signed_in(counter).get(book(home))

    rows = [row[1:8] for row in cells(response)]
    assert rows == [
        ["撤销兑换 洗衣液×1：录错了户", "—", "冲正", "+20", "60", "已生效 11-23", "小票 D-1123-02"],
        ["兑换 洗衣液×1", "—", "兑换", "−20", "40", "已冲正 11-23", "小票 D-1123-02 当天撤销"],
        ["兑换 洗衣液×2", "—", "兑换", "−40", "60", "已生效 11-23", "小票 D-1123-01"],
        ["期初", "—", "期初", "+100", "100", "已生效 11-23", "期初"],
    ]
    assert reverse("points:redeem-receipt", args=[made.pk]) in response.content.decode()
    assert "已兑换 40 分" in text(response)


def test_a_reviewer_reads_the_slips_number_and_gets_no_dead_link(redeem, home, reviewer, signed_in):
    made = redeem(2)
    page = signed_in(reviewer).get(book(home)).content.decode()

    assert "小票 D-1123-01" in page
    assert reverse("points:redeem-receipt", args=[made.pk]) not in page


def test_a_counter_goes_from_the_book_to_the_goods(outlet, home, counter, clerk, signed_in):
    address = f"/redeem/?outlet={outlet.pk}&household={home.pk}"

    assert address in signed_in(counter).get(book(home)).content.decode()
    assert address not in signed_in(clerk).get(book(home)).content.decode()
