"""动态管理: one day's results, all or none."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from demos import candidates, programmes, rechecks
from demos.rechecks import CannotRecheck, Result
from demos.tests.test_pages import text
from qianjiang_portal.testing_kept import kept


@pytest.fixture
@kept
def cared(district, officer, clerk, leader):
    """桐木村 and 三门社区, both recognised and in care since the twelfth day."""
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=3, by=officer, now=NOW)
    made = []
    for place in (district.tongmu, district.sanmen):
        one = candidates.nominate(programme=goal, place=place, on=SINCE, owner="冉主任", by=clerk, now=NOW)
        for by, days in ((clerk, 1), (clerk, 2), (leader, 3), (officer, 4), (officer, 11), (officer, 12)):
            candidates.advance(candidate=one, on=SINCE + dt.timedelta(days=days), by=by, now=NOW)
        one.refresh_from_db()
        made.append(one)
    return made


def test_one_wrong_line_keeps_all_back(cared, officer, clerk):
    first, second = cared
    results = [Result(first, "good", "齐全"), Result(second, "mend", "公开栏没有更新")]
    with pytest.raises(CannotRecheck, match="濯水镇三门社区：整改期限要晚于复核日期"):
        rechecks.recheck_all(results=results, on=TODAY, by=officer, now=NOW)
    assert not first.moves.filter(kind="recheck").exists()
    with pytest.raises(CannotRecheck, match="复核由区级登记"):
        rechecks.recheck_all(results=results, on=TODAY, by=clerk, now=NOW)
    with pytest.raises(CannotRecheck, match="至少选一个结果"):
        rechecks.recheck_all(results=[], on=TODAY, by=officer, now=NOW)


def test_a_days_results_are_entered_on_one_page(cared, officer, signed_in):
    first, second = cared
    client, url = signed_in(officer), reverse("demos:recheck-all")
    wrong = client.post(url, {"on": "2026-11-20", f"c{second.pk}-standing": "mend"})
    assert (wrong.status_code, "濯水镇三门社区：整改要填期限" in text(wrong)) == (422, True)
    given = {"on": "2026-11-20", f"c{first.pk}-standing": "good", f"c{second.pk}-standing": "revoked"}
    saved = client.post(url, given | {f"c{second.pk}-note": "弄虚作假"}, follow=True)
    assert "已登记 2 个复核结果" in text(saved)
    assert "认定后进入动态管理的 1 个" in text(saved)
    second.refresh_from_db()
    assert (second.standing, second.closed_on) == ("revoked", dt.date(2026, 11, 20))


@pytest.mark.parametrize("count", [1, 2])
def test_queries_do_not_grow(count, cared, officer, signed_in, django_assert_num_queries):
    if count == 1:
        candidates.recheck(candidate=cared[1], standing="revoked", on=TODAY, note="弄虚作假", by=officer, now=NOW)
    client = signed_in(officer)
    with django_assert_num_queries(9):
        client.get(reverse("demos:recheck-all"))
