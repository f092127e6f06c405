"""What anyone may read: masked, findable by a villager, gone when its time is over."""

import datetime as dt
import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from conftest import NOW, TODAY, approve
from points import batches, masking, notices
from points.models import Notice, NoticeLine
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.testing_kept import kept
from villages.models import Household, Resident

BOARD = "/gs/"


def page(notice):
    return reverse("points:public-notice", args=[notice.code])


def text(response):
    return response.content.decode()


def names_of(village):
    """Every name of the village that a public page must never hold."""
    heads = Household.objects.filter(village=village).values_list("head_name", flat=True)
    members = Resident.objects.filter(household__village=village).values_list("name", flat=True)
    return {name for name in [*heads, *members] if len(name) > 1}


def leaked(html, village):
    return {name for name in names_of(village) if name in html}


def shown(response):
    return [line.masked_name for line in response.context["poster"].lines]


def test_a_notice_is_read_without_an_account(notice, client):
    html = text(client.get(page(notice)))

    # Where a line may end: not within the name, the month or the last word.
    parts = ("桐木村", "2026年11月", "积分公示")
    assert "<h1>{}</h1>".format("".join(f'<span class="u-nowrap">{part}</span>' for part in parts)) in html
    assert "还剩 7 天" in html
    assert "共 <b>3</b> 户，" in html
    assert "加分 <b>15</b>，" in html
    assert "减分 <b>0</b>" in html
    assert "找村务监督委员会" in html
    assert "023-0000 0618" in html
    assert "023-0000 0236" in html


def test_no_full_name_leaves_the_village(notice, district, client):
    html = text(client.get(page(notice))) + text(client.get(BOARD))

    assert leaked(html, district.tongmu) == set()
    for line in NoticeLine.objects.all():
        assert line.masked_name in html


def test_a_planted_name_would_be_found(notice, district, client):
    NoticeLine.objects.filter(position=1).update(masked_name="冉光明")

    assert leaked(text(client.get(page(notice))), district.tongmu) == {"冉光明"}


def test_no_number_of_a_person_or_household_is_public(notice, district, client):
    html = text(client.get(page(notice)))

    assert re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", html) == []
    assert re.findall(r"\d{17}[\dXx]", html) == []
    assert not any(home.number in html for home in district.homes)


def test_search_engines_stay_away(notice, client):
    response = client.get(page(notice))

    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in text(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("冉", ["冉*明"]),
        ("覃世明", ["覃*明"]),
        ("01", ["冉*明", "覃*明"]),
        ("1", ["冉*明", "覃*明"]),
        ("0101", ["冉*明", "覃*明"]),
        ("０１", ["冉*明", "覃*明"]),
        ("覃 世明", ["覃*明"]),
        ("*", []),
        ("九", []),
        ("", ["冉*明", "单*芬", "覃*明"]),
        ("  ", ["冉*明", "单*芬", "覃*明"]),
    ],
)
def test_search_by_surname_or_end_of_number(notice, client, query, found):
    assert shown(client.get(page(notice), {"q": query})) == found


def test_search_without_result_says_how(notice, client):
    html = text(client.get(page(notice), {"q": "<b>九"}))

    assert "没有符合“&lt;b&gt;九”的农户，试试只填姓，或户号最后两位数字" in html


def test_rows_stand_by_group(notice, client):
    response = client.get(page(notice))

    assert [(group.name, len(group.lines)) for group in response.context["poster"].groups] == [("1组", 2), ("2组", 1)]
    assert "1组，2 户" in text(response)


def test_a_row_under_check_says_so(notice, district, client):
    notice.claims.filter(household=district.homes[0]).update(state="contested")

    html = text(client.get(page(notice)))

    assert html.count("核实中") == 1


@pytest.mark.parametrize("days", [8, 30])
def test_after_the_period_the_rows_are_gone(notice, district, client, days):
    with calendar.at(NOW + dt.timedelta(days=days)):
        html = text(client.get(page(notice)))
        board = text(client.get(BOARD))

    assert "公示已结束" in html
    assert "共 <b>3</b> 户" in html
    assert not any(line.masked_name in html for line in NoticeLine.objects.all())
    assert notice.code not in board


def test_the_last_day_is_still_a_day(notice, client):
    with calendar.at(calendar.moment(notice.ends_on, 23, 59)):
        html = text(client.get(page(notice)))

    assert "今天是最后一天" in html
    assert "冉*明" in html


def test_a_posted_notice_shows_its_seal(posted, client):
    with calendar.at(posted.due_at):
        response = client.get(page(posted))

    assert response.context["seal"].short in text(response)
    assert "2026年12月1日" in text(response)


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", "—"),
        lambda code: code.replace("-", " "),
        lambda code: code.translate({ord(one): ord(one) + 0xFEE0 for one in "GS-0123456789"}),
    ],
)
def test_a_code_is_found_however_a_villager_types_it(notice, client, typed):
    assert client.get(BOARD, {"q": typed(notice.code)}).url == page(notice)


def test_an_unknown_code_is_not_found(db, client):
    assert client.get("/gs/GS-500114112202-202611-99/").status_code == 404


def test_public_pages_take_no_posts(notice, client):
    assert client.post(page(notice)).status_code == 405
    assert client.post(BOARD).status_code == 405


def test_there_is_no_dead_link(notice, client):
    html = text(client.get(page(notice)))
    own = {link for link in re.findall(r'href="(/[^"#?]*)', html) if not link.startswith("/static/")}

    assert {link: client.get(link).status_code for link in own if client.get(link).status_code not in (200, 302)} == {}


# --- the board ----------------------------------------------------------------


@pytest.fixture
def far_notice(district, make_batch, stranger, leader, notice):
    """A second notice, in 中元村."""
    from conftest import make_person, publish_rules
    from points.models import PanelMember

    boss = make_person("far-leader", "石副镇长", {"role": "leader", "township": district.shihui})
    rules = publish_rules(district.shihui, boss)
    checker = make_person("far-reviewer", "谭评议", {"role": "reviewer", "village": district.zhongyuan})
    panel = [
        PanelMember.objects.create(village=district.zhongyuan, name=name, begins_on=dt.date(2026, 1, 1))
        for name in ("甲", "乙", "丙")
    ]
    batch = make_batch(district.far, rule=rules.rules.get(code="Z02"), maker=stranger, village=district.zhongyuan)
    approve(batches.submit(batch=batch, maker=stranger, now=NOW), checker, panel)
    return notices.publish(village=district.zhongyuan, period=periods.of(TODAY), publisher=stranger, now=NOW)


def listed(response):
    return {up.notice.code for _, ups in response.context["board"].groups for up in ups}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"home", "far"}),
        ({"township": "500114106"}, {"far"}),
        ({"township": "nonsense"}, {"home", "far"}),
        ({"q": "桐木"}, {"home"}),
        ({"q": "石会"}, {"far"}),
        ({"q": "没有的村"}, set()),
        ({"q": "桐木", "township": "500114106"}, set()),
    ],
)
def test_the_board_by_township_and_village(notice, far_notice, client, query, found):
    codes = {"home": notice.code, "far": far_notice.code}

    assert listed(client.get(BOARD, query)) == {codes[name] for name in found}


def test_the_board_takes_a_code_typed_by_hand(notice, client):
    response = client.get(BOARD, {"q": notice.code.lower()})

    assert response.url == page(notice)


def test_an_empty_board_says_so(district, client):
    assert "现在没有正在进行的公示" in text(client.get(BOARD))


def test_large_print_is_remembered(notice, client):
    assert "data-large" in text(client.get(page(notice), {"large": "1"}))
    assert "data-large" in text(client.get(page(notice)))
    assert "data-large" not in text(client.get(page(notice), {"large": "0"}))


# --- weight and cost ----------------------------------------------------------


@pytest.fixture
@kept
def big_notice(notice, district):
    """The same notice over 412 households, past the function that made it: only the page is of interest here."""
    from villages import roster

    grids = [roster.add_grid(village=district.tongmu, number=number) for number in range(1, 7)]
    surnames, given = "冉龚庹覃向张李王陈杨罗谢", "明芳全珍娜荣芬平云琼国"
    heads = [surnames[at % 12] + given[at % 11] + given[at % 7] for at in range(409)]
    homes = roster.enrol_many(
        newcomers=[roster.Newcomer(grids[at % 6], head, joined_on=TODAY) for at, head in enumerate(heads)]
    )
    homes.sort(key=lambda home: home.number)
    NoticeLine.objects.bulk_create(
        NoticeLine(
            notice=notice,
            position=at,
            household=home,
            masked_name=masking.mask(home.head_name),
            grid_number=home.grid.number,
            grid_name=home.grid.name,
            tail=home.tail,
            points_self=13,
            points_law=at % 2 * 5,
            points_virtue=-2,
            total=11 + at % 2 * 5,
            cumulative=80 + at,
        )
        for at, home in enumerate(homes, 4)
    )
    Notice.objects.filter(pk=notice.pk).update(households=412, awards=1860, deductions=24)
    notice.refresh_from_db()
    return notice


def test_a_village_of_412_households_weighs_little(big_notice, client):
    packed = client.get(page(big_notice), headers={"Accept-Encoding": "gzip"})
    plain = client.get(page(big_notice))

    assert text(plain).count('<th scope="row">') == 412
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) <= 12_000
    assert len(plain.content) <= 110_000


def test_a_first_visit_weighs_little(big_notice, client):
    """The page, every style and script it names, packed as a server sends them."""
    html = client.get(page(big_notice), headers={"Accept-Encoding": "gzip"})
    named = re.findall(r'(?:href|src)="/static/([^"#]+\.(?:css|js))"', text(client.get(page(big_notice))))
    packed = [len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in named]

    assert len(html.content) + sum(packed) <= 70_000


def test_a_notice_costs_few_queries(big_notice, client, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(page(big_notice))


@pytest.mark.parametrize("count", [1, 3])
def test_board_queries(make_batch, clerk, reviewer, panel, district, count, client, django_assert_num_queries):
    for home in district.homes[:count]:
        approve(batches.submit(batch=make_batch([home]), maker=clerk, now=NOW), reviewer, panel)
        notices.publish(village=district.tongmu, period=periods.of(TODAY), publisher=clerk, now=NOW)
    with django_assert_num_queries(2):
        client.get(BOARD)
