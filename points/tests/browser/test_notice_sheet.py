"""The notice on paper and on a villager's phone."""

import io
import re
import unicodedata

import pypdf
import pytest

from conftest import TODAY
from points import masking, posters
from points.models import Notice, NoticeLine
from qianjiang_portal.testing_kept import kept
from villages import roster

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SURNAMES, GIVEN = "冉龚庹覃向张李王陈杨罗谢", "明芳全珍娜荣芬平云琼国"
# What the fonts of a PDF write instead of the characters that were meant, where NFKC does not know it.
RADICALS = str.maketrans("⻚⻓⻢⻋⻅⻔⻛⻩⻬⻰⺠⻄⻘⻝⻦⻥⻨戶", "页长马车见门风黄齐龙民西青食鸟鱼麦户")


@pytest.fixture
@kept
def big_notice(notice, district):
    """The notice over 412 households."""
    grids = [roster.add_grid(village=district.tongmu, number=number) for number in range(1, 7)]
    heads = [SURNAMES[at % 12] + GIVEN[at % 11] + GIVEN[at % 7] for at in range(409)]
    homes = roster.enrol_many(
        newcomers=[roster.Newcomer(grids[at % 6], head, joined_on=TODAY) for at, head in enumerate(heads)]
    )
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
            points_law=0,
            points_virtue=-2,
            total=11,
            cumulative=80 + at,
        )
        for at, home in enumerate(sorted(homes, key=lambda home: home.number), 4)
    )
    Notice.objects.filter(pk=notice.pk).update(households=412)
    return notice


@pytest.fixture
def desk(page, sign_in, clerk):
    sign_in(clerk)
    return page


def paper(page, url):
    """The sheets a page prints: (said number, pages)."""
    page.goto(url)
    said = int(re.search(r"A4 纸 (\d+) 张", page.locator(".c-head__meta").inner_text())[1])
    page.emulate_media(media="print")
    return said, pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages


def fold(text):
    return "".join(unicodedata.normalize("NFKC", text).translate(RADICALS).split())


def words(page):
    return fold(page.extract_text())


@pytest.mark.parametrize(("columns", "sheets"), [(1, 13), (2, 6)])
def test_a_village_on_paper(desk, big_notice, district, live_server, columns, sheets):
    said, pages = paper(desk, f"{live_server.url}/notices/{big_notice.code}/print/?columns={columns}")
    texts = [words(page) for page in pages]

    assert said == len(pages) == sheets
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), 1):
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) in {(595, 842), (596, 842)}
        assert "序号" in text
        assert "累计" in text
        assert fold(f"第{number}页，共{sheets}页") in text
    assert sum(text.count("*") for text in texts) == 412
    assert texts[-1].count("*") >= 3
    assert fold("桐木村村民委员会（盖章）") in texts[-1]
    assert [name for name in (home.head_name for home in district.homes) if any(name in text for text in texts)] == []


def test_a_planted_name_is_found_on_paper(desk, big_notice, live_server):
    NoticeLine.objects.filter(notice=big_notice, position=1).update(masked_name="龙页户")
    _, pages = paper(desk, f"{live_server.url}/notices/{big_notice.code}/print/")

    assert "龙页户" in words(pages[0])


def test_the_code_on_paper_is_the_address_alone(desk, notice, live_server):
    cv2 = pytest.importorskip("cv2", reason="no decoder for QR codes here")
    numpy = pytest.importorskip("numpy")
    desk.goto(f"{live_server.url}/notices/{notice.code}/print/")
    picture = numpy.frombuffer(desk.locator(".c-sheet").screenshot(), numpy.uint8)

    read, *_ = cv2.QRCodeDetector().detectAndDecode(cv2.imdecode(picture, cv2.IMREAD_COLOR))

    assert read == f"{live_server.url}/gs/{notice.code}/"


def test_the_drawn_code_holds_the_address(desk, notice, live_server):
    """Without a decoder: the drawing on the page is the one made from the address."""
    desk.goto(f"{live_server.url}/notices/{notice.code}/print/")
    drawn = desk.locator("svg.c-sheet__qr path").get_attribute("d")

    assert f'd="{drawn}"' in posters.Poster(notice, [], f"{live_server.url}/gs/{notice.code}/").qr


def test_a_villager_finds_their_row_without_scripts(browser, big_notice, live_server):
    with browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}) as context:
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{live_server.url}/gs/")
        page.get_by_role("link", name="桐木村 2026年11月").click()
        page.get_by_label("姓，或户号尾号").fill("单")
        page.get_by_role("button", name="查找").click()

        assert page.get_by_role("rowheader", name="单*芬").is_visible()
        assert page.locator(".n-rows th[scope=row]").count() == 1
        line = big_notice.lines.get(masked_name="单*芬")
        # An objection asks for it.
        assert page.get_by_role("cell", name=str(line.position), exact=True).first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("link", name="大字版").first.click()
        page.wait_for_url(re.compile(r"large=1"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_by_role("button", name="查找").bounding_box()["height"] >= 60
        assert complaints == []
