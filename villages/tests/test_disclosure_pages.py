"""三公开 on the pages: how places stand, what a clerk puts up, what villagers read, and the line at home."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.tests.paper_files import photo
from villages import disclosures, dues
from villages.models import Disclosure, DisclosureItem, Village


def text(response):
    """What stands on the page, apart from each other."""
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


@pytest.fixture
def items(db):
    disclosures.load_defaults(since=dt.date(2026, 10, 1))
    return {item.code: item for item in DisclosureItem.objects.all()}


def put_up(village, item, slug, by, on=TODAY, **more):
    now = calendar.moment(on, 10)
    with calendar.at(now):
        said = {"text": "收入 1200 元，支出 800 元。"} | more
        return disclosures.publish(village=village, item=item, period=periods.parse(slug), by=by, now=now, **said)


def test_a_clerk_puts_up_what_is_overdue(district, clerk, items, signed_in):
    client = signed_in(clerk)
    listed = text(client.get(reverse("villages:disclosure-list")))
    assert "濯水镇，2 个村（社区），逾期 2 项" in listed
    assert "桐木村 欠 1 项 — — — — 2026年10月收支明细，逾期 13 天" in listed
    village = client.get(reverse("villages:disclosure-village", args=[district.tongmu.code]))
    assert "财务 收支明细 2026年10月 2026-11-10 逾期 13 天 公开 2026年10月收支明细" in text(village)
    [url] = html.fromstring(village.content.decode()).xpath("//td[@class='c-table__act']/a/@href")
    form = html.fromstring(client.get(url).content.decode())
    assert form.xpath("//select[@name='item']/option[@selected]/@value") == ["accounts"]
    assert form.xpath("//select[@name='period']//option[@selected]/@value") == ["2026-10"]
    sent = {
        "item": "accounts",
        "period": "2026-10",
        "text": "收入 1200 元。",
        "papers": SimpleUploadedFile("表.jpg", photo()),
    }
    made = client.post(url, sent, follow=True)
    assert "公开中，迟了" in text(made)
    assert "表.jpg" in text(made)
    again = text(client.get(reverse("villages:disclosure-list")))
    assert "桐木村 迟 1 项 — — — — 没有逾期" in again


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": ""}, "内容没有写"),
        ({"text": "电话 13800000000"}, "内容里像是有手机号，去掉再保存"),
        ({"title": "卡号 6222020000000000000"}, "标题里像是有银行卡号，去掉再保存"),
        ({"period": "2026Q3"}, "“收支明细”是每月的，选月份"),
        ({"item": "nothing"}, "这个事项已经不用了，选别的"),
        ({"period": "1999-01"}, "选一个时期"),
        ({"papers": [SimpleUploadedFile(f"{at}.jpg", b"x") for at in range(6)]}, "文件最多 5 个"),
        ({"papers": SimpleUploadedFile("表.exe", b"MZ")}, "只收照片(JPG、PNG、WebP)和 PDF 文件"),
    ],
)
def test_bad_input_is_told_and_nothing_is_put_up(change, said, district, clerk, items, signed_in):
    url = reverse("villages:disclosure-new", args=[district.tongmu.code])
    response = signed_in(clerk).post(url, {"item": "accounts", "period": "2026-10", "text": "收支"} | change)
    assert (response.status_code, said in text(response)) == (422, True)
    assert not Disclosure.objects.exists()


def test_villagers_read_what_stands(district, clerk, items, signed_in, client):
    old = put_up(
        district.tongmu, items["accounts"], "2026-10", clerk, papers=[SimpleUploadedFile("收支表.jpg", photo())]
    )
    page = client.get(reverse("villages:public-disclosures", args=[district.tongmu.code]))
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "2026年10月收支明细 财务 11月23日 公开 1 个文件" in text(page)
    assert b"<script" not in page.content
    one = client.get(reverse("villages:public-disclosure", args=[district.tongmu.code, old.pk]), {"large": "1"})
    assert "data-large" in one.content.decode()
    assert "收入 1200 元，支出 800 元。" in text(one)
    assert "冉晓莉" not in one.content.decode()
    paper = reverse("villages:public-disclosure-paper", args=[district.tongmu.code, old.pk, 1])
    assert client.get(paper)["Content-Type"] == "image/jpeg"

    new = disclosures.correct(disclosure=old, text="收入 1300 元。", why="漏了一笔", by=clerk, now=NOW)
    for url in (reverse("villages:public-disclosure", args=[district.tongmu.code, old.pk]), paper):
        assert client.get(url).status_code == 404
    shown = text(client.get(reverse("villages:public-disclosure", args=[district.tongmu.code, new.pk])))
    assert "更正原因：漏了一笔" in shown
    with calendar.at(calendar.moment(dt.date(2028, 12, 2))):
        assert "这里还没有公开的内容" in text(client.get(page.request["PATH_INFO"]))
        options.put(name="disclosure_public_months", value=120)
        assert "2026年10月收支明细" in text(client.get(page.request["PATH_INFO"]))


def test_corrected_and_taken_down_on_the_pages(district, clerk, reviewer, items, signed_in):
    made = put_up(district.tongmu, items["accounts"], "2026-10", clerk, on=dt.date(2026, 11, 9))
    args = [district.tongmu.code, made.pk]
    assert "更正" not in text(signed_in(reviewer).get(reverse("villages:disclosure", args=args))).replace("更正前", "")
    client = signed_in(clerk)
    bad = client.post(reverse("villages:disclosure-correct", args=args), {"text": "收入 1300 元。"})
    assert "更正原因没有写" in text(bad)
    good = client.post(
        reverse("villages:disclosure-correct", args=args), {"text": "收入 1300 元。", "why": "漏了一笔"}, follow=True
    )
    assert "2026-11-23 ，第一次公开 2026-11-09" in text(good)
    new = Disclosure.objects.standing().get()
    args = [district.tongmu.code, new.pk]
    assert "写明原因" in text(client.post(reverse("villages:disclosure-withdraw", args=args)))
    client.post(reverse("villages:disclosure-withdraw", args=args), {"why": "村里要重算"})
    assert not Disclosure.objects.standing().exists()
    register = text(client.get(reverse("villages:disclosure-village", args=[district.tongmu.code])))
    assert register.count(" 0 已撤下") == 2
    assert "还没有公开的 1 项" in register


def test_the_district_sees_townships(district, clerk, district_officer, items, signed_in):
    put_up(district.tongmu, items["accounts"], "2026-10", clerk, on=dt.date(2026, 11, 9))
    listed = text(signed_in(district_officer).get(reverse("villages:disclosure-list")))
    assert "石会镇 欠 1 项 — — — — 中元村 2026年10月收支明细，逾期 13 天" in listed
    assert "濯水镇 欠 1 项 — — — — 三门社区 2026年10月收支明细，逾期 13 天" in listed


@pytest.mark.parametrize("day", [dt.date(2026, 12, 1), dt.date(2027, 1, 5), dt.date(2027, 2, 20), dt.date(2028, 2, 1)])
def test_the_line_counts_what_the_page_lists(day, district, clerk, items):
    put_up(district.tongmu, items["accounts"], "2026-10", clerk)
    for row in _waiting(day):
        village = Village.objects.get(code=row["code"])
        left = dues.Book([village.pk], dues.quarters(day), day).waiting(village.pk)
        assert (row["waiting"], row["late"]) == (len(left), sum(due.on < day for due in left))
    assert _waiting(day)


def _waiting(day):
    return list(dues.with_waiting(Village.objects.all(), day).values("short_name", "code", "waiting", "late"))


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(count, district, clerk, items, signed_in, django_assert_num_queries):
    for at in range(count):
        put_up(district.tongmu, items["projects"], "2026-10", clerk, title=f"项目 {at}")
    client = signed_in(clerk)
    for url, queries in (
        (reverse("villages:disclosure-list"), 12),
        (reverse("villages:disclosure-village", args=[district.tongmu.code]), 10),
    ):
        with django_assert_num_queries(queries):
            client.get(url)
    client.logout()
    with django_assert_num_queries(4):
        client.get(reverse("villages:public-disclosures", args=[district.tongmu.code]))
