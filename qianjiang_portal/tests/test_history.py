"""History of master data: who changed what, by statement, whoever wrote it, and nobody takes it out again."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from conftest import NOW, make_person
from qianjiang_portal.foundation import calendar, history, options
from qianjiang_portal.foundation.models import Change
from villages import appointments
from villages.models import Grid, Household, Village


def asked_by(user, act):
    """Do something as if it were asked for by a request of this person."""
    request = RequestFactory().post("/")
    request.user = user
    return history.HistoryMiddleware(lambda _: act())(request)


def changes(table):
    return list(Change.objects.filter(table=table).order_by("pk"))


def pointers():
    """Which tables have which triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname ~ '_history_'")
        return cursor.fetchall()


def test_a_change_tells_who_when_and_from_what_to_what(district, admin_person):
    later = NOW + dt.timedelta(hours=2)
    with calendar.at(later):
        asked_by(
            admin_person, lambda: Village.objects.filter(pk=district.tongmu.pk).update(phone="023-0001", name="桐木")
        )
    (change,) = [one for one in changes("villages_village") if one.kind == "update"]

    assert (change.actor, change.at, change.row) == (admin_person, later, district.tongmu.pk)
    assert change.old == {"phone": "023-0000 0618", "name": "桐木村"}
    assert change.new == {"phone": "023-0001", "name": "桐木"}


def test_one_statement_over_many_rows_notes_each(district):
    before = Change.objects.count()
    Grid.objects.update(keeper="冉大山")

    noted = Change.objects.order_by("pk")[before:]
    assert len(noted) == Grid.objects.count() > 3
    assert {one.new["keeper"] for one in noted} == {"冉大山"}


def test_what_does_not_differ_is_not_noted(district):
    before = Change.objects.count()
    Village.objects.update(phone=Village.objects.values_list("phone", flat=True)[:1])
    Village.objects.filter(pk=district.tongmu.pk).update(short_name=district.tongmu.short_name)
    Household.objects.update(version=9)

    assert {one.table for one in Change.objects.order_by("pk")[before:]} <= {"villages_village"}
    assert not Change.objects.filter(
        pk__gt=0, table="villages_village", new__has_key="short_name", kind="update"
    ).exists()
    assert not Change.objects.filter(table="villages_household").exists()


def test_new_and_removed_rows_are_noted_but_not_the_registers_coming_in(district):
    assert {one.kind for one in changes("villages_grid")} == {"insert"}
    grid = Grid.objects.create(village=district.tongmu, number=9, name="九组")
    pk = grid.pk
    grid.delete()

    assert [(one.kind, one.row) for one in changes("villages_grid")[-2:]] == [("insert", pk), ("delete", pk)]
    assert changes("villages_grid")[-1].old["name"] == "九组"
    assert changes("villages_household") == changes("villages_resident") == []


def test_past_the_portal_it_is_noted_without_a_name(district, admin_person):
    asked_by(admin_person, lambda: Village.objects.update(phone="023-0002"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.actor', '', true)")
        cursor.execute("UPDATE villages_household SET head_name = '换了人' WHERE id = %s", [district.homes[0].pk])
    (change,) = changes("villages_household")

    assert (change.actor, change.old["head_name"], change.new["head_name"]) == (None, "冉光明", "换了人")


@pytest.mark.django_db(transaction=True)
def test_nobody_inherits_the_name_of_who_asked_before(district, admin_person):
    """The name stands for one transaction: what a command writes on the same connection has none."""
    asked_by(admin_person, lambda: Village.objects.update(phone="023-0003"))
    Village.objects.update(phone="023-0004")
    noted = [one for one in changes("villages_village") if one.kind == "update"]

    assert {(one.actor, one.new["phone"]) for one in noted} == {(admin_person, "023-0003"), (None, "023-0004")}


def test_settings_and_appointments_are_noted(district, admin_person):
    asked_by(admin_person, lambda: options.put(name="notice_days", value=9))
    options.put(name="notice_days", value=10)
    assert [(one.kind, one.old.get("value"), one.new["value"]) for one in changes("foundation_option")] == [
        ("insert", None, 9),
        ("update", 9, 10),
    ]
    user = make_person("new", "新来的", {"role": "clerk", "village": district.tongmu})
    post = user.appointments.get()
    appointments.end(appointment=post, on=NOW.date(), by=admin_person)

    assert changes("villages_appointment")[-1].new == {"ends_on": NOW.date().isoformat()}


def test_no_more_is_asked_of_the_database(district, django_assert_num_queries):
    with django_assert_num_queries(1):
        Village.objects.update(phone="023-0005")
    with django_assert_num_queries(1):
        Grid.objects.create(village=district.tongmu, number=8, name="八组")


def test_a_statement_of_many_values_is_written_as_before(district):
    made = Grid.objects.bulk_create(Grid(village=district.tongmu, number=n, name=f"{n}%组") for n in (5, 6, 7))

    assert [Grid.objects.get(pk=one.pk).name for one in made] == ["5%组", "6%组", "7%组"]


@pytest.mark.parametrize("harm", ["UPDATE {} SET row = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_takes_it_out_again(district, harm):
    assert Change.objects.exists()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(harm.format("foundation_change"))


def test_without_the_triggers_a_change_leaves_no_trace(district):
    """What they are there for."""
    before = Change.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE villages_village DISABLE TRIGGER villages_village_history_update")
    Village.objects.update(phone="023-0006")

    assert Change.objects.count() == before


@pytest.mark.django_db
def test_what_is_tracked_has_its_triggers_and_the_other_way_round():
    kinds = {}
    for table, name in pointers():
        kinds.setdefault(table, set()).add(name.rpartition("_")[2])
    registers = {"villages_household", "villages_resident"}

    assert set(kinds) == history.tracked()
    assert {table for table, found in kinds.items() if found == {"update", "delete"}} == registers
    assert {table for table, found in kinds.items() if found == {"insert", "update", "delete"}} == set(
        kinds
    ) - registers
