"""What can be seen without a replica; a real one is read in `qianjiang_portal/tests/chaos/test_hosts.py`."""

import datetime as dt

import pytest
from django.db import OperationalError

from qianjiang_portal.foundation import replica


@pytest.fixture
def configured(settings, monkeypatch):
    settings.DATABASES = settings.DATABASES | {replica.NAME: {}}
    monkeypatch.setattr(replica, "_again_at", 0.0)
    monkeypatch.setattr(replica, "connections", {replica.NAME: type("Closed", (), {"close": staticmethod(int)})})


def where():
    return replica.Router().db_for_read(None)


def test_without_a_replica_the_primary_is_read_and_nothing_is_stamped():
    assert replica.read(where) == replica.Read(None, None)


def test_only_what_is_read_by_name_goes_to_the_replica(configured, monkeypatch):
    moment = dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
    monkeypatch.setattr(replica, "_moment", lambda: moment)

    assert replica.read(where) == replica.Read(replica.NAME, moment)
    assert where() is None
    assert not replica.Router().allow_migrate(replica.NAME, "points")


@pytest.mark.parametrize("trouble", [OperationalError("gone"), None])
def test_one_that_is_away_or_behind_is_left_alone_for_a_while(configured, monkeypatch, trouble):
    asked = []

    def moment():
        asked.append(1)
        if trouble:
            raise trouble

    monkeypatch.setattr(replica, "_moment", moment)
    assert [replica.read(where), replica.read(where)] == [replica.Read(None, None)] * 2
    assert len(asked) == 1


def test_one_that_does_not_tell_its_lag_is_asked_once_in_a_while(configured, monkeypatch):
    asked = []

    class Away:
        close = staticmethod(int)

        def cursor(self):
            asked.append(1)
            raise OperationalError("gone")

    monkeypatch.setattr(replica, "connections", {replica.NAME: Away()})
    monkeypatch.setattr(replica, "_asked_again_at", 0.0)
    assert [replica.behind(), replica.behind()] == [None, None]
    assert len(asked) == 1
