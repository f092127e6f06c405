"""区民政局 of the cast helps 桐木村; 区司法局 helps 中元村, where the stranger works."""

import pytest

from conftest import NOW, SINCE
from demos import pairings
from qianjiang_portal.testing_kept import kept
from villages.models import Unit, User


@pytest.fixture
@kept
def unit(liaison):
    unit = Unit.objects.get(code="minzheng")
    unit.is_lead, unit.position = True, 1
    unit.save()
    return unit


@pytest.fixture
@kept
def other_unit(unit):
    return Unit.objects.create(code="sifa", name="区司法局", is_lead=True, position=2)


@pytest.fixture
@kept
def officer(district_officer):
    return district_officer


@pytest.fixture
@kept
def pairing(unit, district, officer):
    return pair(unit, district.tongmu, officer)


@pytest.fixture
@kept
def far_pairing(other_unit, district, officer):
    return pair(other_unit, district.zhongyuan, officer)


def pair(unit, village, officer, role="lead", begins_on=SINCE, **more):
    return pairings.pair(
        unit=unit, village=village, role=role, begins_on=begins_on, contact="周联络", by=officer, now=NOW, **more
    )


def again(user):
    """A fresh look at a person, whose appointments may have changed."""
    return User.objects.get(pk=user.pk)
