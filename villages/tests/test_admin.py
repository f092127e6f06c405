"""系统管理: who it opens to, and accounts made and given passwords in it."""

import datetime as dt

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from conftest import NOW
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.admin import SearchedFields
from qianjiang_portal.foundation.models import AuditEvent
from villages import appointments
from villages.models import Appointment, Session, User

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


def test_a_password_is_given_on_the_page_of_the_account_alone(office, clerk):
    """Django's page would let an administrator type somebody's password, or take it away."""
    address = reverse("admin:auth_user_password_change", args=[clerk.pk])
    before = User.objects.get(pk=clerk.pk).password

    for answer in (office.get(address), office.post(address, {"password1": GIVEN, "password2": GIVEN})):
        assert answer["Location"] == reverse("villages:staff", args=[clerk.pk])
    assert User.objects.get(pk=clerk.pk).password == before


def test_an_appointment_of_tomorrow_does_not_count_today(admin_person, district, signed_in):
    tomorrow = calendar.today() + dt.timedelta(days=1)
    form = new_person(township=district.zhuoshui.pk, begins_on=tomorrow.isoformat())

    signed_in(admin_person).post(ADD, form)

    assert User.objects.get(username="xiang.li").appointments_now == []


@pytest.fixture
def office(admin_person, signed_in):
    return signed_in(admin_person)


def page_of(person) -> str:
    return reverse("admin:villages_user_change", args=[person.pk])


def kept(person, **changed) -> dict[str, str]:
    """What the page of a person sends back as it came, but for what is changed."""
    posts = list(person.appointments.order_by("pk"))
    form = {"username": person.username, "name": person.name, "phone": "", "is_active": "on"}
    form |= {"appointments-TOTAL_FORMS": str(len(posts)), "appointments-INITIAL_FORMS": str(len(posts))}
    for at, post in enumerate(posts):
        form |= {f"appointments-{at}-id": str(post.pk), f"appointments-{at}-user": str(person.pk)}
        form[f"appointments-{at}-ends_on"] = str(post.ends_on or "")
    return {name: value for name, value in (form | changed).items() if value is not None}


def sure(client, address, form):
    """Sent, asked about, and sent once more."""
    asked = client.post(address, form).content.decode()
    assert "再确认一次" in asked, asked
    return asked, client.post(address, form | {"_sure": "1"})


def test_nobody_closes_their_own_account_or_ends_their_own_administration(office, admin_person):
    off = office.post(page_of(admin_person), kept(admin_person, is_active=None))
    ended = office.post(page_of(admin_person), kept(admin_person, **{"appointments-0-ends_on": "2026-11-24"}))

    assert "自己的账号由另一位系统管理员停用" in off.content.decode()
    assert "自己的管理员任职由另一位系统管理员结束" in ended.content.decode()
    admin_person.refresh_from_db()
    assert admin_person.is_active
    assert admin_person.appointments.get().ends_on is None


def test_the_office_telephone_is_a_number(office, clerk):
    refused = office.post(page_of(clerk), kept(clerk, phone="找办公室转")).content.decode()
    assert "办公电话只填一个号码，如 023-79240000，没有就空着" in refused

    office.post(page_of(clerk), kept(clerk, phone="０２３－０００００２３６"))
    clerk.refresh_from_db()
    assert clerk.phone == "023-00000236"


def test_an_account_closed_here_is_closed_as_on_its_own_page(office, clerk):
    Client().force_login(clerk, "django.contrib.auth.backends.ModelBackend")
    assert Session.objects.filter(user=clerk).exists()
    asked, done = sure(office, page_of(clerk), kept(clerk, is_active=None))

    assert done.status_code == 302
    assert "停用后不能登录" in asked
    assert AuditEvent.objects.filter(action="account.off", target="clerk").count() == 1
    assert not Session.objects.filter(user=clerk).exists()


def test_an_appointment_is_ended_and_given_after_a_second_question(office, admin_person, clerk, district):
    [post] = clerk.appointments.all()
    new = {"appointments-TOTAL_FORMS": "2", "appointments-1-role": "reviewer", "appointments-1-begins_on": "2026-11-25"}
    new |= {"appointments-1-village": str(district.sanmen.pk), "appointments-1-ends_on": "", "appointments-1-id": ""}
    form = kept(clerk, **{"appointments-0-ends_on": "2026-11-24"}) | new
    asked, done = sure(office, page_of(clerk), form)

    assert "濯水镇乡镇经办的结束日期：没有定 改为 <strong>2026-11-24</strong>" in asked
    assert "任职：没有 改为 <strong>濯水镇三门社区评议审核，从 2026-11-25</strong>" in asked
    assert done.status_code == 302
    post.refresh_from_db()
    assert str(post.ends_on) == "2026-11-24"
    told = AuditEvent.objects.filter(action__startswith="appointment.").order_by("pk").values_list("action", "actor")
    assert list(told)[-2:] == [
        ("appointment.end", admin_person.pk),
        ("appointment.appoint", admin_person.pk),
    ]


def test_who_was_what_is_not_written_anew(office, clerk, district):
    """What a row of the past says stays, whatever a browser sends; only its last day is given."""
    form = kept(clerk, **{"appointments-0-role": "leader", "appointments-0-begins_on": "2020-01-01"})

    assert office.post(page_of(clerk), form).status_code == 302
    assert [(post.role, str(post.begins_on)) for post in clerk.appointments.all()] == [("clerk", "2026-01-01")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"appointments-0-ends_on": "2025-01-01"}, "任职结束日期早于开始日期"),
        ({"appointments-0-ends_on": "明天"}, "输入一个有效的日期"),
    ],
)
def test_a_day_that_cannot_be_is_explained_and_nothing_asked(office, clerk, changed, said):
    page = office.post(page_of(clerk), kept(clerk, **changed)).content.decode()

    assert said in page
    assert "再确认一次" not in page
    assert clerk.appointments.get().ends_on is None


def test_the_same_appointment_twice_is_refused(office, clerk, district):
    new = {"appointments-TOTAL_FORMS": "2", "appointments-1-role": "clerk", "appointments-1-begins_on": "2026-11-25"}
    page = office.post(page_of(clerk), kept(clerk) | new | {"appointments-1-township": str(district.zhuoshui.pk)})

    assert "已有同样的任职：濯水镇乡镇经办" in page.content.decode()
    assert clerk.appointments.count() == 1


def test_the_same_new_appointment_twice_on_one_page_is_refused(office, clerk, district):
    new = {"appointments-TOTAL_FORMS": "3"}
    for at, begins_on in ((1, "2026-11-25"), (2, "2026-12-01")):
        new |= {f"appointments-{at}-role": "leader", f"appointments-{at}-township": str(district.shihui.pk)}
        new |= {f"appointments-{at}-begins_on": begins_on, f"appointments-{at}-ends_on": ""}
    page = office.post(page_of(clerk), kept(clerk) | new)
    assert page.content.decode().count("上面已经写了同样的任职") == 1
    assert clerk.appointments.count() == 1

    office.post(page_of(clerk), kept(clerk) | new | {"appointments-1-ends_on": "2026-11-30", "_sure": "1"})
    assert clerk.appointments.count() == 3


@pytest.mark.parametrize("village", ["zz", "²", "9" * 5000])
def test_a_choice_that_is_no_number_is_refused_at_its_field(office, village):
    answer = office.post(reverse("admin:villages_grid_add"), {"village": village, "number": "1", "name": "1组"})

    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["village"])


def test_with_django_s_own_field_it_is_an_error_of_the_portal(office, monkeypatch):
    monkeypatch.setattr(SearchedFields, "formfield_for_foreignkey", admin.ModelAdmin.formfield_for_foreignkey)
    with pytest.raises(ValueError, match="expected a number"):
        office.post(reverse("admin:villages_grid_add"), {"village": "zz", "number": "1", "name": "1组"})
