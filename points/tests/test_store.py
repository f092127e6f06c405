"""Redeeming: what is handed out, what is refused, what comes back the same day, and what the database says no to."""

import datetime as dt
import threading
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from conftest import NOW
from points import batches, ledger, reconcile, slips, stock, store
from points.models import Balance, Entry, Redemption, Seal, StockMove
from points.models.ledger import Kind
from points.tests.shop import give
from points.tests.test_concurrency import at_once
from qianjiang_portal.foundation.refusals import Conflict
from villages.models import Household


def books() -> list[str]:
    return [str(one) for one in reconcile.differences()]


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_goods_leave_points_go_and_a_slip_says_so(redeem, soap, home):
    made = redeem(2, seen=100)

    soap.refresh_from_db()
    entry = Entry.objects.get(source=f"redemption:{made.pk}")
    assert (made.number, made.what, made.points, made.balance) == ("D-1123-01", "洗衣液×2", 40, 60)
    assert (entry.points, entry.kind, entry.seal.entry_count) == (-40, "redemption", 1)
    assert (soap.stock, Balance.objects.get(household=home).redeemed) == (8, 40)
    assert books() == []


def test_typed_twice_it_is_redeemed_once(redeem, home):
    key = uuid.uuid4()

    assert redeem(key=key) == redeem(key=key)
    assert (Redemption.objects.count(), store.available(home)) == (1, 80)


def test_the_key_of_another_slip_is_refused(redeem):
    key = uuid.uuid4()
    redeem(key=key)

    with pytest.raises(Conflict, match="已经用过"):
        redeem(2, key=key)


def test_more_than_is_available_is_refused(redeem):
    with pytest.raises(store.Overdrawn, match="可兑换 100 分，还差 20 分"):
        redeem(6)
    assert Redemption.objects.count() == 0


def test_a_deduction_on_its_way_holds_points_back(redeem, make_batch, home, rule_set, clerk):
    deduction = rule_set.rules.filter(kind="deduction").first()
    batches.submit(batch=make_batch([home], rule=deduction), maker=clerk, now=NOW)

    with pytest.raises(store.Overdrawn, match="还差"):
        redeem(5)


def test_more_than_the_stock_is_refused(redeem, soap, counter):
    stock.lose(item=soap, quantity=9, by=counter, now=NOW, note="破损")

    with pytest.raises(store.OutOfStock, match="洗衣液 库存 1 瓶"):
        redeem(2)


def test_a_balance_that_moved_is_a_conflict(redeem):
    with pytest.raises(Conflict, match="余额刚变为 100 分"):
        redeem(seen=86)


def test_a_household_that_moved_meanwhile_is_a_conflict(redeem, home, district):
    Household.objects.filter(pk=home.pk).update(grid=district.homes[1].grid)

    with pytest.raises(Conflict, match="刚变动过"):
        redeem()
    assert Redemption.objects.count() == 0


def test_a_village_without_a_posting_has_nothing_to_spend(outlet, soap, counter, district):
    with pytest.raises(store.Overdrawn, match="可兑换 0 分"):
        store.redeem(
            outlet=outlet, household=district.homes[0], basket={soap.pk: 1}, key=uuid.uuid4(), by=counter, now=NOW
        )


@pytest.mark.parametrize("hour", [7, 18])
def test_outside_the_hours_nothing_is_handed_out(redeem, hour):
    with pytest.raises(store.CannotRedeem, match="现在不是兑换时间，每天 08:00—18:00"):
        redeem(now=NOW.replace(hour=hour))


def test_an_outlet_serves_its_own_villages(redeem, district):
    with pytest.raises(store.CannotRedeem, match="不为中元村办理"):
        redeem(household=district.far[0])


@pytest.mark.parametrize("who", ["clerk", "reviewer", "stranger"])
def test_only_a_counter_redeems(redeem, request, who):
    with pytest.raises(store.CannotRedeem, match="任职"):
        redeem(by=request.getfixturevalue(who))


def test_undone_the_same_day_points_and_goods_come_back(redeem, soap, home, counter):
    made = store.undo(redemption=redeem(2), reason="拿错了", by=counter, now=NOW)

    soap.refresh_from_db()
    balance = Balance.objects.get(household=home)
    assert (made.is_undone, soap.stock, balance.posted, balance.redeemed) == (True, 10, 100, 0)
    assert Entry.objects.get(source=f"undo:{made.pk}").reverses.source == f"redemption:{made.pk}"
    assert books() == []


def test_a_slip_is_undone_once_and_only_on_its_day(redeem, counter):
    made = redeem()

    with pytest.raises(store.CannotUndo, match="当天"):
        store.undo(redemption=made, reason="拿错了", by=counter, now=NOW + dt.timedelta(days=1))
    store.undo(redemption=made, reason="拿错了", by=counter, now=NOW)
    with pytest.raises(store.CannotUndo, match="已经撤销"):
        store.undo(redemption=made, reason="拿错了", by=counter, now=NOW)


def test_a_count_below_the_books_needs_a_reason(soap, counter):
    with pytest.raises(stock.CannotKeep, match="账上 10，盘点 7"):
        stock.count(item=soap, counted=7, by=counter, now=NOW)
    stock.count(item=soap, counted=7, by=counter, now=NOW, note="少三瓶，已问过店员")

    soap.refresh_from_db()
    assert soap.stock == 7
    assert books() == []


def test_the_keeper_covers_the_villages_of_the_outlet(outlet, counter, district):
    post = counter.appointments.get()

    assert set(post.villages.all()) == {district.tongmu, district.sanmen}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE points_stockmove SET quantity = 50 WHERE kind = 'receipt'", "append-only"),
        ("DELETE FROM points_stockmove", "append-only"),
        ("TRUNCATE points_stockmove", "append-only"),
        ("DELETE FROM points_redemptionline", "append-only"),
        ("UPDATE points_redemption SET points = 1", "only be undone"),
        ("DELETE FROM points_redemption", "append-only"),
        ("UPDATE points_item SET stock = 99", "stock is the sum of its moves"),
    ],
)
def test_the_database_lets_nothing_be_changed(redeem, sql, said):
    redeem()

    with pytest.raises(DatabaseError, match=said):
        run(sql)


def test_the_database_refuses_a_redemption_beyond_the_balance(home, district):
    line = ledger.Line("redemption:0", -101, Kind.REDEMPTION, NOW.date(), home.pk, home.number,
                       home.village_id, home.grid_id, home.grid.number)  # fmt: skip

    with pytest.raises(DatabaseError, match="redeems more than is available"):
        ledger.post(village=district.tongmu, lines=[line], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_eight_counters_at_once_never_spend_more_than_there_is(redeem, home):
    results = at_once(lambda _at: redeem(3), 8)

    assert sum(isinstance(result, store.Overdrawn) for result in results) == 7
    assert Balance.objects.get(household=home).posted == 40
    assert books() == []


@pytest.fixture
def no_trigger():
    table = "ALTER TABLE points_entry {} TRIGGER points_redemption_stays_within_the_balance"
    run(table.format("DISABLE"))
    yield
    run(table.format("ENABLE"))


@pytest.mark.django_db(transaction=True)
def test_without_lock_and_trigger_eight_counters_would_all_hand_out(
    redeem, outlet, home, counter, monkeypatch, no_trigger
):
    """Each takes another thing, so that nothing but the household's own lock could stand between them."""
    goods = [
        stock.keep_item(outlet=outlet, code=f"M{at}", name="毛巾", points=60, by=counter, now=NOW) for at in range(8)
    ]
    for item in goods:
        stock.receive(item=item, quantity=1, by=counter, now=NOW)
    everyone_has_looked, lock = threading.Barrier(8), slips.lock

    def look(asked):
        standing = lock(asked)
        everyone_has_looked.wait()
        return standing

    def post(*, village, lines, now, head):
        return ledger.post(village=village, lines=lines, now=now)

    monkeypatch.setattr(slips, "LOCK_PLACE", "")
    monkeypatch.setattr(slips, "lock", look)
    monkeypatch.setattr(store, "ledger", SimpleNamespace(append=post, Line=ledger.Line))
    results = at_once(lambda at: redeem(basket={goods[at].pk: 1}), 8)

    assert all(isinstance(result, Redemption) for result in results), results
    assert Balance.objects.get(household=home).posted == 100 - 8 * 60


def test_without_the_constraint_the_shelf_would_go_below_zero(soap, counter):
    said = {"item": soap, "kind": "loss", "quantity": -11, "made_by": counter, "made_at": NOW}
    with pytest.raises(IntegrityError, match="stock_is_not_negative"), transaction.atomic():
        StockMove.objects.create(**said)
    run("ALTER TABLE points_item DROP CONSTRAINT points_item_stock_is_not_negative")
    StockMove.objects.create(**said)

    soap.refresh_from_db()
    assert soap.stock == -1


def test_without_the_trigger_it_would_go_below_zero(home, district):
    line = ledger.Line("redemption:0", -101, Kind.REDEMPTION, NOW.date(), home.pk, home.number,
                       home.village_id, home.grid_id, home.grid.number)  # fmt: skip
    run("ALTER TABLE points_entry DISABLE TRIGGER points_redemption_stays_within_the_balance")

    ledger.post(village=district.tongmu, lines=[line], now=NOW)

    assert Balance.objects.get(household=home).posted == -1


@pytest.mark.django_db(transaction=True)
def test_eight_households_at_once_never_take_more_than_the_stock(outlet, soap, district, counter):
    for household in district.homes:
        give(household, 100)
    stock.lose(item=soap, quantity=5, by=counter, now=NOW, note="破损")

    def press(at):
        basket = {soap.pk: 2}
        return store.redeem(
            outlet=outlet, household=district.homes[at], basket=basket, key=uuid.uuid4(), by=counter, now=NOW
        )

    results = at_once(press, 8)

    soap.refresh_from_db()
    assert sum(isinstance(result, store.OutOfStock) for result in results) == 6
    assert (soap.stock, StockMove.objects.filter(kind="redemption").count()) == (1, 2)
    assert Seal.objects.count() == 8 + 2
    assert books() == []
