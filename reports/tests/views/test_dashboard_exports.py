"""The workbook behind 导出表格 holds what the page shows, in its order, with numbers as numbers."""

import io

import openpyxl
import pytest

from qianjiang_portal.foundation.models import AuditEvent
from reports.dashboards.workbook import typed
from reports.documents.model import Cell, Kind
from reports.tests.views.test_dashboard_lists import TOWN, busy

__all__ = ["busy"]


def sheets(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_the_district_goes_out_as_it_is_shown(busy, signed_in, district_officer):
    found = sheets(signed_in(district_officer), "/dashboard/export.xlsx?period=2026-11")

    assert list(found) == ["指标", "乡镇一览", "三治构成", "五乐", "近 12 个月加分", "示范创建", "完整与及时", "口径"]
    assert found["指标"][2][:2] == ["参与户率", pytest.approx(3 / 14, abs=0.001)]
    assert found["指标"][3][:2] == ["11月净积分", 15]
    caption, heads, *rows, whole, note = found["乡镇一览"]
    assert caption[0] == "2026年11月乡镇一览"
    assert heads[:3] == ["乡镇街道", "在册户", "参与户率"]
    assert [row[0] for row in rows] == ["石会镇", "濯水镇"]
    assert rows[1][1:4] == [11, pytest.approx(0.273), 1.36]
    assert whole[0] == "全区 2"
    assert note[0] == "按行政区划代码排"
    assert ["统计时点", "2026-11-23 10:00"] in [row[:2] for row in found["口径"]]


def test_the_order_of_the_page_is_the_order_of_the_file(busy, signed_in, district_officer):
    found = sheets(signed_in(district_officer), "/dashboard/export.xlsx?period=2026-11&sort=-participation")

    assert [row[0] for row in found["乡镇一览"][2:4]] == ["濯水镇", "石会镇"]
    assert found["乡镇一览"][-1][0] == "按参与户率从大到小排"


def test_a_township_goes_out_with_its_villages_and_is_written_down(busy, signed_in, leader):
    found = sheets(signed_in(leader), f"{TOWN}export.xlsx?period=2026-11")

    assert [row[0] for row in found["各村情况"][2:4]] == ["三门社区", "桐木村"]
    event = AuditEvent.objects.get(action="dashboard.export")
    assert (event.target, event.place) == ("濯水镇数据看板2026年11月.xlsx", "500114112")


@pytest.mark.parametrize("query", ["period=2027-01", "period=x", "sort=name", "sort=nonsense"])
def test_an_address_that_means_nothing_is_not_found(signed_in, district_officer, query):
    assert signed_in(district_officer).get(f"/dashboard/export.xlsx?{query}").status_code == 404


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("27.3%", Cell(0.273, Kind.RATE)),
        ("1,234", Cell(1234, Kind.COUNT)),
        ("−0.50", Cell(-0.5, Kind.MEAN)),
        ("—", Cell(None, Kind.TEXT)),
        ("2/3", Cell("2/3", Kind.TEXT)),
        ("逾期", Cell("逾期", Kind.TEXT)),
    ],
)
def test_a_number_is_a_number(text, cell):
    found = typed(text)
    value = cell.value if not isinstance(cell.value, float) else pytest.approx(cell.value)
    assert (float(found.value) if isinstance(cell.value, float) else found.value, found.kind) == (value, cell.kind)


def test_both_dashboards_offer_it_under_the_main_key(busy, signed_in, district_officer):
    client = signed_in(district_officer)
    for page, address in (("/dashboard/", "/dashboard/export.xlsx"), (TOWN, f"{TOWN}export.xlsx")):
        html = client.get(f"{page}?period=2026-11&sort=-participation").content.decode()
        assert f'href="{address}?period=2026-11&amp;sort=-participation" data-primary download' in html
