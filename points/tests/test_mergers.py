"""Villages that merge: everybody with all they held, in one go, and the old chain comes to its end."""

import datetime as dt
import uuid

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, SINCE, TODAY, make_person
from points import honours, ledger, mergers, reconcile, seals, stock, store, suspensions
from points.mergers import CannotMerge
from points.models import Balance, ChainHead, Claim, HonourKind, PanelMember, Seal, VillageMerger
from points.tests.shop import give, open_outlet
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Conflict
from villages import appointments, bodies, dues, roster
from villages.appointments import CannotAppoint
from villages.bodies import CannotName
from villages.models import Appointment, Grid, Household, Post, Village

PAPER = "黔江府〔2026〕58号"


def books_are_clean():
    found = [str(one) for one in (*reconcile.differences(), *seals.verify())]
    assert found == []
    return True


def text(response):
    """What stands on the page, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


@pytest.fixture
def rich(district):
    """桐木村 with points: more, none and a debt."""
    give(district.homes[0], 40)
    give(district.homes[1], -3)
    give(district.next_door[0], 7)
    return district


@pytest.fixture
def merge(district, district_officer):
    def act(**given):
        said = {"source": district.tongmu, "into": district.sanmen, "paper": PAPER, "by": district_officer, "now": NOW}
        return mergers.merge(**said | given)

    return act


def test_everybody_goes_on_in_the_other_village(rich, merge, panel):
    made = merge(seen=mergers.standing(rich.tongmu, TODAY).mark)
    assert (made.households, made.points) == (8, 37)
    assert not Household.objects.active().filter(village=rich.tongmu).exists()
    old = Household.objects.get(pk=rich.homes[0].pk)
    new = old.successor
    assert (new.village, new.head_name, new.grid.name) == (rich.sanmen, "冉光明", "桐木村1组")
    assert new.number == f"{rich.sanmen.code}-03-0301"
    assert (Balance.objects.get(household=old).posted, Balance.objects.get(household=new).posted) == (0, 40)
    assert Balance.objects.get(household__number=f"{rich.sanmen.code}-04-0401").posted == -3
    assert [one.name for one in new.residents.order_by("pk")] == ["冉光明", "冉小妹"]
    assert set(PanelMember.objects.values_list("ends_on", flat=True)) == {TODAY}
    village = Village.objects.get(pk=rich.tongmu.pk)
    assert (village.closed_on, village.successor) == (TODAY, rich.sanmen)
    assert AuditEvent.objects.get(action="village.merge").facts["households"] == 8
    assert books_are_clean()


def test_both_chains_are_walked_and_the_old_one_ends(rich, merge):
    made = merge()
    head = ChainHead.objects.get(village=rich.tongmu)
    assert (head.number, head.digest) == (made.last_seal.number, made.last_seal.digest)
    assert (made.last_seal.points_sum, made.first_seal.points_sum) == (-37, 37)
    assert list(seals.verify([rich.tongmu.pk, rich.sanmen.pk])) == []
    give(Household.objects.get(pk=rich.homes[0].pk).successor, 5)
    assert books_are_clean()


def test_a_village_without_points_merges_without_entries(district, merge):
    made = merge()
    assert (made.points, made.last_seal, Seal.objects.count()) == (0, None, 0)
    assert books_are_clean()


def test_what_stands_in_the_way(notice, district, merge, leader):
    with pytest.raises(CannotMerge, match="桐木村还有 3 行在审核或公示"):
        merge()
    assert "桐木村还有 1 期公示没有入账" in "；".join(mergers.obstacles(district.tongmu, district.sanmen, TODAY))
    with pytest.raises(CannotMerge, match="选两个不同的村"):
        merge(source=district.sanmen)
    with pytest.raises(CannotMerge, match="村的撤并由区级办"):
        merge(by=leader)
    with pytest.raises(CannotMerge, match="批复文号没有写"):
        merge(paper=" ")
    assert not VillageMerger.objects.exists()


def test_each_unfinished_thing_is_told(rich, merge, make_batch, counter, clerk, leader):
    make_batch([rich.homes[2]])
    kind = HonourKind.objects.get(name="文明家庭")
    nominee = honours.Nominee(household=rich.homes[3])
    honours.nominate(kind=kind, village=rich.tongmu, year=2026, nominee=nominee, deed="邻里和睦", by=clerk, now=NOW)
    outlet = open_outlet(rich, counter)
    item = stock.keep_item(outlet=outlet, code="M1", name="毛巾", points=10, by=counter, now=NOW)
    stock.receive(item=item, quantity=3, by=counter, now=NOW)
    slip = store.redeem(
        outlet=outlet, household=rich.homes[0], basket={item.pk: 1}, key=uuid.uuid4(), by=counter, now=NOW
    )
    found = mergers.obstacles(rich.tongmu, rich.sanmen, TODAY)
    assert [one.split("还有 ")[1][:9] for one in found] == ["1 行草稿或退回的", "1 项荣誉没有评完", "1 笔今天的兑换当"]
    assert len(mergers.obstacles(rich.tongmu, rich.sanmen, TODAY + dt.timedelta(days=1))) == 2
    store.undo(redemption=slip, reason="拿错", by=counter, now=NOW)
    assert len(mergers.obstacles(rich.tongmu, rich.sanmen, TODAY)) == 2
    with pytest.raises(CannotMerge, match="先提交或移出；桐木村还有 1 项荣誉"):
        merge()


def test_what_changed_since_it_was_looked_at(rich, merge):
    seen = mergers.standing(rich.tongmu, TODAY).mark
    give(rich.homes[2], 5)
    with pytest.raises(Conflict, match="刚有变化"):
        merge(seen=seen)


def test_a_village_merges_once_and_takes_nobody_in(rich, merge):
    merge()
    with pytest.raises(CannotMerge, match="桐木村已经撤并"):
        merge()
    with pytest.raises(roster.CannotEnrol, match="桐木村已经撤并"):
        roster.enrol(grid=rich.homes[0].grid, head_name="新户", joined_on=SINCE)
    assert dues.with_waiting(Village.objects.open(), TODAY).filter(pk=rich.tongmu.pk).count() == 0


def test_a_suspension_and_an_outlet_follow(rich, merge, leader, counter):
    outlet = open_outlet(rich, counter)
    outlet.villages.set([rich.tongmu])
    veto = suspensions.Veto("V03", "虚报参加劳动 3 次", "镇核查结论")
    held = suspensions.suspend(household=rich.homes[0], veto=veto, ends_on=TODAY.replace(month=12), by=leader, now=NOW)
    merge()
    successor = Household.objects.get(pk=rich.homes[0].pk).successor
    assert successor.suspensions.get().ends_on == held.ends_on
    assert set(outlet.villages.all()) == {rich.tongmu, rich.sanmen}


# --- the database by itself -------------------------------------------------------


def refused(wall, act):
    with pytest.raises(DatabaseError, match=wall), transaction.atomic():
        at_the_end(act)


def at_the_end(act):
    act()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_village_is_closed_by_a_merger_with_nobody_left(rich):
    def close(village):
        return lambda: roster.close_village(village=village, into=rich.sanmen, on=TODAY)

    refused("nobody_left|closed_by_a_merger", close(rich.tongmu))
    Household.objects.filter(village=rich.zhongyuan).update(state="moved", left_on=TODAY)
    refused("closed_by_a_merger", close(rich.zhongyuan))


def test_nothing_comes_to_a_closed_village(rich, merge, make_batch, clerk):
    draft = make_batch([rich.homes[2]])
    Claim.objects.filter(batch=draft).update(state="withdrawn")
    made = merge()
    refused("stays_closed", lambda: Village.objects.filter(pk=rich.tongmu.pk).update(closed_on=None, successor=None))
    refused("in_an_open_village", lambda: Household.objects.create(
        village=rich.tongmu, grid=rich.homes[0].grid, serial=999, number=f"{rich.tongmu.code}-01-0999",
        head_name="新户", joined_on=TODAY,
    ))  # fmt: skip
    gone = Household.objects.filter(village=rich.tongmu).first()
    line = ledger.Line(
        source="opening:1", points=5, kind="opening", occurred_on=TODAY, household_id=gone.pk, household=gone.number,
        village_id=gone.village_id, grid_id=gone.grid_id, grid=1,
    )  # fmt: skip
    refused("points_seal_of_a_closed_village", lambda: ledger.post(village=rich.tongmu, lines=[line], now=NOW))
    refused("append|update", lambda: VillageMerger.objects.filter(pk=made.pk).update(points=1))
    draft.pk, draft.number, draft.idempotency_key = None, "9999-001", "another"
    refused("points_batch_of_a_closed_village", draft.save)


def test_a_village_is_not_closed_over_what_is_unfinished(rich, notice, district_officer):
    """The function's own list of obstacles left out: the database has them too."""
    Household.objects.filter(village=rich.tongmu).update(state="moved", left_on=TODAY)
    VillageMerger.objects.create(
        source=rich.tongmu, into=rich.sanmen, paper=PAPER, households=0, points=0, on=TODAY,
        made_by=district_officer, made_at=NOW,
    )  # fmt: skip
    refused("nothing_unfinished", lambda: roster.close_village(village=rich.tongmu, into=rich.sanmen, on=TODAY))


# --- the page ---------------------------------------------------------------------


def test_the_district_compares_and_confirms(rich, district_officer, signed_in):
    client = signed_in(district_officer)
    url = reverse("points:village-merge")
    chosen = {"source": rich.tongmu.code, "into": rich.sanmen.code}
    shown = client.get(url, chosen)
    assert "濯水镇桐木村 撤并 在册户 8 户 存折合计 +37 分" in text(shown)
    assert "1组 3 桐木村1组 2组 4 桐木村2组" in text(shown)
    seen = html.fromstring(shown.content.decode()).xpath("//input[@name='seen']/@value")[0]
    wrong = client.post(url, chosen | {"seen": seen, "paper": PAPER, "name": "三门社区"})
    assert (wrong.status_code, "和“桐木村”不一样" in text(wrong)) == (422, True)
    done = client.post(url, chosen | {"seen": seen, "paper": PAPER, "name": "桐木村"}, follow=True)
    assert "8 户、37 分已转到濯水镇三门社区" in text(done)
    assert f"2026-11-23 濯水镇桐木村 濯水镇三门社区 {PAPER} 8 +37" in text(done)
    village = client.get(reverse("reports:village", args=[rich.tongmu.code]))
    assert "2026-11-23 并入 三门社区 ，这里只看以前的数" in text(village)
    listed = client.get(reverse("reports:village-list"))
    assert "桐木村 已撤并" in text(listed)
    book = client.get(reverse("points:passbook", args=[rich.homes[0].pk]))
    assert "，+40 分已转去：桐木村并入三门社区" in text(book)


def test_who_has_to_be_appointed_anew_is_named_until_it_is_done(rich, merge, district_officer, liaison, signed_in):
    posts = {"role": "reviewer", "village": rich.tongmu}, {"role": "leader", "township": rich.tongmu.township}
    make_person("panel1", "冉评议", posts[0])
    make_person("town1", "王镇长", posts[1])
    make_person("gone1", "龚前任", posts[0] | {"ends_on": TODAY - dt.timedelta(days=1)})
    client = signed_in(district_officer)
    url = reverse("points:village-merge")
    before = text(client.get(url, {"source": rich.tongmu.code, "into": rich.sanmen.code}))
    assert "要另外改的任职和结对 2 条" in before
    assert "冉评议 濯水镇桐木村评议审核 在账号里换岗到并入的村，或结束任职" in before
    merge()
    after = text(client.get(url))
    assert "撤并以后还没改的 2 条" in after
    assert "冉评议 濯水镇桐木村评议审核 濯水镇桐木村 在账号里换岗到三门社区，或结束任职" in after
    assert "在结对帮扶里结束和桐木村的结对，需要的和三门社区登记" in after
    assert "王镇长" not in after
    assert "龚前任" not in after
    Appointment.objects.filter(user__username__in=("panel1", liaison.username)).update(
        ends_on=TODAY - dt.timedelta(days=1)
    )
    assert "撤并以后还没改的" not in text(client.get(url))


def test_the_administrator_is_told_whose_village_is_gone(rich, merge, admin_person, signed_in):
    person = make_person("panel1", "冉评议", {"role": "reviewer", "village": rich.tongmu})
    client = signed_in(admin_person)
    assert "已经撤并的村" not in text(client.get(reverse("villages:staff-list")))
    merge()
    assert "1 个账号的任职还在已经撤并的村" in text(client.get(reverse("villages:staff-list")))
    found = text(client.get(reverse("villages:staff-list"), {"state": "closed"}))
    assert "账号 1 个" in found
    assert "冉评议 panel1 濯水镇桐木村评议审核（村已撤并）" in found
    assert "濯水镇桐木村评议审核 村已撤并" in text(client.get(reverse("villages:staff", args=[person.pk])))


def test_the_township_is_told_who_still_serves_where_the_village_is_gone(rich, merge, clerk, stranger, signed_in):
    told = {"begins_on": SINCE, "by": clerk, "now": NOW}
    posts = [
        bodies.name_post(kind=kind, name=name, village=rich.tongmu, **told)
        for kind, name in (("law", "冉法"), ("keeper", "冉网格"), ("council", "冉议事"))
    ]
    client, url = signed_in(clerk), reverse("villages:people-list")
    assert "已经撤并的村" not in text(client.get(url))
    merge()
    assert "已经撤并的村还有人在任： 村里的人员 2 人 、 村级组织 1 人" in text(client.get(url))
    assert "桐木村 村已撤并 并入三门社区 法治带头人 冉法" in text(client.get(url, {"group": "people"}))
    assert "已经撤并的村" not in text(signed_in(stranger).get(url))
    for post in posts:
        ended = {"ends_on": (TODAY - dt.timedelta(days=1)).isoformat()}
        signed_in(clerk).post(reverse("villages:people-end", args=[post.pk]), ended)
    after = text(signed_in(clerk).get(url, {"group": "people"}))
    assert ("已经撤并的村" in after, "村已撤并" in after, "冉法" in after) == (False, False, True)


def test_nobody_is_named_any_more_where_the_village_is_gone(rich, merge, clerk):
    merge()
    told = {"kind": "law", "village": rich.tongmu, "begins_on": SINCE, "by": clerk, "now": NOW}
    with pytest.raises(CannotName, match="桐木村已经撤并，到并入的村登记"):
        bodies.name_post(name="冉法", **told)
    assert bodies.name_post(name="老法", ends_on=TODAY, **told).pk


def test_nobody_is_appointed_any_more_where_the_village_is_gone(rich, merge, admin_person, clerk, signed_in):
    merge()
    gone = Village.objects.get(pk=rich.tongmu.pk)
    told = {"user": clerk, "begins_on": SINCE, "by": admin_person}
    for place in ({"role": "reviewer", "village": gone}, {"role": "counter", "covers": [gone]}):
        with pytest.raises(CannotAppoint, match="桐木村已经撤并，选并入的村"):
            appointments.appoint(**told, **place)
    assert appointments.appoint(role="reviewer", village=gone, ends_on=TODAY, **told).pk
    lines = "龚新人,,,评议审核,桐木村,".replace(",", "\t")
    listed = signed_in(admin_person).post(reverse("villages:staff-import"), {"text": lines, "step": "compare"})
    assert "桐木村已经撤并，写并入的村" in text(listed)


def test_the_page_of_a_person_explains_that_the_village_is_gone(rich, merge, admin_person, reviewer, clerk, signed_in):
    merge()
    client = signed_in(admin_person)
    url = reverse("admin:villages_user_change", args=[clerk.pk])
    form = html.fromstring(client.get(url).content.decode()).xpath("//form[@id='user_form']")[0]
    given = {name: value for name, value in form.form_values() if not name.startswith("_")}
    said = {"role": "reviewer", "begins_on": "2026-11-25", "village": str(rich.tongmu.pk)}
    given |= {"appointments-TOTAL_FORMS": "2"} | {f"appointments-1-{name}": value for name, value in said.items()}
    assert "桐木村已经撤并，选并入的村" in client.post(url, given).content.decode()
    assert clerk.appointments.count() == 1


def test_the_database_lets_nobody_into_a_village_that_is_gone(rich, merge, clerk):
    """Without the walls a term there would be nobody's to see or to end."""
    merge()
    post = {"village": rich.tongmu, "begins_on": SINCE}
    for kept, said in ((Post, {"kind": "law", "name": "冉法"}), (Appointment, {"user": clerk, "role": "reviewer"})):
        with pytest.raises(DatabaseError, match="term_is_in_an_open_village"), transaction.atomic():
            kept.objects.create(**post, **said)
        there = kept.objects.create(**post | {"village": rich.sanmen}, **said)
        with pytest.raises(DatabaseError, match="term_is_in_an_open_village"), transaction.atomic():
            kept.objects.filter(pk=there.pk).update(village=rich.tongmu)
        with pgtrigger.ignore(f"villages.{kept.__name__}:to_an_open_village"):
            assert kept.objects.create(**post, **said).pk


def test_a_term_from_before_is_ended_on_a_later_day(rich, merge, clerk):
    said = {"kind": "law", "village": rich.tongmu, "name": "冉法", "begins_on": SINCE, "by": clerk, "now": NOW}
    named = bodies.name_post(**said)
    merge()
    later = NOW + dt.timedelta(days=30)
    ended = bodies.end_post(post=named, on=later.date(), by=clerk, now=later)
    assert ended.ends_on == later.date()


def test_queries_do_not_grow_with_the_villages(rich, district_officer, signed_in, django_assert_max_num_queries):
    client = signed_in(district_officer)
    asked = {"source": rich.tongmu.code, "into": rich.sanmen.code}
    with django_assert_max_num_queries(36):
        client.get(reverse("points:village-merge"), asked)
    assert Grid.objects.count() == 6
