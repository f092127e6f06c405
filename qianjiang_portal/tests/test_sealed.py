"""Sealed columns: plain in Python, sealed in the database by its own wall, and brought under a new key while in use."""

import importlib
import threading

import pytest
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from demos.models import Pairing
from points import objections
from points.models import Objection
from points.tests.test_objections import close, propose, send
from qianjiang_portal.foundation import ciphers, personal, sealed
from qianjiang_portal.foundation.sealed import Unreadable

PHONE = "138 0000 1234"
NEW = "fedcba9876543210" * 4


def said(phone=PHONE):
    return objections.Said(position=1, tail="01", text="这次劳动没有参加", phone=phone)


def stored(objection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM points_objection WHERE id = %s", [objection.pk])
        return cursor.fetchone()[0]


def store(objection, text):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE points_objection SET phone = %s WHERE id = %s", [text, objection.pk])


def without_wall():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_objection DROP CONSTRAINT points_objection_phone_is_sealed")


def migration(app):
    (path,) = (settings.BASE_DIR / app / "migrations").glob("*_seal_telephone_numbers.py")
    return importlib.import_module(f"{app}.migrations.{path.stem}")


@pytest.fixture
def objection(notice):
    return send(notice, said())


@pytest.mark.django_db
def test_the_number_is_plain_in_the_portal_and_sealed_in_the_database(objection):
    assert Objection.objects.get().phone == PHONE
    assert ciphers.is_present(stored(objection))
    assert "1380000" not in stored(objection).replace(" ", "")


@pytest.mark.django_db
def test_no_number_is_no_seal(notice):
    assert stored(send(notice, said(""))) == ""
    assert Objection.objects.get().phone == ""


@pytest.mark.django_db
def test_saving_and_updating_seal_as_well(objection):
    objection.refresh_from_db()
    objection.phone = "023-1234 5678"
    objection.save()
    assert ciphers.is_sealed(stored(objection))
    Objection.objects.update(phone="023-8765 4321")

    assert ciphers.is_sealed(stored(objection))
    assert Objection.objects.values_list("phone", flat=True).get() == "023-8765 4321"


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [{"phone": PHONE}, {"phone__contains": "138"}, {"phone__in": [PHONE]}])
def test_nobody_searches_in_what_is_sealed(asked):
    with pytest.raises(FieldError):
        Objection.objects.filter(**asked).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", [PHONE, "qa1.", "qa1.00000000.short", f" {'x' * 60}"])
def test_the_database_takes_nothing_in_clear(objection, text):
    with pytest.raises(IntegrityError, match="points_objection_phone_is_sealed"), transaction.atomic():
        store(objection, text)


@pytest.mark.django_db
def test_without_the_wall_it_would_take_it_and_it_would_be_read(objection):
    """What the wall is there against: a clear text written past the portal is shown as if nothing were wrong."""
    without_wall()
    store(objection, PHONE)

    assert Objection.objects.get().phone == PHONE


@pytest.mark.django_db
def test_every_sealed_column_has_its_wall():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conrelid::regclass::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint")
        walls = cursor.fetchall()
    found = {
        (field.model._meta.db_table, field.column)
        for field in sealed.fields()
        for table, definition, checked in walls
        if table == field.model._meta.db_table
        and field.column in definition
        and ciphers.SEALED in definition
        and checked
    }

    assert found == {(field.model._meta.db_table, field.column) for field in sealed.fields()}
    assert {("points_objection", "phone"), ("demos_pairing", "phone")} <= found


@pytest.mark.django_db
def test_a_number_of_a_lost_key_is_said_to_be_unreadable_and_stays(objection, settings):
    before = stored(objection)
    settings.FIELD_KEY = NEW
    found = Objection.objects.get()

    assert found.phone == "读不出来，密钥不对"
    assert isinstance(found.phone, Unreadable)
    found.save()
    assert stored(objection) == before
    assert sealed.unreadable() == 1
    with pytest.raises(CommandError, match="1 texts stay as they are"):
        call_command("reseal")
    assert stored(objection) == before


@pytest.mark.django_db
def test_a_new_key_takes_over_every_row(objection, settings, reviewer, leader):
    """A settled objection is never changed, but for how its number is sealed."""
    close(propose(objection, reviewer), leader)
    settings.FIELD_KEYS_OLD, settings.FIELD_KEY = [settings.FIELD_KEY], NEW

    call_command("reseal")
    assert sealed.reseal("points_objection", "phone") == 0
    settings.FIELD_KEYS_OLD = []
    found = Objection.objects.get()
    assert sealed.unreadable() == 0
    assert (found.phone, found.phone_mark) == (PHONE, personal.phone_mark(PHONE))


@pytest.mark.django_db
def test_a_settled_objection_still_keeps_its_answer(objection, reviewer, leader):
    close(propose(objection, reviewer), leader)
    with pytest.raises(IntegrityError, match="points_settled_objection_is_not_changed"), transaction.atomic():
        Objection.objects.update(answer="另一个答复")
    with pytest.raises(IntegrityError, match="points_settled_objection_is_not_changed"), transaction.atomic():
        store(objection, "")


@pytest.mark.django_db(transaction=True)
def test_sealing_goes_on_while_others_write(notice, settings):
    """Rows written while a column is brought under a new key are neither lost nor left behind."""
    made = [send(notice, said(f"138 0000 {n:04}"), origin=f"o{n}") for n in range(4)]
    settings.FIELD_KEYS_OLD, settings.FIELD_KEY = [settings.FIELD_KEY], NEW
    stop, failed = threading.Event(), []

    def write():
        try:
            while not stop.is_set():
                Objection.objects.filter(pk=made[0].pk).update(phone="023-1234 5678")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=write)
    other.start()
    for _ in range(5):
        sealed.reseal("points_objection", "phone")
    stop.set()
    other.join()

    settings.FIELD_KEYS_OLD = []
    phones = list(Objection.objects.order_by("pk").values_list("phone", flat=True))
    assert failed == []
    assert phones == ["023-1234 5678", "138 0000 0001", "138 0000 0002", "138 0000 0003"]


@pytest.mark.django_db
def test_laid_open_and_sealed_again_is_the_same(objection):
    without_wall()
    assert sealed.lay_open("points_objection", "phone") == 1
    assert stored(objection) == PHONE
    assert sealed.reseal("points_objection", "phone") == 1
    assert Objection.objects.get().phone == PHONE


def test_a_form_takes_as_many_characters_as_before():
    assert Pairing._meta.get_field("phone").formfield().max_length == 30


@pytest.mark.django_db
def test_the_migration_goes_forward_and_back_over_settled_rows_too(objection, reviewer, leader):
    close(propose(objection, reviewer), leader)
    steps = migration("points")
    without_wall()
    steps.lay_open(None, None)
    assert stored(objection) == PHONE

    with connection.cursor() as cursor:
        cursor.execute(steps.STAYS)
        cursor.execute("UPDATE points_objection SET phone_mark = '' WHERE state <> 'settled'")
    steps.seal(None, None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(steps.WALL)

    assert ciphers.is_present(stored(objection))
    assert Objection.objects.get().phone_mark == personal.phone_mark(PHONE)
