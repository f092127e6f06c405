"""The end of a year: what is worked out, put up, waived and posted, held against the ledger and its guards."""

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.urls import reverse

from conftest import NOW
from points import households, ledger, reconcile, stock, store, year_ends
from points.models import Balance, Entry, RuleSet, YearEnd, YearEndLine
from points.models.ledger import Kind
from points.tasks import queue_year_ends
from points.tests.shop import give, open_outlet
from points.tests.test_concurrency import at_once
from points.tests.views.cost import own_queries
from points.tests.views.test_passbooks import book, cells, text
from points.year_ends import CannotEndYear
from qianjiang_portal.foundation import calendar, jobs, options
from qianjiang_portal.foundation.models import Job

JANUARY = dt.datetime(2027, 1, 4, 10, 0, tzinfo=calendar.SHANGHAI)


def books():
    return [str(one) for one in reconcile.differences()]


def run(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def prepared(posted, district):
    """桐木村 with three households of +5 from December and one of 100 as an opening; all reset."""
    give(district.homes[5], 100)
    options.put(name="year_end", value="reset")
    return year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)


@pytest.fixture
def up(prepared, leader):
    return year_ends.publish(year_end=prepared, by=leader, now=JANUARY)


def lines(year_end):
    return list(year_end.lines.order_by("position").values_list("household__head_name", "announced", "kept", "posted"))


def test_nothing_happens_where_points_are_carried_over(posted, district):
    assert year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY) is None
    options.put(name="year_end", value="reset")
    assert year_ends.prepare(village=district.tongmu, year=2026, now=NOW) is None
    assert year_ends.prepare(village=district.sanmen, year=2026, now=JANUARY) is None
    assert year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)
    assert year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY) is None


def test_reset_takes_what_is_there_under_one_seal(up, district):
    assert (up.code, up.state, up.households, up.points) == ("JZ-500114112202-2026", "open", 4, 115)
    assert lines(up)[-1] == ("庹世全", 100, 0, None)

    done = year_ends.post(year_end=up, now=up.due_at)

    entry = Entry.objects.get(household=district.homes[5], kind="expiry")
    assert (done.state, done.posted_points) == ("posted", 115)
    assert (entry.points, entry.occurred_on, entry.seal.entry_count) == (-100, dt.date(2026, 12, 31), 4)
    assert set(Balance.objects.values_list("posted", flat=True)) == {0}
    assert Balance.objects.get(household=district.homes[0]).earned == 5
    assert books() == []
    assert year_ends.post(year_end=done, now=up.due_at) == done
    assert Entry.objects.filter(kind="expiry").count() == 4


def test_what_was_spent_meanwhile_is_not_taken(up, district, counter):
    outlet = open_outlet(district, counter)
    soap = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=30, by=counter, now=NOW)
    stock.receive(item=soap, quantity=10, by=counter, now=NOW)
    home = district.homes[5]
    said = {"outlet": outlet, "household": home, "key": uuid.uuid4(), "by": counter}
    store.redeem(**said, basket={soap.pk: 2}, now=JANUARY + dt.timedelta(hours=1))

    year_ends.post(year_end=up, now=up.due_at)

    assert lines(up)[-1] == ("庹世全", 100, 0, 40)
    assert Balance.objects.get(household=home).posted == 0
    assert books() == []


def test_no_more_than_was_announced_even_where_more_is_there(up, district):
    give(district.homes[5], 7)

    year_ends.post(year_end=up, now=up.due_at)

    assert lines(up)[-1][3] == 100
    assert Balance.objects.get(household=district.homes[5]).posted == 7


def test_points_of_this_year_are_kept_where_only_old_ones_expire(posted, district):
    options.put(name="year_end", value="expire")
    assert year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY) is None

    later = year_ends.prepare(village=district.tongmu, year=2027, now=JANUARY.replace(year=2028))
    assert (later.last_year, later.points) == (2026, 15)


def test_points_never_expire_where_the_rule_set_says_so(district, rule_set, make_batch, clerk, reviewer, panel):
    from conftest import approve
    from points import batches, notices, postings
    from qianjiang_portal.foundation import periods

    own = RuleSet.objects.get(scope="township")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_ruleset DISABLE TRIGGER points_rule_set_scale_stands")
        RuleSet.objects.filter(pk=own.pk).update(lasting_codes=["D08"])
        cursor.execute("ALTER TABLE points_ruleset ENABLE TRIGGER points_rule_set_scale_stands")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for code in ("D08", "Z02"):
        batch = make_batch([district.homes[0]], rule=own.rules.get(code=code))
        approve(batches.submit(batch=batch, maker=clerk, now=NOW), reviewer, panel)
    notice = notices.publish(village=district.tongmu, period=periods.of(NOW.date()), publisher=clerk, now=NOW)
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=calendar.now())
    options.put(name="year_end", value="reset")

    found = year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)

    assert lines(found) == [("冉光明", 5, 5, None)]


def test_points_that_came_with_a_move_keep_their_age(district, clerk, leader):
    home = district.homes[0]
    give(home, 42)
    grid = district.next_door[0].grid
    households.move(household=home, grid=grid, reason="搬到三门社区居住", by=clerk, now=JANUARY)
    options.put(name="year_end", value="reset")

    assert year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY) is None
    found = year_ends.prepare(village=district.sanmen, year=2026, now=JANUARY)
    assert lines(found) == [("冉光明", 42, 0, None)]
    up = year_ends.publish(year_end=found, by=leader, now=JANUARY)
    assert year_ends.post(year_end=up, now=up.due_at).posted_points == 42
    assert books() == []


def test_a_deduction_on_its_way_is_left_its_points(posted, district, make_batch, rule_set, clerk):
    from points import batches

    batch = make_batch([district.homes[0]], rule=rule_set.rules.get(code="Z13"))
    batches.submit(batch=batch, maker=clerk, now=NOW)
    options.put(name="year_end", value="reset")

    found = year_ends.prepare(village=district.tongmu, year=2026, now=JANUARY)

    assert lines(found)[0] == ("冉光明", 3, 0, None)


def test_people_confirm_and_may_waive(prepared, leader, clerk, stranger):
    with pytest.raises(CannotEndYear, match="分管领导"):
        year_ends.publish(year_end=prepared, by=clerk, now=JANUARY)
    with pytest.raises(CannotEndYear, match="待确认，不能清零"):
        year_ends.post(year_end=prepared, now=JANUARY)
    with pytest.raises(CannotEndYear, match="写明不清零的原因"):
        year_ends.waive(year_end=prepared, reason=" ", by=leader, now=JANUARY)
    up = year_ends.publish(year_end=prepared, by=leader, now=JANUARY)
    with pytest.raises(CannotEndYear, match="现在是公示中"):
        year_ends.publish(year_end=prepared, by=leader, now=JANUARY)
    with pytest.raises(CannotEndYear, match="期满后清零"):
        year_ends.post(year_end=up, now=JANUARY)
    year_ends.waive(year_end=up, reason="村民会议决定结转", by=leader, now=JANUARY)
    with pytest.raises(CannotEndYear, match="不能清零"):
        year_ends.post(year_end=up, now=up.due_at)
    assert not Entry.objects.filter(kind="expiry").exists()


def test_what_was_worked_out_is_put_up_as_the_district_has_set_it_by_now(prepared, leader, client, signed_in):
    options.put(name="year_end", value="carry")
    with calendar.at(JANUARY):
        assert "公示全部" not in text(signed_in(leader).get("/year-end/"))
        page = text(client.get(f"/year-end/{prepared.code}/"))
        assert "区里已改成全部结转，不公示清零" in page
        assert "确认并公示" not in page
        assert "区里已改成全部结转" in text(client.post("/year-end/publish/"))
    with pytest.raises(CannotEndYear, match="区里已改成全部结转"):
        year_ends.publish(year_end=prepared, by=leader, now=JANUARY)
    with pytest.raises(DatabaseError, match="as the district has set it"):
        run(_AS_UP.format(leader.pk))

    options.put(name="year_end", value="expire")
    assert "按区里现在的设置：过期的清零" in text(client.get(f"/year-end/{prepared.code}/"))
    with pytest.raises(CannotEndYear, match="现在没有要清零的积分"):
        year_ends.publish(year_end=prepared, by=leader, now=JANUARY)
    options.put(name="year_end", value="reset")
    up = year_ends.publish(year_end=prepared, by=leader, now=JANUARY)
    assert (up.mode, up.last_year) == ("reset", 2026)


def test_the_same_points_are_never_on_two_notices(prepared, leader, district):
    later = year_ends.prepare(village=district.tongmu, year=2027, now=JANUARY.replace(year=2028))
    up = year_ends.publish(year_end=prepared, by=leader, now=JANUARY.replace(year=2028))
    with pytest.raises(CannotEndYear, match="2026 年的还在公示，清零以后再公示 2027 年的"):
        year_ends.publish(year_end=later, by=leader, now=JANUARY.replace(year=2028))
    with pytest.raises(IntegrityError, match="points_year_ends_are_on_notice_one_by_one"):
        run(_AS_UP.format(leader.pk) + f" WHERE id = {later.pk}")

    year_ends.post(year_end=up, now=up.due_at)
    with pytest.raises(CannotEndYear, match="现在没有要清零的积分"):
        year_ends.publish(year_end=later, by=leader, now=up.due_at)
    year_ends.waive(year_end=later, reason="上一年的刚清零", by=leader, now=up.due_at)


def test_without_its_guard_points_would_be_lost_that_are_carried_over(prepared, leader):
    options.put(name="year_end", value="carry")
    run("ALTER TABLE points_yearend DISABLE TRIGGER points_year_end_follows_the_setting")
    run(_AS_UP.format(leader.pk))
    prepared.refresh_from_db()
    year_ends.post(year_end=prepared, now=prepared.due_at)
    assert Entry.objects.filter(kind="expiry").exists()


_AS_UP = """
UPDATE points_yearend SET state = 'open', confirmed_by_id = {}, confirmed_at = '2027-01-04 10:00+08',
    starts_on = '2027-01-04', ends_on = '2027-01-11', due_at = '2027-01-12 09:00+08'
"""


def test_jobs_prepare_and_post(posted, district, leader):
    options.put(name="year_end", value="reset")
    with calendar.at(JANUARY):
        queue_year_ends()
        queue_year_ends()
        for job in Job.objects.filter(kind="prepare-year-end"):
            jobs.run(job.uuid)
    found = YearEnd.objects.get()
    up = year_ends.publish(year_end=found, by=leader, now=JANUARY)
    with calendar.at(up.due_at):
        queue_year_ends()
        for job in Job.objects.filter(kind="post-year-end"):
            jobs.run(job.uuid)

    found.refresh_from_db()
    assert (found.state, found.posted_by, found.posted_points) == ("posted", None, 15)


def expiry(home, line, points):
    return ledger.Line(
        source=f"year-end:{line}", points=points, kind=Kind.EXPIRY, occurred_on=dt.date(2026, 12, 31),
        household_id=home.pk, household=home.number, village_id=home.village_id, grid_id=home.grid_id,
        grid=home.grid.number,
    )  # fmt: skip


def test_the_tables_refuse_what_was_not_announced(up, district, leader):
    home, line = district.homes[5], up.lines.get(household=district.homes[5])
    for wrong, when in (
        (expiry(home, 0, -1), up.due_at),
        (expiry(home, line.pk, -101), up.due_at),
        (expiry(home, line.pk, -1), JANUARY),
        (expiry(district.homes[0], line.pk, -1), up.due_at),
    ):
        with pytest.raises(IntegrityError, match="announced"):
            ledger.post(village=district.tongmu, lines=[wrong], now=when)
    for change in (
        "UPDATE points_yearendline SET announced = announced + 1",
        "UPDATE points_yearendline SET posted = announced + 1",
        "DELETE FROM points_yearendline",
        "UPDATE points_yearend SET points = 1",
        "UPDATE points_yearend SET state = 'prepared'",
        "UPDATE points_yearend SET state = 'posted', posted_at = confirmed_at, posted_points = 0",
        "UPDATE points_yearend SET state = 'waived'",
        "DELETE FROM points_yearend",
    ):
        with pytest.raises(DatabaseError):
            run(change)
    year_ends.post(year_end=up, now=up.due_at)
    with pytest.raises(DatabaseError, match="stands"):
        run("UPDATE points_yearendline SET posted = 0")


def test_an_expiry_never_makes_a_debt_in_the_table_either(up, district, counter):
    outlet = open_outlet(district, counter)
    soap = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=30, by=counter, now=NOW)
    stock.receive(item=soap, quantity=10, by=counter, now=NOW)
    home = district.homes[5]
    said = {"outlet": outlet, "household": home, "key": uuid.uuid4(), "by": counter}
    store.redeem(**said, basket={soap.pk: 2}, now=JANUARY)
    line = up.lines.get(household=home)

    with pytest.raises(IntegrityError, match="more than is available"), transaction.atomic():
        ledger.post(village=district.tongmu, lines=[expiry(home, line.pk, -100)], now=up.due_at)


def test_without_its_guard_points_would_go_unannounced(up, district):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_entry DISABLE TRIGGER points_expiry_was_announced")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert ledger.post(village=district.tongmu, lines=[expiry(district.homes[5], 0, -1)], now=JANUARY)
        assert [one for one in books() if one.startswith("year end")]
        transaction.set_rollback(True)


# --- pages ------------------------------------------------------------------------


def test_the_leader_puts_all_up_and_the_public_reads_masked_names(prepared, client, signed_in, leader, district):
    with calendar.at(JANUARY):
        signed_in(leader)
        assert "公示全部 1 个村" in text(client.get("/year-end/"))
        said = client.post("/year-end/publish/", follow=True)
        assert "1 个村已公示" in said.content.decode()
        assert "濯水镇桐木村" in text(client.get("/gs/year-end/")).replace(" ", "")
        page = client.get(f"/gs/year-end/{prepared.code}/")
        assert cells(page)[-1][1] == "庹*全"
        assert not [one for one in district.homes if one.head_name in page.content.decode()]
        assert len(cells(client.get(f"/gs/year-end/{prepared.code}/?q=庹"))) == 1
        tail = prepared.lines.order_by("position")[0].tail.translate(
            str.maketrans("0123456789", "０１２３４５６７８９")
        )
        assert cells(client.get(f"/gs/year-end/{prepared.code}/?q={tail}"))
        assert client.post("/year-end/publish/").status_code == 403
    prepared.refresh_from_db()
    with calendar.at(prepared.due_at):
        signed_in(leader)
        assert "名单已撤下" in text(client.get(f"/gs/year-end/{prepared.code}/"))
        said = client.post(reverse("points:year-end-post", args=[prepared.code]), follow=True)
        assert "已清零 115 分" in said.content.decode()
        over = text(client.get(f"/gs/year-end/{prepared.code}/"))
        assert ("115 分已于" in over, "清零前去兑换" in over) == (True, False)
        assert "2026年末清零" in text(client.get(f"{book(district.homes[5])}?year="))


def test_what_is_only_worked_out_is_not_public(prepared, client):
    assert client.get(f"/gs/year-end/{prepared.code}/").status_code == 404
    assert "现在没有正在进行的公示" in text(client.get("/gs/year-end/"))


def test_a_village_is_let_off_with_a_reason(prepared, client, signed_in, leader, clerk):
    url = reverse("points:year-end-waive", args=[prepared.code])
    with calendar.at(JANUARY):
        signed_in(leader)
        assert "写明原因" in text(client.post(url, {"reason": ""}))
        said = client.post(url, {"reason": "村民会议决定结转"}, follow=True)
        assert "村民会议决定结转，向副镇长" in text(said)
        assert signed_in(clerk).post(url, {"reason": "x"}).status_code == 403


def test_the_pages_cost_the_same_for_one_row_and_three(prepared, client, signed_in, leader, district):
    signed_in(leader)
    url = f"/year-end/{prepared.code}/"
    own_queries(client, "/year-end/")
    one = own_queries(client, "/year-end/")
    several = own_queries(client, url)
    give(district.next_door[0], 5)
    year_ends.prepare(village=district.sanmen, year=2026, now=JANUARY)

    assert own_queries(client, "/year-end/") == one <= 6
    assert several <= 6
    assert YearEndLine.objects.filter(year_end=prepared).count() == 4


@pytest.mark.django_db(transaction=True)
def test_posting_and_spending_at_once_neither_lose_nor_overdraw(up, district, counter):
    outlet = open_outlet(district, counter)
    soap = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=30, by=counter, now=NOW)
    stock.receive(item=soap, quantity=10, by=counter, now=NOW)
    home, later = district.homes[5], up.due_at + dt.timedelta(hours=1)

    def press(at):
        if at == 0:
            return year_ends.post(year_end=up, now=later)
        said = {"outlet": outlet, "household": home, "key": uuid.uuid4(), "by": counter, "now": later}
        return store.redeem(**said, basket={soap.pk: 1})

    results = at_once(press, 5)

    sold = sum(isinstance(one, store.Redemption) for one in results)
    assert all(isinstance(one, YearEnd | store.Redemption | store.Overdrawn) for one in results)
    assert YearEndLine.objects.get(household=home).posted == 100 - 30 * sold
    assert Balance.objects.get(household=home).posted == 0
    assert books() == []
