"""权限一览: the portal's own rules asked for each person, by village and by person, and nothing said twice."""

import datetime as dt
import inspect
import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import TODAY, make_person
from demos import permissions as demos_permissions
from points import permissions as points_permissions
from points.models import Outlet
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import options
from qianjiang_portal.pages import rights
from reports import permissions as reports_permissions
from villages import accounts
from villages import permissions as villages_permissions
from villages.models import Household, User, Village

VILLAGE, PEOPLE = reverse("rights"), reverse("rights-people")


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def allowed(village):
    return {
        allowing.words: {holder.user.username for holder in allowing.holders}
        for _, acts in rights.in_village(village)
        for allowing in acts
    }


def test_a_village_shows_who_may_do_what(cast, district):
    may = allowed(district.tongmu)

    assert may["录入和改行"] == {"clerk"}
    assert may["审核"] == {"reviewer", "double"}
    assert may["发布细则"] == {"leader"}
    assert may["兑换"] == {"counter"}
    assert may["记经费"] == {"clerk", "district"}
    assert may["看农户、批次和存折"] == {"clerk", "reviewer", "leader", "counter", "district", "auditor", "double"}
    assert may["看村情和数字"] == may["看农户、批次和存折"] | {"liaison"}
    assert allowed(district.zhongyuan)["录入和改行"] == {"stranger"}


def test_somebody_with_two_appointments_stands_where_each_of_them_counts(cast, district):
    assert "double" in allowed(district.sanmen)["录入和改行"]
    assert "double" not in allowed(district.sanmen)["审核"]
    assert "double" not in allowed(district.tongmu)["录入和改行"]


def test_the_answers_are_those_of_the_rules(cast, district):
    """Asked directly, for the whole person, the rules say the same of everybody in every village."""
    for village in (district.tongmu, district.sanmen, district.zhongyuan):
        shown = allowed(village)
        for username, person in cast.items():
            for acts in rights.ACTS.values():
                for act in acts:
                    assert (username in shown[act.words]) == act.allowed(person, village), (username, act.words)


def test_what_the_rules_learn_the_page_tells(cast, district):
    """A setting changes a rule; nobody has to change the page."""
    assert "clerk" not in allowed(district.tongmu)["兑换"]
    options.put(name="clerks_at_counter", value=True)

    assert points_permissions.can_redeem(cast["clerk"], Outlet(village=district.tongmu))
    assert "clerk" in allowed(district.tongmu)["兑换"]


def test_whoever_left_is_gone_from_the_page(cast, district):
    cast["clerk"].appointments.update(ends_on=TODAY - dt.timedelta(days=1))
    accounts.switch_off(user=cast["reviewer"], by=cast["admin"], now=dt.datetime.now(tz=dt.UTC))

    may = allowed(district.tongmu)
    assert (may["录入和改行"], may["审核"]) == (set(), {"double"})


def test_no_rule_about_a_village_is_missing():
    """A new rule that is asked about a village has to be told on the page as well."""
    rooms = (villages_permissions, points_permissions, demos_permissions, reports_permissions)
    rules = {
        function
        for room in rooms
        for name, function in inspect.getmembers(room, inspect.isfunction)
        if name.startswith("can_") and "Village" in str(list(inspect.signature(function).parameters.values())[1:])
    }
    told = {act.allowed for acts in rights.ACTS.values() for act in acts}

    assert len(rules) > 8
    assert rules - told == set()


def test_the_page_of_a_village_names_people_and_their_appointments(cast, district, signed_in):
    text = words(signed_in(cast["auditor"]).get(VILLAGE, {"village": district.tongmu.code}))

    assert "录入和改行 1 冉晓莉 （濯水镇乡镇经办）" in text
    assert "审核 2 双任职 （濯水镇桐木村评议审核） 、 覃正芬 （濯水镇桐木村评议审核）" in text
    assert "先选一个村" in words(signed_in(cast["auditor"]).get(VILLAGE, {"village": "x"}))


def test_an_act_nobody_may_do_is_marked(district, district_officer, signed_in):
    text = words(signed_in(district_officer).get(VILLAGE, {"village": district.tongmu.code}))

    assert "录入和改行 0 没有人" in text


def test_the_page_of_a_person_says_what_each_appointment_opens(cast, signed_in):
    text = words(signed_in(cast["district"]).get(reverse("rights-person", args=[cast["double"].pk])))

    assert "濯水镇三门社区乡镇经办 2026-01-01 起，1 个村" in text
    assert "濯水镇桐木村评议审核" in text
    entering, checking = text.split("濯水镇桐木村评议审核")[:2]
    assert "录入和改行" in entering
    assert "录入和改行" not in checking.split("看得到什么")[0]


def test_an_administrator_sees_no_household(cast, signed_in):
    text = words(signed_in(cast["admin"]).get(reverse("rights-person", args=[cast["admin"].pk])))

    assert "村里的事都不能做，也看不到农户" in text
    unseen = text.split("一条也没有的：")[1]
    assert "农户" in unseen.split("条数由")[0]
    assert "村和社区 3" in text.split("一条也没有的：")[0]


def test_what_is_counted_is_what_the_pages_can_show(cast, district, submitted):
    for person in cast.values():
        seen = {seen.kind: seen.count for seen in rights.seen_by(person)}
        assert seen["农户"] == Household.objects.visible_to(person).count()
        assert seen["村和社区"] == Village.objects.visible_to(person).count()
    assert {seen.kind: seen.count for seen in rights.seen_by(cast["clerk"])}["农户"] == 11


def test_every_kind_that_knows_who_is_asking_is_counted(cast):
    kinds = [seen.kind for seen in rights.seen_by(cast["clerk"])]
    knowing = [
        model
        for room in rights.ROOMS
        for model in apps.get_app_config(room).get_models()
        if hasattr(model._default_manager.all(), "visible_to")
    ]

    assert len(kinds) == len(knowing) > 25


def test_counting_stops_where_the_number_says_nothing_more():
    assert rights.Seen("流水", rights.COUNTED_TO + 1).text == "1000 以上"
    assert rights.Seen("流水", rights.COUNTED_TO).text == "1000"


def test_others_are_told_it_is_not_theirs(cast, signed_in):
    for username in ("clerk", "leader", "liaison"):
        assert signed_in(cast[username]).get(VILLAGE).status_code == 403
        assert not rights.people(cast[username]).exists()


def test_people_are_found_by_name_and_account(cast, signed_in):
    client = signed_in(cast["auditor"])

    assert "1 人" in words(client.get(PEOPLE, {"q": "冉晓"}))
    assert "没有这个人" in words(client.get(PEOPLE, {"q": "没有"}))


@pytest.mark.parametrize("address", ["village", "people", "person"])
def test_the_pages_cost_the_same_for_one_person_and_many(district, auditor, signed_in, address):
    client = signed_in(auditor)
    one = make_person("a", "甲", {"role": "clerk", "township": district.zhuoshui})
    make_person("a2", "甲", {"role": "counter", "covers": [district.tongmu]})
    url = {
        "village": f"{VILLAGE}?village={district.tongmu.code}",
        "people": PEOPLE,
        "person": reverse("rights-person", args=[one.pk]),
    }[address]
    client.get(url)
    few = own_queries(client, url)
    for name in ("b", "c"):
        make_person(name, name, {"role": "reviewer", "village": district.tongmu})
        make_person(f"{name}2", name, {"role": "counter", "covers": [district.tongmu]})

    assert own_queries(client, url) == few


def test_a_person_without_villages_asks_nothing_about_them(cast):
    User.objects.get(username="admin")
    with CaptureQueriesContext(connection) as asked:
        rights.of(cast["admin"])

    assert len(asked) <= 4
