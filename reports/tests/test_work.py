"""What a report tells beside the points: every line says what it counts, and older versions stay as they were."""

import io
from decimal import Decimal

import openpyxl
import pytest

from qianjiang_portal.foundation import periods
from reports import figures
from reports.documents import points_report
from reports.figures import registers

pytestmark = pytest.mark.django_db
QUARTER = periods.parse("2026Q4")


def test_every_line_says_what_it_counts(district):
    for place in (figures.DISTRICT, district.zhuoshui):
        lines = figures.work(place, [QUARTER])
        assert len(lines) > 25
        assert [line.name for line in lines if not (line.formula and line.unit)] == []


def test_what_only_the_district_does_is_not_asked_of_a_township(district):
    only = {line.name for line in figures.work(figures.DISTRICT, [QUARTER])}
    only -= {line.name for line in figures.work(district.zhuoshui, [QUARTER])}

    assert only == {"special_meetings", "summaries_in_time"}


def test_noughts_stand_in_the_table_alone(version):
    said = "".join(block.get("text", "") for block in version.texts["blocks"])

    assert "公示和异议：积分公示1期。" in said
    assert ["授予荣誉", "个", 0] in [[one["label"], one["unit"], one["values"][0]] for one in version.figures["work"]]
    assert "授予荣誉" not in said


def test_what_is_counted_in_pieces_has_no_decimals_and_money_always_has():
    assert registers._rounded(Decimal("36.00"), "个") == 36
    assert str(registers._rounded(Decimal("36.00"), "元")) == "36.00"
    assert str(registers._rounded(Decimal("7396.5"), "亩")) == "7396.50"


def test_a_version_kept_before_these_lines_still_makes_its_papers(version):
    del version.figures["work"]
    version.texts["blocks"] = [block for block in version.texts["blocks"] if block.get("table") != "work"]
    version.texts["blocks"] = [one for one in version.texts["blocks"] if "{work}" not in one.get("text", "")]

    assert "各项工作" not in openpyxl.load_workbook(io.BytesIO(points_report.xlsx(version))).sheetnames
    assert points_report.docx(version)
