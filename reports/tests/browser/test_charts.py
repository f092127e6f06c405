"""Charts drawn from the tables beside them, under the strict content security policy."""

import datetime as dt
import re
import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from conftest import make_person
from qianjiang_portal.foundation import calendar
from reports.tests import story
from reports.tests.browser.conftest import weight
from reports.tests.story import Desk
from villages import roster
from villages.models import Township, Village

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VILLAGE = "/villages/500114112202/"


@pytest.fixture
def dashboard(page: Page, bundle: Path, sign_in, district, rule_set, clerk, reviewer, panel, errors) -> Page:
    """The district's officer before a dashboard with points of two dimensions in one village."""
    desk = Desk(district.tongmu, clerk, reviewer, panel)
    for day, code in ((3, "Z02"), (4, "F01")):
        moment = dt.datetime(2026, 11, day, 9, tzinfo=calendar.SHANGHAI)
        story.take_effect(desk, rule_set.rules.get(code=code), district.homes[: day + 1], moment)
    sign_in(make_person("district", "田雨禾", {"role": "district"}))
    page.goto("/dashboard/")
    yield page
    assert errors == []


def drawn(page: Page, name: str) -> Locator:
    chart = page.locator(f"#{name}")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg")).to_be_visible()
    return chart


def test_a_chart_says_what_its_table_says(dashboard):
    for name in ("dims", "joys", "trend"):
        chart = drawn(dashboard, name)

        shown = chart.locator("svg").text_content()
        rows = chart.locator("tbody tr")
        cells = (rows.last if name == "trend" else rows.first).locator("td").all_text_contents()
        assert cells, name
        assert [cell for cell in cells if cell not in ("0", "0.0%") and cell not in shown] == [], name
        assert chart.locator(".c-chart__box").get_attribute("aria-label"), name


def test_no_colour_of_a_bar_is_without_its_name(dashboard):
    """A part too narrow for its name is named below the bars."""
    chart = drawn(dashboard, "dims")
    names = chart.locator("th[data-series]").all_text_contents()

    assert names == ["自治", "法治", "德治"]
    assert chart.locator("tbody td").last.text_content() == "0.0%"
    assert [name for name in names if name not in chart.locator("svg").text_content()] == []


def test_table_and_chart_change_places_and_the_address_remembers(dashboard):
    chart = drawn(dashboard, "dims")
    expect(chart.locator("table")).to_be_hidden()

    chart.get_by_role("button", name="表").click()
    expect(chart.locator("table")).to_be_visible()
    expect(chart.locator("svg")).to_be_hidden()
    expect(chart.get_by_role("button", name="表")).to_have_attribute("aria-pressed", "true")
    expect(dashboard).to_have_url(re.compile(r"\?table=dims$"))

    dashboard.reload()
    dashboard.locator("#joys").scroll_into_view_if_needed()
    expect(dashboard.locator("#joys svg")).to_be_visible()
    expect(dashboard.locator("#dims table")).to_be_visible()

    dashboard.locator("#dims").get_by_role("button", name="图").click()
    expect(dashboard.locator("#dims svg")).to_be_visible()
    expect(dashboard).to_have_url(re.compile(r"/dashboard/$"))


def test_a_chart_that_is_swapped_away_is_disposed_and_drawn_anew(dashboard):
    old = drawn(dashboard, "dims").locator(".c-chart__box").element_handle()

    dashboard.evaluate("htmx.ajax('GET', '/dashboard/', {target: '#dims', select: '#dims', swap: 'outerHTML'})")

    dashboard.wait_for_function("old => !old.isConnected && !old.querySelector('svg')", arg=old)
    drawn(dashboard, "dims")


def test_without_the_bundle_the_tables_stand(dashboard):
    dashboard.route("**/echarts*.js", lambda route: route.abort())
    dashboard.reload()
    dashboard.locator("#trend").scroll_into_view_if_needed()

    for name in ("dims", "joys", "trend"):
        expect(dashboard.locator(f"#{name} table")).to_be_visible()
        expect(dashboard.locator(f"#{name} .c-chart__views")).to_be_hidden()


def test_nothing_moves_when_charts_arrive(dashboard):
    dashboard.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => { for (const shift of list.getEntries())"
        " if (!shift.hadRecentInput) moved += shift.value }).observe({type: 'layout-shift', buffered: true})"
    )
    dashboard.reload()
    for name in ("dims", "joys", "trend"):
        drawn(dashboard, name)

    assert dashboard.evaluate("moved") <= 0.02


def test_every_column_of_a_township_is_in_sight_at_an_office_screen(dashboard):
    dashboard.set_viewport_size({"width": 1366, "height": 768})
    dashboard.goto("/dashboard/t/500114112/")
    table = dashboard.locator("#dash-table .c-tablebox")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_sorting_keeps_the_focus_and_says_the_order(dashboard):
    head = dashboard.locator("#sort-participation")
    head.focus()
    dashboard.keyboard.press("Enter")

    expect(dashboard.locator("#sorted")).to_contain_text("按参与户率从高到低排")
    expect(dashboard).to_have_url(re.compile(r"\?sort=-participation$"))
    expect(dashboard.locator("#sort-participation")).to_be_focused()
    expect(dashboard.locator("#dash-table tbody tr").nth(1)).to_contain_text("濯水镇")


def test_pages_are_accessible_and_fit(dashboard):
    for address in ("/dashboard/", "/dashboard/t/500114112/", "/villages/", VILLAGE):
        dashboard.goto(address)
        for size in ({"width": 1366, "height": 625}, {"width": 360, "height": 640}):
            dashboard.set_viewport_size(size)
            for chart in dashboard.locator("[data-chart]").all():
                chart.scroll_into_view_if_needed()
                expect(chart.locator("svg")).to_be_visible()

            found = Axe().run(dashboard).response["violations"]
            grave = [one for one in found if one["impact"] in ("serious", "critical")]
            assert [(address, one["id"], one["nodes"][0]["target"]) for one in grave] == []
            assert dashboard.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, size)


def test_the_scripts_stay_light(bundle):
    assert weight(Path(finders.find("js/charts.js"))) <= 5 * 1024
    assert weight(bundle) <= 215 * 1024


def test_the_district_prints_on_one_sheet(dashboard):
    for number in range(1, 29):
        Township.objects.create(code=f"5001142{number:02}", name=f"测试{number}镇", kind="town")
    Village.objects.bulk_create(
        Village(
            township=place, code=f"{place.code}200", name="某村", short_name="某村", kind="village", uses_points=True
        )
        for place in Township.objects.filter(villages=None)
    )
    dashboard.reload()
    drawn(dashboard, "trend")

    sheets = PdfReader(BytesIO(dashboard.pdf(prefer_css_page_size=True))).pages
    assert [(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in sheets] == [(842, 595)]
    text = "".join(unicodedata.normalize("NFKC", sheets[0].extract_text()).split())
    assert [name for name in ("全区30", "濯水镇", "测试28镇", "五乐") if name not in text] == []


def test_a_village_prints_on_one_sheet(dashboard, district, clerk, rule_set):
    """Fourteen groups, eight batches that wait, the charts of the screen drawn anew for paper."""
    for number in range(3, 15):
        roster.add_grid(village=district.tongmu, number=number)
    at = dt.datetime(2026, 11, 20, 9, tzinfo=calendar.SHANGHAI)
    desk = Desk(district.tongmu, clerk, clerk, [])
    for hour in range(8):
        story.submitted(
            desk, rule_set.rules.get(code="Z02"), district.homes[hour % 8 :][:1], at + dt.timedelta(hours=hour), None
        )
    dashboard.goto(VILLAGE)
    for chart in dashboard.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg")).to_be_visible()

    sheets = PdfReader(BytesIO(dashboard.pdf(prefer_css_page_size=True))).pages

    assert [(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in sheets] == [(595, 842)]
    text = "".join(unicodedata.normalize("NFKC", sheets[0].extract_text()).split())
    assert [name for name in ("桐木村", "14组", "最近公示", "用得多的事项", "8批") if name not in text] == []


def test_a_township_prints_on_one_sheet(dashboard, district):
    Village.objects.bulk_create(
        Village(
            township=district.zhuoshui,
            code=f"5001141123{number:02}",
            name=f"某{number}村",
            short_name=f"某{number}村",
            kind="village",
            uses_points=True,
        )
        for number in range(1, 14)
    )
    dashboard.goto("/dashboard/t/500114112/")
    for chart in dashboard.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg")).to_be_visible()

    sheets = PdfReader(BytesIO(dashboard.pdf(prefer_css_page_size=True))).pages

    assert [(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in sheets] == [(842, 595)]
    text = "".join(unicodedata.normalize("NFKC", sheets[0].extract_text()).split())
    assert [name for name in ("全镇15", "某13村", "五乐", "各村三治构成") if name not in text] == []


def test_numbers_on_dark_cells_stay_light_on_paper(dashboard):
    """A number that leads on is a link, which paper would print in black."""
    dashboard.emulate_media(media="print")
    cell = dashboard.locator(".d-heat .c-heat:has(a)").first
    for step in (5, 6):
        cell.evaluate("(cell, step) => { cell.className = `c-heat h${step}` }", step)
        expect(cell.locator("a")).to_have_css("color", "rgb(255, 255, 255)")
