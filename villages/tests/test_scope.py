"""Who sees which places and households: exact sets, with rows that could leak."""

import datetime as dt

import pytest

from conftest import TODAY
from villages import appointments, scope
from villages.models import Appointment, Household, Township, User, Village


def names(rows) -> set[str]:
    return {str(row) for row in rows}


HOME = {"冉光明", "覃世明", "单淑芬", "曾国良", "欧阳娜", "庹世全", "龚素芳", "向德珍"}
NEXT_DOOR = {"罗昌碧", "田茂云", "向兴国"}
FAR = {"石远方", "谭秀英", "陶德华"}

HOUSEHOLDS = {
    "clerk": HOME | NEXT_DOOR,
    "reviewer": HOME,
    "leader": HOME | NEXT_DOOR,
    "counter": HOME,
    "liaison": set(),
    "district": HOME | NEXT_DOOR | FAR,
    "auditor": HOME | NEXT_DOOR | FAR,
    "admin": set(),
    "stranger": FAR,
    "double": HOME | NEXT_DOOR,
}
VILLAGES = {
    "clerk": {"桐木村", "三门社区"},
    "reviewer": {"桐木村"},
    "leader": {"桐木村", "三门社区"},
    "counter": {"桐木村"},
    "liaison": {"桐木村"},
    "district": {"桐木村", "三门社区", "中元村"},
    "auditor": {"桐木村", "三门社区", "中元村"},
    "admin": {"桐木村", "三门社区", "中元村"},
    "stranger": {"中元村"},
    "double": {"桐木村", "三门社区"},
}


@pytest.mark.parametrize("who", HOUSEHOLDS)
def test_households_are_seen_where_a_role_reaches(cast, who):
    assert names(Household.objects.visible_to(cast[who])) == HOUSEHOLDS[who]


@pytest.mark.parametrize("who", VILLAGES)
def test_villages_are_seen_where_a_role_reaches(cast, who):
    assert names(Village.objects.visible_to(cast[who])) == VILLAGES[who]


def test_townships_are_seen_with_their_villages(cast):
    assert names(Township.objects.visible_to(cast["reviewer"])) == {"濯水镇"}
    assert names(Township.objects.visible_to(cast["district"])) == {"濯水镇", "石会镇"}


def test_role_and_place_are_read_off_the_same_appointment(double, district):
    assert scope.covers(double, {"reviewer"}, district.tongmu)
    assert not scope.covers(double, {"reviewer"}, district.sanmen)
    assert scope.covers(double, {"clerk"}, district.sanmen)
    assert not scope.covers(double, {"clerk"}, district.tongmu)


def test_an_ended_appointment_opens_nothing(clerk):
    post = Appointment.objects.get(user=clerk)
    appointments.end(appointment=post, on=TODAY - dt.timedelta(days=1))

    assert names(Household.objects.visible_to(User.objects.get(pk=clerk.pk))) == set()


def test_an_appointment_that_has_not_begun_opens_nothing(district):
    later = User.objects.create_user("later", "x", name="以后")
    appointments.appoint(user=later, role="clerk", township=district.zhuoshui, begins_on=TODAY + dt.timedelta(days=1))

    assert names(Village.objects.visible_to(later)) == set()


def test_nobody_signed_in_sees_nothing(district):
    from django.contrib.auth.models import AnonymousUser

    assert names(Household.objects.visible_to(AnonymousUser())) == set()


def test_the_database_refuses_a_place_that_does_not_suit_the_role(clerk, district):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="villages_appointment_place_suits_its_role"), transaction.atomic():
        Appointment.objects.create(user=clerk, role="leader", village=district.tongmu, begins_on=TODAY)


def told(posts):
    """Appointments with every field, their places' too, and the villages they cover."""
    places = ("township", "village", "unit")

    def fields(one):
        return {name: value for name, value in vars(one).items() if not name.startswith("_")} if one else None

    return [
        [
            {field.attname: getattr(post, field.attname) for field in post._meta.concrete_fields},
            *(fields(getattr(post, place)) for place in places),
            fields(post.village.township) if post.village else None,
            [(village.pk, village.township.name) for village in post.villages.order_by("code")],
        ]
        for post in posts
    ]


@pytest.mark.parametrize("who", VILLAGES)
def test_what_every_page_asks_is_what_the_registers_say(cast, who, django_assert_max_num_queries):
    posts = Appointment.objects.current().filter(user=cast[who]).order_by("pk")
    person = User.objects.get(pk=cast[who].pk)
    with django_assert_max_num_queries(2):
        found = person.appointments_now
        covered = [[(village.pk, village.township.name) for village in post.covered_villages] for post in found]
        assert all(post.label and post.user is person for post in found)
    assert told(found) == told(posts)
    assert [names for names in covered if names] == [line[-1] for line in told(posts) if line[-1]]


@pytest.mark.parametrize(
    ("begins", "ends", "holds"), [(0, 0, True), (0, None, True), (-9, -1, False), (1, None, False)]
)
def test_an_appointment_holds_from_its_first_day_to_its_last(cast, begins, ends, holds):
    term = {"begins_on": TODAY + dt.timedelta(begins), "ends_on": ends if ends is None else TODAY + dt.timedelta(ends)}
    Appointment.objects.filter(user=cast["reviewer"]).update(**term)
    person = User.objects.get(pk=cast["reviewer"].pk)
    assert bool(person.appointments_now) is holds
    assert Appointment.objects.current(TODAY).filter(user=person).exists() is holds
