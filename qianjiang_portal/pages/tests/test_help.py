"""帮助: a page for each task that exists, seven steps at most; and the clock of a demonstration."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from lxml import html
from PIL import Image

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.pages.guides import GUIDES
from villages.models import Appointment

CLOCK = "/help/clock/"


def tree(response):
    return html.fromstring(response.content.decode())


def text(response):
    return " ".join(tree(response).xpath("//main")[0].text_content().split())


@pytest.fixture
def movable(tmp_path, settings):
    """A demonstration whose clock is a file, read as it runs instead of the moment tests live in."""
    settings.PORTAL_DEMO = True
    settings.PORTAL_CLOCK = f"file:{tmp_path / 'clock'}"
    return tmp_path / "clock"


def test_help_lists_a_page_for_each_task(district, clerk, signed_in):
    response = signed_in(clerk).get("/help/")

    shown = [item.text for item in tree(response).xpath("//ul[@class='hp-list']//b")]
    assert shown == [*(guide.title for guide in GUIDES), "数据接口"]


@pytest.mark.parametrize("slug", [guide.slug for guide in GUIDES])
def test_a_task_takes_seven_steps_at_most(district, reviewer, signed_in, slug):
    response = signed_in(reviewer).get(f"/help/{slug}/")

    assert 3 <= len(tree(response).xpath("//ol[@class='hp-steps']/li")) <= 7


def test_everybody_who_signs_in_finds_a_task_of_theirs():
    whose = {role for guide in GUIDES for role in guide.who.split("、")}
    assert set(Appointment.Role.labels) <= whose


def test_the_card_has_a_part_for_each_place_where_hands_stay_on_the_keys(district, clerk, signed_in):
    parts = [head.text for head in tree(signed_in(clerk).get("/help/keys/")).xpath("//section/h2")]

    assert parts == ["每一页", "快速录入", "审核", "花名册勾选", "积分兑换"]


def test_an_unknown_task_is_not_there(district, clerk, signed_in):
    assert signed_in(clerk).get("/help/nothing/").status_code == 404


def test_the_card_names_the_keys_of_every_page(district, clerk, signed_in):
    keys = [key.text for key in tree(signed_in(clerk).get("/help/keys/")).xpath("//section[1]//kbd")]

    assert keys == ["Ctrl+K", "Ctrl+Enter", "Ctrl+S", "Esc", "↑", "↓", "Shift+F1"]


def test_a_portal_in_use_has_no_clock_page(district_officer, signed_in):
    assert not settings.PORTAL_CLOCK
    assert signed_in(district_officer).get(CLOCK).status_code == 404


def test_a_clock_page_without_a_demonstration_is_not_there(movable, district_officer, signed_in, settings):
    settings.PORTAL_DEMO = False

    assert signed_in(district_officer).get(CLOCK).status_code == 404


@pytest.mark.parametrize(("person", "status"), [("district", 200), ("admin", 200), ("clerk", 403), ("auditor", 403)])
def test_the_clock_is_for_the_district_and_the_administrator(movable, cast, signed_in, person, status):
    assert signed_in(cast[person]).get(CLOCK).status_code == status


@pytest.mark.parametrize("days", [1, 7, 8])
def test_moving_the_clock_moves_it_for_everybody_and_is_written_down(movable, district_officer, signed_in, days):
    response = signed_in(district_officer).post(CLOCK, {"days": days})

    assert response.headers["Location"] == CLOCK
    assert calendar.offset() == dt.timedelta(days=days)
    assert AuditEvent.objects.get(action="clock.move").facts == {"days": days}


@pytest.mark.parametrize("days", ["-1", "2", "", "x", "1000"])
def test_other_steps_are_refused_in_words(movable, district_officer, signed_in, days):
    response = signed_in(district_officer).post(CLOCK, {"days": days})

    assert response.status_code == 422
    assert "日期只能往后拨 1、7 或 8 天" in text(response)
    assert not movable.exists()


def test_a_clerk_cannot_move_it_by_address(movable, clerk, signed_in):
    assert signed_in(clerk).post(CLOCK, {"days": 1}).status_code == 403
    assert not movable.exists()


def test_the_page_says_how_far_the_clock_is(movable, district_officer, signed_in):
    movable.write_text("8d")

    assert "比真实日期晚 8 天" in text(signed_in(district_officer).get(CLOCK))


@pytest.mark.parametrize("guide", [guide for guide in GUIDES if guide.shows], ids=lambda guide: guide.slug)
def test_a_picture_is_there_light_and_told_in_words(district, clerk, signed_in, guide):
    """Its size stands in the page, so that nothing moves; without one its words would tell of nothing."""
    [shown] = tree(signed_in(clerk).get(f"/help/{guide.slug}/")).xpath("//figure//img")
    path = finders.find(guide.picture)

    assert (shown.get("alt"), shown.get("loading")) == (guide.shows, "lazy")
    with Image.open(path) as drawn:
        assert (shown.get("width"), shown.get("height")) == tuple(map(str, drawn.size))
    assert Path(path).stat().st_size < 30_000


def test_a_page_without_a_picture_shows_none(district, clerk, signed_in):
    plain = next(guide for guide in GUIDES if not guide.shows)

    assert tree(signed_in(clerk).get(f"/help/{plain.slug}/")).xpath("//figure") == []
