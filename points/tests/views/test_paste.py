import uuid

import pytest
from django.urls import reverse

from conftest import SINCE, TODAY
from points.models import Batch, Claim, Import
from qianjiang_portal.foundation import jobs
from villages import roster

pytestmark = pytest.mark.django_db

# How one clerk really writes: each shape is found among the sixty-three lines.
SHAPES = (
    "{}\t5\t",
    "{}\t５\t",
    '"{}。"\t5\t"半天\n带队"',
    "12. {} 2人",
    "{}\t\t",
    "３、{}家 5分",
    "{}　５",
    "{}\t+5\t半天",
)


@pytest.fixture
def village(district, rule):
    """Sixty households with names of their own and two pairs of namesakes, beside the eight of the cast."""
    grids = list(district.tongmu.grids.all())
    names = [f"冉{first}{second}" for first in "东南西北上下" for second in "甲乙丙丁戊己庚辛壬癸"]
    names = [*names[:52], "张伟", "张伟", "冉光荣", "冉光荣"]
    newcomers = [
        roster.Newcomer(grid=grids[at % 2], head_name=name, joined_on=SINCE, members=3) for at, name in enumerate(names)
    ]
    roster.enrol_many(newcomers=newcomers)
    return district.tongmu


@pytest.fixture
def send(signed_in, clerk, district, rule):
    client = signed_in(clerk)
    key = str(uuid.uuid4())

    def post(text, **more):
        fields = {"v": district.tongmu.code, "rule": "Z02", "date": TODAY.isoformat(), "key": key, "text": text}
        return client.post(reverse("points:entry-paste"), fields | more)

    return post


def lines_of(village):
    names = [one.head_name for one in village.households.order_by("serial")]
    unique = [name for name in names if names.count(name) == 1]
    body = [SHAPES[at % len(SHAPES)].format(name) for at, name in enumerate(unique)]
    return ["姓名\t分值\t备注", *body[:15], "张伟\t5\t", *body[15:30], "冉光荣\t5\t", *body[30:], "李某某\t5\t"]


def test_sixty_three_mixed_lines_come_out_as_sixty_two_and_one(send, village):
    response = send("\r\n".join(lines_of(village)))

    reading = response.context["reading"]
    assert (len(reading.matches), reading.matched, reading.same, reading.unknown) == (63, 60, 2, 1)
    assert [match.household for match in reading.matches if match.asked == "same"] == [None, None]
    page = response.content.decode()
    for text in (
        "读到 63 行", "60 行能对上", "2 行有同名", "1 行没找到", "有 2 户叫“张伟”，按组和户号选一户", "没有找到这一户",
        "先加入能对上的 60 行", "还没有写入任何行", "已自动整理",
    ):  # fmt: skip
        assert text in page
    assert not Batch.objects.exists()


def test_clear_lines_join_a_draft_and_the_others_wait(send, village):
    text = "\n".join(lines_of(village))

    response = send(text, read="1", header="on", step="add")

    batch = Batch.objects.get()
    assert (batch.source, batch.claims.count(), batch.rule.code) == ("paste", 60, "Z02")
    assert set(batch.claims.values_list("points", flat=True)) == {5}
    assert batch.claims.filter(note="半天 带队").exists()
    page = response.content.decode()
    assert "已加入 60 行" in page
    assert f"草稿 {batch.number}，10:00 已保存" in page

    reading = response.context["reading"]
    answers = {f"pick-{match.line.at}": match.choices[1][0].pk for match in reading.matches if match.choices}
    skips = {f"skip-{match.line.at}": "on" for match in reading.matches if match.asked == "none"}
    response = send(text, read="1", header="on", step="add", number=batch.number, **answers, **skips)

    assert response.url == f"{reverse('points:entry')}?batch={batch.number}"
    assert batch.claims.count() == 62
    assert set(answers.values()) <= set(batch.claims.values_list("household", flat=True))


def test_the_grid_goes_on_with_a_pasted_draft(send, signed_in, clerk):
    response = send("冉光明\n覃世明", step="add")

    page = signed_in(clerk).get(response.url)

    assert [row["household"]["name"] for row in page.context["config"]["rows"]] == ["冉光明", "覃世明"]


def test_a_list_sent_twice_is_added_once(send):
    send("冉光明\n覃世明", step="add")
    send("冉光明\n覃世明", step="add")

    assert (Batch.objects.count(), Claim.objects.count()) == (1, 2)


def match_of(response, at=0):
    return response.context["reading"].matches[at]


def test_a_family_member_stands_for_the_household(send, district):
    match = match_of(send("冉小妹"))

    assert (match.household, match.state) == (district.homes[0], "ok")
    assert match.tidied == ("家庭成员 冉小妹，记在本人名下",)


def test_a_number_tells_namesakes_apart(send, village):
    one, other = village.households.filter(head_name="张伟").order_by("number")

    assert match_of(send(f"张伟 {other.short_number}")).household == other
    assert match_of(send(f"张伟\t{one.number}\n冉光明\t{one.number}")).household == one
    assert match_of(send(f"张伟 {other.grid.number}组")).household == other


def test_a_number_of_somebody_else_is_asked_about(send, district):
    other = district.homes[3].short_number

    match = match_of(send(f"冉光明 {other}"))

    assert (match.state, match.household) == ("same", None)
    assert match.text == f"名册上的“冉光明”户号不是 {other}，看看是不是这一户"


def test_a_number_alone_with_an_unknown_name_is_asked_about(send, district):
    match = match_of(send(f"无此人 {district.homes[3].short_number}"))

    assert (match.state, match.household) == ("same", None)
    assert match.text == f"户号 {district.homes[3].short_number} 的户主不叫“无此人”，看看是不是这一户"


def test_a_household_that_stands_twice_is_told(send):
    match = match_of(send("冉光明\n冉光明"), 1)

    assert (match.state, match.text) == ("twice", "冉光明 已在第 1 行")


@pytest.mark.parametrize(
    ("points", "text"),
    [("九", "分值只填数字，如 5 或 -2"), ("9", "每次 +2 到 +8 分，这里是 +9 分"), ("0", "分值不能是 0")],
)
def test_points_that_do_not_fit_are_put_right_on_the_page(send, points, text):
    match = match_of(send(f"户主\t分值\n冉光明\t{points}"))
    assert (match.state, match.text) == ("points", text)

    match = match_of(send(f"户主\t分值\n冉光明\t{points}", **{"points-2": "6"}))
    assert (match.state, match.asked, match.points) == ("ok", "points", 6)


def test_a_household_can_be_sought_without_scripts(send, district):
    assert match_of(send("某某", **{"find-1": "覃世明"})).household == district.homes[1]
    assert match_of(send("某某", **{"find-1": "tsm"})).household == district.homes[1]
    assert match_of(send("某某", **{"find-1": district.homes[1].short_number})).household == district.homes[1]
    assert match_of(send("某某", **{"find-1": "没有的"})).text == "没有找到“没有的”"


def test_a_household_of_another_village_cannot_be_slipped_in(send, district):
    match = match_of(send("罗昌碧", **{"pick-1": district.next_door[0].pk}))

    assert (match.state, match.household) == ("none", None)


def test_what_a_cap_refuses_says_why_and_stays(send, district, make_batch, clerk):
    from conftest import NOW
    from points import batches

    for day in (20, 21, 22):
        batches.submit(batch=make_batch(points=8, on=TODAY.replace(day=day)), maker=clerk, now=NOW)

    match = match_of(send("冉光明", step="add"))

    assert (match.state, match.text) == ("refused", "本月已有 24 分，上限 24 分，可从下月起再录")
    assert Batch.objects.filter(source="paste").count() == 0


def test_a_thousand_lines_and_no_more(send):
    response = send("冉光明\n" * 1001)

    assert response.status_code == 422
    assert "这里有 1,001 行，一次最多 1,000 行。分几次粘贴，或按 Excel 表导入" in response.content.decode()
    assert "按 Excel 表导入 1,001 行" in response.content.decode()


def test_a_longer_list_goes_on_as_a_workbook(send, village, district, settings, tmp_path):
    """What was read of it is carried over; the same list a second time leads to the same import."""
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    text = "户主\t分值\t备注\n冉光明\t5\t带队\n4. 覃世明 2人\n" + "张 伟\t３\n" * 1000
    response = send(text, step="import")
    source = Import.objects.get()

    assert response.headers["Location"] == reverse("points:import", args=[source.pk])
    assert send(text, step="import").headers["Location"] == response.headers["Location"]
    assert jobs.run(source.job.uuid)
    rows = source.rows.order_by("line").values_list("raw_name", "raw_rule", "raw_points", "raw_note", "day")
    assert rows.count() == 1002
    assert list(rows[:3]) == [
        ("冉光明", "Z02", "5", "带队", TODAY), ("覃世明", "Z02", "5", "2人", TODAY), ("张伟", "Z02", "3", "", TODAY)
    ]  # fmt: skip
    assert not Batch.objects.exists()


def test_nothing_chosen_yet_keeps_the_text(send):
    page = send("冉光明", rule="").content.decode()

    assert "先选村和事项，再录农户" in page
    assert "\n冉光明</textarea>" in page


def test_a_long_list_costs_no_more_queries_than_a_short_one(send, village, django_assert_max_num_queries):
    send("冉光明")
    with django_assert_max_num_queries(24):
        send("\n".join(lines_of(village)))
    with django_assert_max_num_queries(46):
        send("\n".join(lines_of(village)), step="add")


def test_somebody_elses_draft_is_not_joined(send, make_batch, double, district):
    from points.models import Rule

    theirs = make_batch(
        [], maker=double, village=district.sanmen, rule=Rule.objects.get(code="Z02", rule_set__scope="township")
    )

    send("罗昌碧", v=district.sanmen.code, number=theirs.number, step="add")

    assert theirs.claims.count() == 0
    assert Batch.objects.filter(source="paste").count() == 1


# --- 成员 -------------------------------------------------------------------

MEMBERS = "户主\t成员\t分值\n冉光明\t冉小妹\t5\n冉光明\t\t5\n覃世明\t覃小美\t5\n单淑芬\t本人\t5\n"


def states(response):
    return [(match.state, match.resident, match.text) for match in response.context["reading"].matches]


def test_a_column_says_which_member_is_meant(send, district):
    daughter = district.homes[0].residents.get(is_head=False)
    response = send(MEMBERS)
    assert [column.role for column in response.context["reading"].sheet.columns] == ["name", "member", "points"]
    assert states(response) == [
        ("ok", daughter.pk, ""),
        ("ok", None, ""),
        ("member", None, "覃世明户没有“覃小美”，选一位成员"),
        ("ok", None, ""),
    ]
    assert [match.tidied for match in response.context["reading"].matches[:2]] == [(), ("没有写成员，记在户主名下",)]
    page = response.content.decode()
    assert 'name="member-4"' in page
    assert "覃世明（户主）" in page
    assert "覃小妹</option>" in page


def test_the_member_that_was_meant_is_chosen_and_added(send, district):
    other = district.homes[1].residents.get(is_head=False)
    send(MEMBERS, step="add", **{"member-4": str(other.pk), "read": "1", "header": "on"})
    claims = Claim.objects.order_by("line").values_list("household__head_name", "resident__name")
    assert list(claims) == [("冉光明", "冉小妹"), ("冉光明", None), ("覃世明", "覃小妹"), ("单淑芬", None)]
    again = send(MEMBERS, **{"member-4": "0", "read": "1", "header": "on", "number": Batch.objects.get().number})
    assert [match.state for match in again.context["reading"].matches] == ["added", "added", "ok", "added"]


def test_a_name_found_through_a_member_is_that_members_own(send, district):
    daughter = district.homes[0].residents.get(is_head=False)
    match = send("冉小妹 5分\n").context["reading"].matches[0]
    assert (match.state, match.household, match.resident) == ("ok", district.homes[0], daughter.pk)
    assert match.tidied == ("家庭成员 冉小妹，记在本人名下",)


def test_where_households_count_a_member_is_told_and_not_kept(send, district):
    response = send("户主\t成员\t分值\n冉光明\t冉小妹\t5\n", rule="Z01")
    match = response.context["reading"].matches[0]
    assert (match.state, match.resident) == ("ok", None)
    assert match.tidied == ("按户计分，成员“冉小妹”不另记",)
