"""The telephones that everybody is to call at: numbers, in the form, the list, the function and the tables."""

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from conftest import NOW, SINCE
from villages import bodies, services
from villages.bodies import CannotName
from villages.models import Guide, Post, Township, Village
from villages.services import CannotServe

WORDS = "找办公室转"
MATTER = {"name": "医保参保", "papers": "身份证", "place": "村委会", "days": 3}


@pytest.fixture
def secretary(district, clerk):
    return bodies.name_post(
        kind="first",
        name="向书记",
        township=district.zhuoshui,
        begins_on=SINCE,
        phone="023-0000 0236",
        by=clerk,
        now=NOW,
    )


@pytest.fixture
def matter(district, clerk):
    return services.put_guide(village=district.tongmu, **MATTER, phone="023-0000 0618", by=clerk, now=NOW)


def drop_the_wall(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_phone_is_a_number")


def upgraded(model, text):
    """What is left of an old text, after the check was added in the same transaction."""
    (wall,) = (one for one in model._meta.constraints if one.name.endswith("phone_is_a_number"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"UPDATE {model._meta.db_table} SET phone = %s", [text])
        for name in ("0027_telephones_of_places_and_posts_are_numbers", "0028_telephones_of_services_are_numbers"):
            for statement in import_module(f"villages.migrations.{name}").MENDED:
                cursor.execute(statement)
    with connection.schema_editor() as editor:
        editor.add_constraint(model, wall)
        editor.remove_constraint(model, wall)
    (kept,) = model.objects.values_list("phone", flat=True).distinct()
    return kept


@pytest.mark.parametrize("model", [Township, Village, Post, Guide])
@pytest.mark.parametrize("said", [WORDS, "1234", "023-00000236、023-00000237"])
def test_the_table_takes_no_words_for_a_telephone(secretary, matter, model, said):
    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}_phone_is_a_number"), transaction.atomic():
        model.objects.update(phone=said)


@pytest.mark.parametrize("said", ["", "12345", "023-0000 0236", "+86 23 0000 0236", "(023)00000236转8021"])
def test_the_table_takes_numbers_and_nothing(secretary, matter, said):
    for model in (Township, Village, Post, Guide):
        model.objects.update(phone=said)


def test_without_the_wall_villagers_are_led_to_call_words(district, client):
    drop_the_wall(Village)
    Village.objects.update(phone=WORDS)

    page = client.get(reverse("villages:public-disclosures", args=[district.tongmu.code])).content.decode()
    assert f'<a href="tel:{WORDS}">' in page


def test_without_the_wall_words_stand_in_the_list_of_who_to_call(secretary, clerk, signed_in):
    drop_the_wall(Post)
    Post.objects.update(phone=WORDS)

    assert f">{WORDS}</td>" in signed_in(clerk).get(reverse("villages:people-list")).content.decode()


def test_nobody_is_named_with_words_for_a_telephone(district, clerk, secretary):
    said = {"kind": "staff", "name": "冉专", "township": district.zhuoshui, "begins_on": SINCE, "by": clerk, "now": NOW}
    with pytest.raises(CannotName, match="办公电话只填一个号码，如 023-79240000，没有就空着"):
        bodies.name_post(**said, phone=WORDS)

    assert bodies.name_post(**said, phone="（０２３）００００ ０２３６ ").phone == "(023)0000 0236"


def test_the_form_says_so_at_the_field_and_keeps_what_was_typed(district, clerk, signed_in):
    given = {"kind": "staff", "name": "冉专", "begins_on": "2026-11-01", "township": district.zhuoshui.pk}
    refused = signed_in(clerk).post(reverse("villages:people-new"), given | {"phone": WORDS})

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"phone": ["办公电话只填一个号码，如 023-79240000，没有就空着"]}
    assert f'value="{WORDS}"' in refused.content.decode()
    assert not Post.objects.exists()


@pytest.mark.parametrize("model", [Township, Village, Post, Guide])
def test_an_upgrade_keeps_the_number_that_stands_in_an_old_text(secretary, matter, model):
    drop_the_wall(model)

    def after(text):
        return upgraded(model, text)

    assert after("村委会 ０２３-００００ ０２３６") == "023-0000 0236"
    assert after("8:30-17:30 023-00000236") == "023-00000236"
    assert after("023-00000236、023-00000237") == "023-00000236"
    assert after("℡" * 29) == ""
    assert after("(023)00000236转8021") == "(023)00000236转8021"
    assert after(WORDS) == ""


def test_an_upgrade_keeps_the_short_number_of_a_matter(matter, district, clerk, client, signed_in):
    drop_the_wall(Guide)
    public = reverse("villages:public-services", args=[district.tongmu.code])

    assert upgraded(Guide, "110") == "110"
    assert upgraded(Guide, "村警务室１１０，101 室") == "110"
    assert upgraded(Guide, "120 或 023-00000618") == "023-00000618"
    assert upgraded(Guide, "村委会101室") == ""
    assert 'href="tel:' not in client.get(public).content.decode()
    assert "没有电话" in signed_in(clerk).get(reverse("villages:guide-list")).content.decode()


def test_without_the_wall_villagers_press_words_of_a_matter(matter, district, client):
    drop_the_wall(Guide)
    Guide.objects.update(phone=WORDS)

    page = client.get(reverse("villages:public-services", args=[district.tongmu.code])).content.decode()
    assert f'<a href="tel:{WORDS}">' in page


def test_no_matter_is_published_with_words_for_a_telephone(district, clerk):
    def put(phone):
        return services.put_guide(village=district.tongmu, **MATTER, phone=phone, by=clerk, now=NOW).phone

    for said in (WORDS, "123", "8:30-17:30 023-00000618", "023-00000618、023-00000619"):
        with pytest.raises(CannotServe, match="办公电话只填一个号码，如 023-79240000 或 12345"):
            put(said)
    assert [put("１１０"), put("12345"), put(" 023-0000 0618（转８）")] == ["110", "12345", "023-0000 0618(转8)"]


def test_the_form_of_a_matter_says_so_at_the_field(district, clerk, signed_in):
    desk, new = signed_in(clerk), reverse("villages:guide-new")
    refused = desk.post(new, MATTER | {"village": district.tongmu.pk, "phone": WORDS})

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"phone": ["办公电话只填一个号码，如 023-79240000 或 12345"]}
    assert f'value="{WORDS}"' in refused.content.decode()
    assert not Guide.objects.exists()
    assert desk.post(new, MATTER | {"village": district.tongmu.pk, "phone": "110"}).status_code == 302
