import pytest
from django.urls import reverse

from conftest import TODAY
from points.models import Batch
from points.models.batches import State
from points.tests.views.cost import own_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(district, rule):
    return {"v": district.tongmu.code, "rule": "Z02", "date": TODAY.isoformat()}


@pytest.fixture
def send(signed_in, clerk, place):
    client = signed_in(clerk)

    def post(*households, go="stay", **more):
        fields = place | {"key": "k", "group": "1", "go": go, "tick": [one.pk for one in households]}
        return client.post(reverse("points:entry-roster"), fields | more)

    return post


def page(client, place, **query):
    return client.get(reverse("points:entry-roster"), place | query)


def standing(batch):
    claims = batch.claims.live().order_by("line")
    return list(claims.values_list("household__head_name", "points", "note"))


def test_a_group_is_shown_with_its_households_and_the_others_as_tabs(signed_in, clerk, place, district):
    response = page(signed_in(clerk), place, group="2")

    assert [line.household.head_name for line in response.context["lines"]] == ["覃世明", "曾国良", "庹世全", "向德珍"]
    assert [(group.grid.name, group.ticked, group.households) for group in response.context["groups"]] == [
        ("1组", 0, 4),
        ("2组", 0, 4),
    ]
    text = response.content.decode()
    for words in ("还没有写入任何行", "保存2组", "核对并提交", "空格勾选"):
        assert words in text


def test_ticks_become_rows_of_a_draft(send, district):
    ming, _, fen = district.homes[:3]

    response = send(ming, fen, go="2", **{f"points-{fen.pk}": "８", f"note-{fen.pk}": "妇女代表"})

    batch = Batch.objects.get()
    assert standing(batch) == [("冉光明", 5, ""), ("单淑芬", 8, "妇女代表")]
    assert (batch.rule.code, batch.occurred_on, batch.source) == ("Z02", TODAY, "entry")
    assert response.url.endswith(f"number={batch.number}&group=2")


def test_the_group_comes_back_as_it_was_ticked(send, signed_in, clerk, place, district):
    send(*district.homes[0:3:2])

    response = page(signed_in(clerk), place, number=Batch.objects.get().number)

    assert [line.ticked for line in response.context["lines"]] == [True, True, False, False]
    text = response.content.decode()
    assert f"草稿 {Batch.objects.get().number}，10:00 已保存" in text
    assert "2/4" in text


def test_what_is_unticked_is_taken_out_and_what_is_changed_is_changed(send, district):
    one, other = district.homes[0], district.homes[2]
    send(one, other)
    batch = Batch.objects.get()

    send(other, number=batch.number, **{f"points-{other.pk}": "3"})
    assert standing(batch) == [("单淑芬", 3, "")]

    send(one, other, number=batch.number, **{f"points-{other.pk}": "3"})
    assert standing(batch) == [("单淑芬", 3, ""), ("冉光明", 5, "")]


def test_another_group_is_left_alone(send, district):
    send(district.homes[0])
    batch = Batch.objects.get()

    send(district.homes[1], group="2", number=batch.number)

    assert [name for name, _, _ in standing(batch)] == ["冉光明", "覃世明"]


def test_sent_twice_it_is_kept_once(send, district):
    send(district.homes[0])
    send(district.homes[0])

    assert [name for name, _, _ in standing(Batch.objects.get())] == ["冉光明"]


@pytest.mark.parametrize(
    ("points", "text"), [("九", "分值只填数字，如 5 或 -2"), ("9", "每次 +2 到 +8 分，这里是 +9 分")]
)
def test_a_row_that_does_not_fit_stays_as_typed(send, district, points, text):
    one, other = district.homes[0], district.homes[2]

    response = send(one, other, **{f"points-{one.pk}": points, f"note-{one.pk}": "半天"})

    assert response.status_code == 422
    line = response.context["lines"][0]
    assert (line.ticked, line.points, line.note, line.problem) == (True, points, "半天", text)
    assert "1 户没有保存，改好后再保存" in response.content.decode()
    assert [name for name, _, _ in standing(Batch.objects.get())] == ["单淑芬"]


def test_the_way_to_review_leads_through_the_check(send, district):
    response = send(district.homes[0], go="check")

    assert response.url == reverse("points:batch-submit", args=[Batch.objects.get().number])


def test_nothing_ticked_begins_no_draft(send):
    response = send(go="check")

    assert "还没有勾选农户" in response.content.decode()
    assert not Batch.objects.exists()


def test_a_submitted_batch_is_not_touched(send, submitted, district):
    send(district.homes[4], number=submitted.number)

    assert submitted.claims.count() == 3
    assert Batch.objects.filter(state=State.DRAFT).count() == 1


def test_a_household_of_another_place_cannot_be_ticked(send, district):
    send(district.next_door[0], district.homes[1])

    assert not Batch.objects.exists()


def test_somebody_elses_draft_is_not_joined(send, make_batch, double, rule, district):
    theirs = make_batch([], maker=double, village=district.sanmen)

    send(district.next_door[0], v=district.sanmen.code, number=theirs.number)

    assert theirs.claims.count() == 0


def test_the_page_costs_the_same_queries_whatever_is_ticked(signed_in, clerk, send, place, district):
    send(*district.homes[::2])
    address = f"{reverse('points:entry-roster')}?v={place['v']}&rule=Z02&date={place['date']}"

    assert own_queries(signed_in(clerk), f"{address}&number={Batch.objects.get().number}") <= 24
