"""调度 by the month."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from conftest import NOW, TODAY
from demos import measures
from demos.measure_lines import Planned
from demos.measures import CannotReport
from demos.models import Dispatch, Measure
from demos.tests.conftest import again
from demos.tests.test_pages import text
from qianjiang_portal.foundation import periods

NOVEMBER = periods.parse("2026-11")


@pytest.fixture
def measure(unit, officer):
    return measures.add(year=2026, lines=[Planned("建互助点", unit, TODAY)], by=officer, now=NOW)[0]


def say(measure, by, month=NOVEMBER, moved="完成选址", stuck="缺消防验收"):
    return measures.dispatch(measure=measure, month=month, moved=moved, stuck=stuck, following="", by=by, now=NOW)


def test_the_lead_unit_says_what_moved_once_a_month(measure, liaison, clerk):
    say(measure, liaison)
    say(measure, liaison, moved="开工")
    assert list(Dispatch.objects.values_list("month", "moved")) == [("2026-11", "开工")]
    with pytest.raises(CannotReport, match="由牵头单位或区级填报调度"):
        say(measure, clerk)
    with pytest.raises(CannotReport, match="月份还没有到"):
        say(measure, liaison, month=periods.parse("2026-12"))
    with pytest.raises(CannotReport, match="写明本月进展"):
        say(measure, liaison, moved=" ")
    row = {"measure": measure, "made_by": liaison, "made_at": NOW}
    with pytest.raises(IntegrityError, match="says_what_moved"), transaction.atomic():
        Dispatch.objects.create(**row, month="2026-13", moved="开工")


def test_the_page_says_who_is_late_and_what_is_stuck(measure, liaison, officer, signed_in):
    october = reverse("demos:dispatch", args=["2026-10"])
    assert "没有在办的重点举措" in text(signed_in(officer).get(october))
    Measure.objects.update(added_on=dt.date(2026, 10, 31))
    assert "逾期没有填 1" in text(signed_in(again(officer)).get(october))
    client = signed_in(again(liaison))
    url = reverse("demos:dispatch-say", args=["2026-11", measure.pk])
    saved = client.post(url, {"moved": "完成选址", "stuck": "缺消防验收"}, follow=True)
    assert "完成选址 缺消防验收 — 已填" in text(saved)
    assert "1 项，已填 1" in text(saved)
    assert client.post(url, {"moved": ""}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(count, unit, officer, signed_in, django_assert_num_queries):
    lines = [Planned(f"举措{at}", unit, TODAY) for at in range(count)]
    for one in measures.add(year=2026, lines=lines, by=officer, now=NOW):
        say(one, officer)
    client = signed_in(officer)
    with django_assert_num_queries(14):
        client.get(reverse("demos:dispatch-now"))
