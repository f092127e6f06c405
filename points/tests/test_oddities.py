import datetime as dt

import pytest
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from points import batches, oddities, review
from points.models import Batch
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import calendar, periods
from villages import roster

pytestmark = pytest.mark.django_db
MONTH = periods.of(TODAY)


@pytest.fixture
def many(district):
    """Twenty households more."""
    grid = district.tongmu.grids.get(number=1)
    newcomers = [roster.Newcomer(grid, f"冉{at}", SINCE) for at in range(oddities.MANY)]
    return roster.enrol_many(newcomers=newcomers)


@pytest.fixture
def send(make_batch, clerk):
    def put(households, at=NOW, **changes):
        with calendar.at(at):
            batch = batches.submit(batch=make_batch(households, **changes), maker=clerk, now=at)
        batch.refresh_from_db()
        return batch

    return put


def kinds(user):
    return [(one.kind, one.text) for one in oddities.found(user, MONTH)]


def test_an_ordinary_month_has_none(send, district, district_officer):
    send(district.homes)

    assert kinds(district_officer) == []


def test_many_rows_passed_at_a_glance(send, many, reviewer, panel, district_officer):
    slow, quick = send(many), send(many, on=TODAY - dt.timedelta(days=1))
    for batch, minutes in ((slow, 3), (quick, 1)):
        now = NOW + dt.timedelta(minutes=minutes)
        ids = list(batch.claims.values_list("pk", flat=True))
        review.decide(
            batch=batch, checker=reviewer, version=batch.version, approve=ids, present=panel, held_at=NOW, now=now
        )

    (odd,) = oddities.found(district_officer, MONTH)
    assert (odd.kind, odd.text, odd.batches) == ("glance", "提交后不到 2 分钟，20 行全部通过", (quick.number,))
    assert (odd.rows, odd.points) == (20, 100)


def test_everybody_at_the_top_of_a_range(send, many, district_officer, rule_set):
    send(many, points=8)
    send(many, rule=rule_set.rules.get(code="Z03"))

    assert kinds(district_officer) == [("top", "参加公共劳动/投工投劳 20 行都是最高的 8 分")]


def test_one_below_the_top_is_no_oddity(send, many, district_officer):
    batch = send(many, points=8)
    batch.claims.filter(household=many[0]).update(points=7)

    assert kinds(district_officer) == []


def test_batches_sent_in_one_go(send, many, district_officer):
    for at in range(3):
        send(many[at * 7 : at * 7 + 7], at=NOW + dt.timedelta(minutes=at))
    send(many[:7], at=NOW + dt.timedelta(hours=1), on=TODAY - dt.timedelta(days=1))

    assert kinds(district_officer) == [("burst", "10 分钟内提交 3 批 20 行")]


def test_most_of_a_month_at_its_end(send, many, district, district_officer):
    send(district.homes)
    send(many, at=dt.datetime(2026, 11, 29, 9, tzinfo=calendar.SHANGHAI))

    assert kinds(district_officer) == [("end", "全月 28 行，月底 3 天提交 20 行，占 71%")]


def test_drafts_and_corrections_do_not_count(make_batch, many, district_officer, send):
    make_batch(many, points=8)
    batch = send(many, points=8, on=TODAY - dt.timedelta(days=1))
    Batch.objects.filter(pk=batch.pk).update(source="correction")

    assert kinds(district_officer) == []


def test_a_leader_sees_the_own_township_alone(send, many, leader, cast):
    send(many, points=8)
    from conftest import make_person

    elsewhere = make_person(
        "far", "远副镇长", {"role": "leader", "township": cast["stranger"].appointments_now[0].township}
    )
    assert len(oddities.found(leader, MONTH)) == 1
    assert oddities.found(elsewhere, MONTH) == []


def test_a_draw_is_the_same_for_the_same_lot(send, many, district_officer):
    send(many, points=8)
    odd = oddities.found(district_officer, MONTH) * 30

    drawn = oddities.draw(odd, "2026-11  20261123")
    assert drawn == oddities.draw(odd, "2026-11  20261123")
    assert len(drawn) == 10


def test_the_page_names_no_clerk_and_no_reviewer(signed_in, send, many, clerk, reviewer, district_officer):
    send(many, points=8)
    client = signed_in(district_officer)

    page = client.get(reverse("points:oddity-list"))
    text = page.content.decode()
    for words in ("都是最高的 8 分", "桐木村", "全部 1", "都是最高分 1", "随机抽 10 处", "不排名"):
        assert words in text
    assert clerk.name not in text
    assert reviewer.name not in text
    assert "抽签号 2026-11" in client.get(reverse("points:oddity-list"), {"draw": "1"}).content.decode()
    empty = client.get(reverse("points:oddity-list"), {"period": "2026-09"}).content.decode()
    assert "这个月没有疑点" in empty


def test_the_page_costs_the_same_with_one_and_with_three(signed_in, send, many, district_officer):
    client = signed_in(district_officer)
    url = reverse("points:oddity-list")
    send(many, points=8)
    own_queries(client, url)
    one = own_queries(client, url)
    for back in (1, 2):
        send(many, points=8, on=TODAY - dt.timedelta(days=back), at=NOW + dt.timedelta(hours=back))

    assert own_queries(client, url) == one <= 7
