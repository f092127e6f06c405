"""Many villages' notices at once: what stands in the way of each, and one that fails holds back no other."""

import pytest
from django.db import connection
from django.urls import reverse

from conftest import NOW, SINCE, TODAY, approve, make_person
from points import batches, notices, publishing
from points.models import Claim, Notice, NoticeLine, PanelMember
from points.notices import CannotPublish
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.models import AuditEvent

MANY = "/notices/many/"
NOVEMBER = periods.of(TODAY)
PHONE = "13812345678"


@pytest.fixture
def both(approved, district, make_batch, clerk):
    """Three households wait in 桐木村, two in 三门社区."""
    sit_next_door(district, make_batch, clerk)
    return approved


def sit_next_door(district, make_batch, clerk):
    """Two rows of 三门社区 pass its own panel."""
    checker = make_person("reviewer-2", "罗评议", {"role": "reviewer", "village": district.sanmen})
    seats = [
        PanelMember.objects.create(village=district.sanmen, name=name, begins_on=SINCE, user=user)
        for name, user in (("罗评议", checker), ("田评议", None), ("向评议", None))
    ]
    batch = make_batch(district.next_door[:2], village=district.sanmen)
    approve(batches.submit(batch=batch, maker=clerk, now=NOW), checker, seats)


def with_number(claim):
    """A remark kept before telephone numbers were refused, so the trigger looks away for once."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_claim DISABLE TRIGGER points_claim_holds_no_personal_number")
        Claim.objects.filter(pk=claim.pk).update(note=PHONE)
        cursor.execute("ALTER TABLE points_claim ENABLE TRIGGER points_claim_holds_no_personal_number")


def text(response):
    return response.content.decode()


def asked(*villages, **values):
    seen = {f"seen-{village.code}": notices.mark_of(notices.waiting(village, NOVEMBER)) for village in villages}
    return {"village": [village.code for village in villages], "period": "2026-11", "days": 7} | seen | values


def test_each_village_with_what_waits_and_what_stands_in_the_way(both, district, make_batch, clerk, signed_in):
    batches.submit(batch=make_batch(district.homes[3:5]), maker=clerk, now=NOW)
    response = signed_in(clerk).get(MANY)

    tongmu, sanmen = sorted(response.context["offers"], key=lambda offer: -offer.households)
    assert (tongmu.village, tongmu.households, len(tongmu.claims), tongmu.awards) == (district.tongmu, 3, 3, 15)
    assert tongmu.remarks == ["2 行在审核，不在这一期"]
    assert (sanmen.village, sanmen.households, sanmen.hurdles) == (district.sanmen, 2, [])
    assert "可以发布 2 个村" in text(response)
    assert Notice.objects.count() == 0


def test_what_waits_nowhere_cannot_be_chosen(approved, district, clerk, signed_in):
    response = signed_in(clerk).get(MANY)

    sanmen = next(offer for offer in response.context["offers"] if offer.village == district.sanmen)
    assert sanmen.hurdles == ["没有待公示的积分"]
    assert f'value="{district.sanmen.code}" data-select-row aria-label="三门社区" disabled' in text(response)


def test_a_remark_with_a_number_is_named(both, district, clerk, signed_in):
    with_number(Claim.objects.filter(batch__village=district.sanmen).first())

    sanmen = next(offer for offer in signed_in(clerk).get(MANY).context["offers"] if offer.village == district.sanmen)
    assert "备注里像是有手机号，公示前请去掉" in sanmen.hurdles[0]
    assert not sanmen.may_go_up


def test_what_was_chosen_is_looked_at_before_it_goes_up(both, district, clerk, signed_in):
    client = signed_in(clerk)
    response = client.get(MANY, {"village": [district.tongmu.code, district.sanmen.code], "period": "2026-11"})

    assert "核对要发布的 2 个村" in text(response)
    assert "发布 2 个村、5 户的公示" in text(response)
    assert Notice.objects.count() == 0

    done = client.post(MANY, asked(district.tongmu, district.sanmen))
    assert "2026年11月：已发布 2 个村" in text(done)
    assert sorted(Notice.objects.values_list("village__short_name", "households")) == [("三门社区", 2), ("桐木村", 3)]
    assert AuditEvent.objects.filter(action="notice.publish").count() == 2
    for notice in Notice.objects.all():
        assert reverse("points:notice-print", args=[notice.code]) in text(done)


def test_one_that_changed_meanwhile_holds_back_no_other(both, district, make_batch, clerk, reviewer, panel, signed_in):
    stale = asked(district.tongmu, district.sanmen)
    approve(batches.submit(batch=make_batch(district.homes[3:4]), maker=clerk, now=NOW), reviewer, panel)

    response = signed_in(clerk).post(MANY, stale)

    assert response.status_code == 200
    assert "已发布 1 个村，1 个村没有发布" in text(response)
    assert "待公示的行刚变过，看过预览后再发布" in text(response)
    assert list(Notice.objects.values_list("village", flat=True)) == [district.sanmen.pk]
    assert not NoticeLine.objects.exclude(notice__village=district.sanmen).exists()
    assert Claim.objects.filter(batch__village=district.tongmu, notice__isnull=False).count() == 0


def test_posted_twice_it_goes_up_once(both, district, clerk, signed_in):
    client = signed_in(clerk)
    said = asked(district.tongmu, district.sanmen)
    client.post(MANY, said)

    again = client.post(MANY, said)

    assert again.status_code == 409
    assert "已发布 0 个村，2 个村没有发布" in text(again)
    assert Notice.objects.count() == 2


def test_nothing_chosen(both, clerk, signed_in):
    response = signed_in(clerk).post(MANY, {"period": "2026-11", "days": 7})

    assert response.status_code == 422
    assert "至少选一个村" in text(response)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"days": 2}, "公示 3 到 30 天"), ({"period": "2030-01"}, "选一个月份"), ({"days": "七"}, "公示天数只填数字")],
)
def test_bad_input_puts_nothing_up(both, district, clerk, signed_in, changes, words):
    response = signed_in(clerk).post(MANY, asked(district.tongmu, **changes))

    assert response.status_code == 422
    assert words in text(response)
    assert Notice.objects.count() == 0


def test_a_village_of_others_puts_nothing_up(both, district, clerk, stranger, signed_in):
    response = signed_in(stranger).post(MANY, asked(district.tongmu))

    assert response.status_code == 422
    assert "选的村里有不归本人公示的，重新选" in text(response)
    assert Notice.objects.count() == 0


def test_a_village_of_others_is_refused_by_the_function(both, district, stranger):
    (outcome,) = publishing.publish_many(
        choices=[(district.tongmu, notices.mark_of(notices.waiting(district.tongmu, NOVEMBER)))],
        period=NOVEMBER,
        days=7,
        publisher=stranger,
        now=NOW,
    )

    assert (outcome.notice, outcome.refusal) == (None, "没有给这个村做公示的任职")
    assert Notice.objects.count() == 0


def test_too_many_at_once_put_up_none(both, district, clerk):
    with pytest.raises(CannotPublish, match="一次最多发布 30 个村"):
        publishing.publish_many(choices=[(district.tongmu, "")] * 31, period=NOVEMBER, days=7, publisher=clerk, now=NOW)


@pytest.mark.parametrize("who", ["reviewer", "leader", "district", "auditor", "counter", "liaison", "admin"])
def test_only_clerks(cast, approved, who, signed_in):
    assert signed_in(cast[who]).get(MANY).status_code == 403


def test_the_list_leads_there_when_more_than_one_waits(both, clerk, signed_in):
    assert f'href="{MANY}"' in text(signed_in(clerk).get("/notices/"))


def test_queries(approved, district, make_batch, clerk, reviewer, panel, signed_in):
    client = signed_in(clerk)
    client.get(MANY)
    one = own_queries(client, MANY)
    sit_next_door(district, make_batch, clerk)

    assert own_queries(client, MANY) == one
