import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from points import approving, batches, panel, review
from points.models import Claim, Review
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation.refusals import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel_of_three(request):
    return request.getfixturevalue("panel")


@pytest.fixture
def waiting(make_batch, clerk, district, rule_set, panel_of_three):
    """Two batches: three plain rows of Z02; one plain and one above the usual value of Z06."""
    first = make_batch(district.homes[:3])
    helped = rule_set.rules.get(code="Z06")
    second = make_batch(district.homes[3:5], rule=helped)
    second.claims.filter(household=district.homes[4]).update(points=helped.max_points)
    return [batches.submit(batch=one, maker=clerk, now=NOW) for one in (first, second)]


@pytest.fixture
def select(district, reviewer):
    return lambda **changes: approving.select(village=district.tongmu, checker=reviewer, **changes)


@pytest.fixture
def approve(select, reviewer, panel_of_three):
    def take(**changes):
        selection = changes.pop("selection", None) or select()
        given = {"seen": selection.stamp, "checker": reviewer, "present": panel_of_three, "held_at": NOW, "now": NOW}
        return approving.approve(selection=selection, **given | changes)

    return take


def states():
    return sorted(Claim.objects.values_list("state", flat=True))


def test_the_filter_says_what_it_holds_and_what_stays(waiting, select):
    held = select()
    assert (held.rows, held.points, held.hinted, held.recused, len(held.chosen)) == (4, 25, 1, 0, 2)
    every = select(only_plain=False)
    assert (every.rows, every.hinted) == (5, 0)
    one = select(rule="Z02")
    assert ([lot.batch for lot in one.lots], one.rows) == ([waiting[0]], 3)
    assert [rule.code for rule in one.rules] == ["Z02", "Z06"]


def test_exactly_what_was_seen_is_passed_each_batch_with_its_sitting(waiting, approve, select):
    assert approve() == 4

    assert states() == ["approved"] * 4 + ["submitted"]
    assert list(Review.objects.order_by("batch").values_list("approved", "returned")) == [(3, 0), (1, 0)]
    assert (select().rows, select().hinted) == (0, 1)


def test_a_change_in_between_passes_nothing(waiting, approve, select, clerk):
    seen = select().stamp
    batches.recall(batch=waiting[1], maker=clerk, now=NOW)

    with pytest.raises(Conflict, match="合计已经重新算过"):
        approve(seen=seen)

    assert "approved" not in states()


def test_a_change_between_the_count_and_the_lock_passes_nothing(waiting, approve, select, clerk):
    """What the stamp cannot see: the selection was read, then a batch moved. Its version tells, and all is undone."""
    selection = select()
    batches.recall(batch=waiting[1], maker=clerk, now=NOW)

    with pytest.raises(Conflict):
        approve(selection=selection)

    assert "approved" not in states()
    assert not Review.objects.exists()


def test_rows_of_kin_and_own_batches_stay_out(waiting, select, clerk, district, panel_of_three):
    panel.stand_aside(member=panel_of_three[0], homes=[district.homes[1]], by=clerk, now=NOW)

    held = select()
    assert (held.rows, held.recused) == (3, 1)
    mine = approving.select(village=district.tongmu, checker=clerk)
    assert mine.lots == ()


def test_the_quorum_holds_here_too(waiting, approve, panel_of_three):
    with pytest.raises(review.CannotReview, match="参评 2 人，至少 3 人"):
        approve(present=panel_of_three[:2])
    assert "approved" not in states()


def test_an_empty_filter_passes_nothing(approve, panel_of_three, rule_set):
    with pytest.raises(review.CannotReview, match="没有可以通过的行"):
        approve()


@pytest.fixture
def here(district):
    return reverse("points:approval", args=[district.tongmu.code])


def test_the_queue_leads_there_and_the_button_says_the_total(signed_in, reviewer, waiting, here):
    client = signed_in(reviewer)

    assert "2 批一起审" in client.get(reverse("points:review-queue")).content.decode()
    text = client.get(here).content.decode()
    for words in ("通过 4 行，合计 +25 分", "1 行有提示", "只含没有提示的行"):
        assert words in text


def test_the_page_passes_what_it_showed(signed_in, reviewer, waiting, here, panel_of_three):
    client = signed_in(reviewer)
    given = {"present": [one.pk for one in panel_of_three], "held_at": "2026-11-23T09:30", "opinion": "同意"}

    few = client.post(here, given | {"present": [panel_of_three[0].pk], "stamp": "x"})
    assert (few.status_code, "参评 1 人，至少 3 人" in few.content.decode()) == (422, True)
    stale = client.post(here, given | {"stamp": "x"})
    assert (stale.status_code, "合计已经重新算过" in stale.content.decode()) == (409, True)
    stamp = stale.context["selection"].stamp
    done = client.post(here, given | {"stamp": stamp}, follow=True)

    assert "已通过 2 批 4 行，合计 +25 分" in done.content.decode()
    assert Review.objects.filter(opinion="同意").count() == 2


def test_the_page_costs_the_same_with_two_batches_and_with_four(
    signed_in, reviewer, waiting, here, make_batch, clerk, district
):
    client = signed_in(reviewer)
    own_queries(client, here)
    two = own_queries(client, here)
    for at in (5, 6):
        batches.submit(batch=make_batch(district.homes[at : at + 1], on=TODAY), maker=clerk, now=NOW)

    assert own_queries(client, here) == two <= 14
