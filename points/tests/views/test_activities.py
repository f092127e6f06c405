import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import activities
from points.activities import Facts, Present
from points.models import Activity, Batch
from points.tests.views.cost import own_queries

pytestmark = pytest.mark.django_db

FACTS = Facts("self", "kind", "清沟排水义务劳动", TODAY, "2组晒坝")


@pytest.fixture
def activity(district, clerk, rule):
    return activities.register(village=district.tongmu, facts=FACTS, by=clerk, now=NOW)


@pytest.fixture
def attended(activity, district, clerk):
    people = [Present(one) for one in district.homes[:2]]
    activities.attend(activity=activity, people=people, by=clerk, now=NOW)
    return activity


def url(name, activity):
    return reverse(f"points:activity{name}", args=[activity.pk])


def heads(activity):
    return list(activity.attendances.order_by("pk").values_list("household__head_name", flat=True))


def test_the_register_tells_what_was_held_and_what_became_of_it(signed_in, clerk, attended):
    text = signed_in(clerk).get(reverse("points:activity-list")).content.decode()

    for words in ("清沟排水义务劳动", "2组晒坝", "自治 1", "宣传 0", "全部 1", "2 户", "还没有转", "登记活动"):
        assert words in text


def test_the_register_is_chosen_from_by_kind_and_year(signed_in, clerk, attended):
    client = signed_in(clerk)

    other = client.get(reverse("points:activity-list"), {"kind": "law"}).content.decode()
    assert "这一类还没有活动" in other
    before = client.get(reverse("points:activity-list"), {"year": "2025"}).content.decode()
    assert "还没有登记活动" in before


def test_a_draft_is_opened_by_its_maker_alone(signed_in, clerk, leader, attended, rule):
    made = activities.to_points(activity=attended, rule=rule, by=clerk, now=NOW)
    link = reverse("points:batch", args=[made.batch.number])
    pages = (reverse("points:activity-list"), url("", attended))

    assert all(f'href="{link}"' in signed_in(clerk).get(page).content.decode() for page in pages)
    read = [signed_in(leader).get(page).content.decode() for page in pages]
    assert not any(f'href="{link}"' in page for page in read)
    assert "冉晓莉提交后可以看" in read[1]


def test_a_stranger_sees_no_activity(signed_in, stranger, attended):
    client = signed_in(stranger)

    assert "清沟" not in client.get(reverse("points:activity-list")).content.decode()
    assert client.get(url("", attended)).status_code == 404
    assert client.post(url("-points", attended), {"rule": "Z02"}).status_code == 404


def test_the_register_costs_the_same_with_one_and_with_three(signed_in, clerk, district, attended):
    client = signed_in(clerk)
    own_queries(client, reverse("points:activity-list"))
    one = own_queries(client, reverse("points:activity-list"))
    for title in ("院坝会", "法治宣讲"):
        facts = Facts(**{**vars(FACTS), "title": title})
        more = activities.register(village=district.sanmen, facts=facts, by=clerk, now=NOW)
        activities.attend(activity=more, people=[Present(district.next_door[0])], by=clerk, now=NOW)

    assert own_queries(client, reverse("points:activity-list")) == one <= 5


def test_an_activity_costs_the_same_with_two_and_with_eight_households(signed_in, clerk, district, attended):
    client = signed_in(clerk)
    own_queries(client, url("", attended))
    two = own_queries(client, url("", attended))
    activities.attend(activity=attended, people=[Present(one) for one in district.homes], by=clerk, now=NOW)

    assert own_queries(client, url("", attended)) == two <= 8


def test_an_activity_is_registered_on_a_form(signed_in, clerk, district):
    client = signed_in(clerk)
    given = {"village": district.tongmu.code, "title": "院坝会", "kind": "self", "joy": "harmony"}

    wrong = client.post(reverse("points:activity-new"), given | {"held_on": "2026-11-24", "place": ""})
    assert wrong.status_code == 422
    assert {"地点没有填写", "日期晚于今天，活动办了再登记"} <= {
        error for errors in wrong.context["form"].errors.values() for error in errors
    }

    good = client.post(reverse("points:activity-new"), given | {"held_on": "2026-11-22", "place": "村委会"})
    made = Activity.objects.get()
    assert good.url == reverse("points:activity", args=[made.pk])
    assert (made.title, made.place, made.made_by) == ("院坝会", "村委会", clerk)


def test_another_townships_village_is_not_to_be_chosen(signed_in, clerk, district):
    given = {"village": district.zhongyuan.code, "title": "院坝会", "kind": "self", "joy": "harmony"}
    answer = signed_in(clerk).post(reverse("points:activity-new"), given | {"held_on": "2026-11-22", "place": "村委会"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["village"] == ["选一个村"]


def test_what_was_entered_is_put_right(signed_in, clerk, activity):
    given = {"title": "清沟排水", "kind": "virtue", "joy": "live", "held_on": "2026-11-21", "place": "1组"}

    assert signed_in(clerk).post(url("-edit", activity), given).status_code == 302
    activity.refresh_from_db()
    assert (activity.title, activity.kind, activity.place) == ("清沟排水", "virtue", "1组")


@pytest.mark.parametrize("typed", ["冉光明", "rgm", "户号"])
def test_a_household_is_found_by_name_letters_and_number(signed_in, clerk, activity, district, typed):
    typed = district.homes[0].short_number if typed == "户号" else typed
    assert signed_in(clerk).post(url("-add", activity), {"who": typed}).status_code == 302
    assert heads(activity) == ["冉光明"]


def test_nobody_and_namesakes_are_told(signed_in, clerk, activity, district):
    client = signed_in(clerk)
    twin = district.homes[1]
    twin.head_name = "冉光明"
    twin.save()

    nobody = client.post(url("-add", activity), {"who": "生人"})
    assert nobody.status_code == 422
    assert "没有找到“生人”" in nobody.content.decode()
    several = client.post(url("-add", activity), {"who": "冉光明"})
    assert "有 2 户叫“冉光明”，选一户" in several.content.decode()

    client.post(url("-add", activity), {"household": twin.pk})
    assert list(activity.attendances.values_list("household", flat=True)) == [twin.pk]


def test_another_villages_household_is_not_put_on_the_list(signed_in, clerk, activity, district):
    answer = signed_in(clerk).post(url("-add", activity), {"household": district.next_door[0].pk})

    assert answer.status_code == 422
    assert heads(activity) == []


def test_a_group_is_ticked(signed_in, clerk, attended, district):
    client = signed_in(clerk)
    page = client.get(url("-roster", attended), {"group": "2"})
    assert [(one.head_name, here) for one, here, _ in page.context["lines"]] == [
        ("覃世明", True),
        ("曾国良", False),
        ("庹世全", False),
        ("向德珍", False),
    ]

    answer = client.post(url("-roster", attended), {"group": "2", "go": "1", "tick": [district.homes[3].pk]})
    assert answer.url.endswith("?group=1")
    assert heads(attended) == ["冉光明", "曾国良"]


def test_a_pasted_list_is_read_and_joins(signed_in, clerk, attended):
    client = signed_in(clerk)
    text = "1. 冉光明\n2. 曾国良 2人\n3. 欧小妹\n4. 曾国良\n5. 生人"

    read = client.post(url("-paste", attended), {"text": text, "step": "read"})
    assert [match.state for match in read.context["reading"].matches] == ["there", "ok", "ok", "twice", "none"]
    assert "读到 5 行，2 人可以记到场，1 人已在名单里，1 行重复，1 行要处理" in read.content.decode()

    rest = client.post(url("-paste", attended), {"text": text, "step": "add"})
    assert "已记 2 人到场，还有 1 行要处理" in rest.content.decode()
    answers = {"text": text, "step": "add", "find-5": "庹世全"}
    assert client.post(url("-paste", attended), answers).status_code == 302
    assert [str(one) for one in attended.attendances.order_by("pk")] == [
        "冉光明",
        "覃世明",
        "曾国良",
        "欧小妹",
        "庹世全",
    ]


def test_an_unreadable_list_is_told(signed_in, clerk, activity):
    answer = signed_in(clerk).post(url("-paste", activity), {"text": "合计 30", "step": "read"})

    assert answer.status_code == 422
    assert "没有读到名单" in answer.content.decode()


def test_suiting_rules_come_first_and_the_one_used_before_is_chosen(signed_in, clerk, attended, district, rule):
    before = activities.register(
        village=district.tongmu, facts=Facts(**{**vars(FACTS), "title": "上次劳动"}), by=clerk, now=NOW
    )
    activities.attend(activity=before, people=[Present(district.homes[5])], by=clerk, now=NOW)
    activities.to_points(activity=before, rule=rule, by=clerk, now=NOW)

    offered = signed_in(clerk).get(url("", attended)).context["offered"]

    assert offered.usual == "Z02"
    assert {one.code for one in offered.suiting} >= {"Z01", "Z02"}
    assert all(one.dimension == "self" or one.joy == "kind" for one in offered.suiting)
    assert all(one.sign > 0 for one in offered.every)


def test_a_village_without_such_a_list_takes_up_the_habit_of_the_township(signed_in, clerk, attended, district, rule):
    there = district.next_door[0]
    before = activities.register(
        village=there.village, facts=Facts(**{**vars(FACTS), "title": "三门劳动"}), by=clerk, now=NOW
    )
    activities.attend(activity=before, people=[Present(there)], by=clerk, now=NOW)
    activities.to_points(activity=before, rule=rule, by=clerk, now=NOW)

    assert signed_in(clerk).get(url("", attended)).context["offered"].usual == "Z02"


def test_one_button_makes_the_draft_and_the_batch_says_where_it_came_from(signed_in, clerk, attended):
    client = signed_in(clerk)

    answer = client.post(url("-points", attended), {"rule": "Z02"}, follow=True)

    batch = Batch.objects.get()
    opens = reverse("points:batch", args=[batch.number])
    link = f'<a class="d" href="{opens}">{batch.number}</a>'
    assert f"已转成草稿 {link}，2 行，核对后提交" in answer.content.decode()
    page = client.get(opens).content.decode()
    assert "活动：清沟排水义务劳动" in page
    assert url("", attended) in page
    again = client.post(url("-points", attended), {"rule": "Z02"})
    assert again.status_code == 422
    assert "已经转成积分批次，不能再转" in again.content.decode()


@pytest.mark.parametrize("code", ["", "Z99"])
def test_a_rule_that_is_not_in_force_is_not_taken(signed_in, clerk, attended, code):
    answer = signed_in(clerk).post(url("-points", attended), {"rule": code})

    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_readers_see_the_list_and_no_buttons(signed_in, reviewer, attended):
    text = signed_in(reviewer).get(url("", attended)).content.decode()

    assert "冉光明" in text
    assert "转成草稿" not in text
    assert "记到场" not in text
