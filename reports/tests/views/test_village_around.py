"""What the page of a village says besides points, and to whom."""

import datetime as dt

import pytest

from conftest import NOW, SINCE, TODAY
from demos import candidates, pairings, programmes
from points import awards, honours
from points.models import Honour, HonourKind
from qianjiang_portal.foundation import calendar
from qianjiang_portal.testing_kept import kept
from reports.tests.views.test_dashboard_lists import busy
from villages import bodies
from villages.models import Unit

__all__ = ["busy"]

TONGMU = "/villages/500114112202/"
AWARDED = NOW + dt.timedelta(days=10)


@pytest.fixture
@kept
def there(district, liaison, district_officer):
    """A pairing with a visit, a candidate with the milestones of its stages, and people who answer for the village."""
    by, unit = {"by": district_officer, "now": NOW}, Unit.objects.get(code="minzheng")
    pairing = pairings.pair(unit=unit, village=district.tongmu, role="lead", begins_on=SINCE, contact="周联络", **by)
    pairings.log_visit(pairing=pairing, on=TODAY, visitors="周联络", done="看望五保户", by=liaison, now=NOW)
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, **by)
    candidate = candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", **by)
    for kind, name in (("secretary", "冉书记"), ("oversight", "冉启文"), ("oversight", "龚素芳")):
        bodies.name_post(kind=kind, village=district.tongmu, name=name, begins_on=SINCE, **by)
    return pairing, candidate


@pytest.fixture
@kept
def honoured(district, clerk, reviewer, panel):
    """A household that holds 文明家庭 since 3 December."""
    nominee = honours.Nominee(district.homes[0])
    kind, of = HonourKind.objects.get(name="文明家庭"), {"village": district.tongmu}
    honour = honours.nominate(kind=kind, **of, year=2026, nominee=nominee, deed="邻里和睦", by=clerk, now=NOW)
    sitting = honours.Sitting(panel, NOW)
    honours.decide(**of, passed=[honour.pk], declined={}, sitting=sitting, by=reviewer, now=NOW)
    notice = awards.publish(**of, by=clerk, now=NOW)
    with calendar.at(AWARDED):
        awards.award(notice=notice, by=clerk, now=AWARDED)
    return Honour.objects.get()


def page_of(client):
    response = client.get(TONGMU)
    assert response.status_code == 200
    return response.context["page"], response.content.decode()


def facts(page):
    return {fact.label: (fact.text, fact.href) for fact in page.facts}


def test_who_answers_for_it_who_helps_and_what_it_works_for(there, signed_in, clerk):
    pairing, candidate = there
    page, html = page_of(signed_in(clerk))

    found = facts(page)
    assert found["驻村第一书记"] == ("冉书记", "")
    assert found["村务监督委员会"] == ("冉启文、龚素芳", "")
    assert found["结对单位"] == ("区民政局（牵头）", f"/pairings/{pairing.pk}/")
    assert found["示范创建"] == (f"区级示范村，{candidate.stage.name}", f"/demos/{candidate.pk}/")
    [plan], [call] = page.around.plans, page.around.calls
    first = candidate.milestones.filter(done_on__isnull=True).order_by("planned_on", "pk")[0]
    assert (plan.next, plan.is_late) == (first, first.planned_on < TODAY)
    assert (call.on, call.unit, call.done) == (TODAY, "区民政局", "看望五保户")
    assert "看望五保户" in html


def test_every_way_out_of_it_opens_for_whoever_sees_it(there, honoured, signed_in, cast):
    for person in ("clerk", "leader", "reviewer", "district", "auditor", "liaison"):
        client = signed_in(cast[person])
        page, _ = page_of(client)
        ways = [fact.href for fact in page.facts] + [plan.href for plan in page.around.plans]
        ways += [call.href for call in page.around.calls] + [page.around.honours_href] * bool(page.around.honours)
        assert [way for way in ways if way and client.get(way).status_code != 200] == [], person


def test_honours_stand_with_the_list_behind_them(honoured, signed_in, clerk):
    client = signed_in(clerk)
    page, html = page_of(client)

    assert [(one.kind.name, one.whose) for one in page.around.honours] == [("文明家庭", "冉光明")]
    assert "文明家庭" in html
    assert client.get(page.around.honours_href).context["page"].paginator.count == 1


def test_whoever_may_not_see_a_thing_is_not_told_of_it(there, honoured, signed_in, liaison, counter):
    page, html = page_of(signed_in(liaison))
    assert page.around.honours == ()
    assert "冉光明" not in html
    page, html = page_of(signed_in(counter))
    assert (page.around.honours, "邻里和睦" in html) == ((), False)


def test_objections_in_hand_lead_to_just_those(busy, signed_in, clerk, liaison):
    client = signed_in(clerk)
    page, _ = page_of(client)

    [tile] = [one for one in page.tiles if one.label == "异议在办"]
    assert (tile.value, tile.lines[0].text) == ("1", "没有逾期")
    assert client.get(tile.href).context["page"].paginator.count == 1
    assert client.get("/objections/?village=500114112003").context["page"].paginator.count == 0
    assert client.get("/objections/?village=500114106200").status_code == 404
    assert [one for one in page_of(signed_in(liaison))[0].tiles if one.label == "异议在办"] == []
