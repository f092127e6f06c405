"""系统管理: who it opens to, and accounts made and given passwords in it."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from conftest import NOW, PASSWORD
from qianjiang_portal.foundation import calendar
from villages import appointments
from villages.models import Appointment, User

INDEX, ADD = reverse("admin:index"), reverse("admin:villages_user_add")
GIVEN = "lan-hua-2026-shan"


def new_person(**post) -> dict[str, str]:
    fields = {"role": "clerk", "township": "", "village": "", "unit": "", "begins_on": "2026-11-01", "ends_on": ""}
    filled = {f"appointments-0-{name}": value for name, value in (fields | post).items()}
    totals = {"appointments-TOTAL_FORMS": "1", "appointments-INITIAL_FORMS": "0"}
    return {"username": "xiang.li", "name": "向丽", "password1": GIVEN, "password2": GIVEN, **totals, **filled}


def test_it_closes_when_the_appointment_ends(admin_person, signed_in):
    client = signed_in(admin_person)
    assert client.get(INDEX).status_code == 200

    [post] = admin_person.appointments_now
    appointments.end(appointment=post, on=NOW.date() - dt.timedelta(days=1))

    assert client.get(INDEX, follow=True).status_code == 403


def test_it_is_not_the_business_of_others(clerk, signed_in):
    response = signed_in(clerk).get(INDEX, follow=True)

    assert response.status_code == 403
    assert "没有查看这一页的权限" in response.content.decode()


def test_a_visitor_signs_in_on_the_page_of_everybody(client, db):
    assert client.get(INDEX, follow=True).redirect_chain[-1] == (
        f"/accounts/login/?next={INDEX.replace('/', '%2F')}",
        302,
    )


def test_a_new_person_chooses_their_own_password_first(admin_person, district, signed_in):
    made = signed_in(admin_person).post(ADD, new_person(township=district.zhuoshui.pk))

    assert made.status_code == 302, made.context["errors"]
    person = User.objects.get(username="xiang.li")
    assert [post.label for post in person.appointments_now] == ["濯水镇乡镇经办"]
    client = Client()
    client.post("/accounts/login/", {"username": "xiang.li", "password": GIVEN})
    assert client.get("/home/")["Location"] == "/accounts/password/"


def test_an_administrator_made_here_gets_in(admin_person, signed_in):
    signed_in(admin_person).post(ADD, new_person(role="admin"))
    person = User.objects.get(username="xiang.li")
    User.objects.filter(pk=person.pk).update(must_change_password=False)

    page = signed_in(person).get(INDEX).content.decode()
    assert reverse("admin:villages_user_changelist") in page


@pytest.mark.parametrize("role", ["clerk", "leader", "liaison"])
def test_a_role_without_its_place_is_explained(admin_person, signed_in, role):
    response = signed_in(admin_person).post(ADD, new_person(role=role))

    page = response.content.decode()
    assert (response.status_code, Appointment.objects.filter(user__username="xiang.li").count()) == (200, 0)
    assert "任职的地方要和角色对上" in page
    assert "villages_appointment" not in page


def test_a_password_given_anew_is_replaced_at_the_next_sign_in(admin_person, clerk, signed_in):
    address = reverse("admin:auth_user_password_change", args=[clerk.pk])
    form = {"password1": GIVEN, "password2": GIVEN, "usable_password": "true"}
    assert signed_in(admin_person).post(address, form).status_code == 302

    client = Client()
    client.post("/accounts/login/", {"username": "clerk", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"username": "clerk", "password": GIVEN})
    assert client.get("/home/")["Location"] == "/accounts/password/"


def test_an_appointment_of_tomorrow_does_not_count_today(admin_person, district, signed_in):
    tomorrow = calendar.today() + dt.timedelta(days=1)
    form = new_person(township=district.zhuoshui.pk, begins_on=tomorrow.isoformat())

    signed_in(admin_person).post(ADD, form)

    assert User.objects.get(username="xiang.li").appointments_now == []
