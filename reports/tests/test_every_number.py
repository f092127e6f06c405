"""Every number of a report, five ways: SQL over entries, reviews and notices, the DOCX, the PDF, the XLSX and the page.

The quarter holds awards of several kinds, a deduction and a reversal; its figures are also compared with those before.
"""

import io
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from django.db import connection
from django.test import Client
from lxml import html

from conftest import NOW, TODAY
from demos import funding
from points import activities
from points.activities import Facts
from points.models import RuleSet
from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.testing_kept import kept
from reports.documents import points_report
from reports.models import ReportVersion
from reports.tests.conftest import Reported, written
from reports.tests.test_figures import far_rules, history, sanmen, tongmu, zhongyuan  # noqa: F401 - fixtures
from reports.tests.test_numbers import _printed, _rows
from villages.models import User

QUARTER = periods.parse("2026Q4")
SPANS = (QUARTER, QUARTER.previous(), QUARTER.same_last_year())
TOWN, VILLAGES = "500114112%", {"三门社区": "500114112003", "桐木村": "500114112202"}

# In the order of the table 总体; the month an entry was posted in is read off its moment, not off its own column.
FIGURES = {
    "实行积分制的村": "SELECT count(*) FROM villages_village WHERE code LIKE %(at)s AND uses_points",
    "在册户": """SELECT count(*) FROM villages_household h JOIN villages_village v ON v.id = h.village_id
        WHERE v.code LIKE %(at)s AND v.uses_points AND h.joined_on <= %(last)s
        AND (h.left_on IS NULL OR h.left_on > %(last)s)""",
    "参与户": "SELECT count(DISTINCT e.household_id) {entries} AND e.kind = 'award'",
    "加分": "SELECT coalesce(sum(e.points), 0) {entries} AND e.kind = 'award'",
    "减分": "SELECT coalesce(sum(e.points), 0) {entries} AND e.kind = 'deduction'",
    "冲正": "SELECT coalesce(sum(e.points), 0) {entries} AND e.kind = 'reversal'",
    "生效笔数": "SELECT count(*) {entries}",
    "应审批次": "SELECT count(*) {reviews}",
    "按时审核批次": "SELECT count(*) {reviews} AND r.decided_at <= b.submitted_at + interval '3 days'",
    "应公示村": "SELECT 3 * count(*) FROM villages_village WHERE code LIKE %(at)s AND uses_points",
    "按期公示": """SELECT count(DISTINCT (n.village_id, n.period)) FROM points_notice n
        JOIN villages_village v ON v.id = n.village_id WHERE v.code LIKE %(at)s AND n.period = ANY(%(months)s)
        AND (n.published_at AT TIME ZONE 'Asia/Shanghai')::date
            <= (n.period || '-01')::date + interval '1 month 4 days'""",
}
PARTS = {
    "entries": """FROM points_entry e JOIN villages_village v ON v.id = e.village_id WHERE v.code LIKE %(at)s
        AND to_char(e.posted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = ANY(%(months)s)""",
    "reviews": """FROM points_batch b JOIN villages_village v ON v.id = b.village_id
        JOIN points_review r ON r.batch_id = b.id WHERE v.code LIKE %(at)s
        AND to_char(b.submitted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = ANY(%(months)s)""",
}
PARTS["to_the_end"] = """FROM points_entry e JOIN villages_village v ON v.id = e.village_id WHERE v.code LIKE %(at)s
    AND (e.posted_at AT TIME ZONE 'Asia/Shanghai')::date <= %(last)s"""
SHARES = "SELECT e.{axis}, sum(e.points) {entries} AND e.kind = 'award' GROUP BY 1"
RULES = """SELECT r.code, r.item, count(*), sum(e.points) FROM points_entry e JOIN points_rule r ON r.id = e.rule_id
    JOIN villages_village v ON v.id = e.village_id WHERE v.code LIKE %(at)s AND e.period = ANY(%(months)s)
    GROUP BY 1, 2 ORDER BY abs(sum(e.points)) DESC, 1"""
# Of the shares in the table 各项工作 those that are not nought here: how many, of how many.
SHARED = {
    "按月录入率": """SELECT count(DISTINCT (v.id, to_char(e.posted_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'))),
        (SELECT 3 * count(*) FROM villages_village WHERE code LIKE %(at)s AND uses_points)
        {entries} AND e.kind IN ('award', 'deduction', 'reversal')""",
    "及时录入率": """SELECT count(*) FILTER (WHERE sent_on - occurred_on <= 31), count(*) FROM (
        SELECT b.occurred_on, (b.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS sent_on
        FROM points_batch b JOIN villages_village v ON v.id = b.village_id WHERE v.code LIKE %(at)s) AS sent
        WHERE sent_on BETWEEN %(first)s AND %(last)s""",
}
# What the table 各项工作 tells of that is not nought here.
WORK = {
    "积分公示": """SELECT count(*) FROM points_notice n JOIN villages_village v ON v.id = n.village_id
        WHERE v.code LIKE %(at)s AND n.period = ANY(%(months)s) AND n.state = 'posted'""",
    "未兑换积分": "SELECT coalesce(sum(e.points), 0) {to_the_end}",
    "未兑换积分折合": "SELECT coalesce(sum(e.points), 0)::numeric(12, 2) {to_the_end}",
    "德治活动": """SELECT count(*) FROM points_activity a JOIN villages_village v ON v.id = a.village_id
        WHERE v.code LIKE %(at)s AND a.kind = 'virtue' AND a.held_on BETWEEN %(first)s AND %(last)s""",
    "经费收入": """SELECT coalesce(sum(f.amount), 0)::numeric(12, 2)
        FROM demos_fundline f JOIN villages_village v ON v.id = f.village_id
        WHERE v.code LIKE %(at)s AND f.kind = 'district' AND f."on" BETWEEN %(first)s AND %(last)s""",
    "经费支出": """SELECT coalesce(sum(f.amount), 0)::numeric(12, 2)
        FROM demos_fundline f JOIN villages_village v ON v.id = f.village_id
        WHERE v.code LIKE %(at)s AND f.kind <> 'district' AND f."on" BETWEEN %(first)s AND %(last)s""",
    "经费结余": """SELECT coalesce(sum(CASE f.kind WHEN 'district' THEN f.amount ELSE -f.amount END), 0)::numeric(12, 2)
        FROM demos_fundline f JOIN villages_village v ON v.id = f.village_id
        WHERE v.code LIKE %(at)s AND f."on" <= %(last)s""",
}
DIMENSIONS = {"self": "自治", "law": "法治", "virtue": "德治"}

Rows = list[list[str]]


@pytest.fixture
@kept
def quarter_reported(
    history: RuleSet,  # noqa: F811
    district: Any,
    clerk: User,
    district_officer: User,
) -> Reported:
    said: dict[str, Any] = {"village": district.tongmu, "by": clerk, "now": NOW}
    activities.register(facts=Facts("virtue", "harmony", "院坝会", TODAY, "院坝"), **said)
    for kind, amount in (("district", "1000.50"), ("goods", "300.25")):
        funding.book(kind=kind, on=TODAY, what="积分超市", amount=Decimal(amount), receipt="1", **said)
    return Reported.of(written(district_officer, district.zhuoshui))


@pytest.fixture
def version(quarter_reported: Reported) -> ReportVersion:
    return quarter_reported.with_its_files()


@pytest.fixture
def counted(version: ReportVersion) -> dict[str, list[Any]]:
    """Every figure of 濯水镇 in the quarter, the one before and the same a year ago, by its label."""
    return {label: [figures(TOWN, span)[label] for span in SPANS] for label in figures(TOWN, QUARTER)}


def ask(sql: str, at: str, span: Period) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**PARTS), _bounds(at, span))
        return cursor.fetchall()


def _bounds(at: str, span: Period) -> dict[str, Any]:
    return {"at": at, "months": span.months, "first": span.begins_on, "last": span.ends_on}


def figures(at: str, span: Period) -> dict[str, Any]:
    """As a page prints them: whole numbers, then the rates worked out of them."""
    found = {label: ask(sql, at, span)[0][0] for label, sql in FIGURES.items()}
    net = found["加分"] + found["减分"] + found["冲正"]
    return {label: whole(number) for label, number in found.items()} | {
        "净积分": whole(net),
        "参与户率": rate(found["参与户"], found["在册户"]),
        "户均净积分": "—" if not found["在册户"] else str(rounded(Decimal(net) / found["在册户"], "0.01")),
        "按时审核率": rate(found["按时审核批次"], found["应审批次"]),
        "按期公示率": rate(found["按期公示"], found["应公示村"]),
    }


def whole(number: int) -> str:
    return str(number).replace("-", "−")


def rate(part: int, of: int) -> str:
    return f"{rounded(Decimal(part) * 100 / of, '0.1')}%" if of else "—"


def rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)


def paper_tables(version: ReportVersion) -> list[Rows]:
    word = docx.Document(io.BytesIO(points_report.docx(version)))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]


def sheets(version: ReportVersion, *names: str) -> list[Rows]:
    book = openpyxl.load_workbook(io.BytesIO(points_report.xlsx(version)))
    return [[[_printed(cell) for cell in row] for row in _rows(book[name])] for name in names]


def shown(client: Client) -> Any:
    return html.fromstring(client.get("/reports/2026Q4/500114112/").content.decode())


def page_tables(page: Any) -> list[Rows]:
    tables = page.xpath("//article//table")
    return [[[text(cell) for cell in row.xpath("th|td")] for row in table.xpath(".//tr")] for table in tables]


def text(node: Any) -> str:
    return "".join(node.itertext()).strip()


def sentences(version: ReportVersion) -> list[str]:
    word = docx.Document(io.BytesIO(points_report.docx(version)))
    return [one.text for one in word.paragraphs if one.text.endswith("。") and not one.text.startswith("数据来源")]


def test_all_tables_are_the_same_on_paper_in_the_workbook_and_on_the_page(
    version: ReportVersion, signed_in: Callable[[User], Client], leader: User
) -> None:
    paper = paper_tables(version)
    assert len(paper) == 6
    assert paper == sheets(version, "三治", "五乐", "事项", "各地", "各项工作", "封签")
    assert paper == page_tables(shown(signed_in(leader)))


def test_every_figure_is_the_one_that_sql_counts(
    version: ReportVersion, counted: dict[str, list[str]], signed_in: Callable[[User], Client], leader: User
) -> None:
    assert (counted["加分"], counted["减分"], counted["冲正"]) == (["59", "0", "0"], ["−5", "0", "0"], ["−6", "0", "0"])
    [overview] = sheets(version, "总体")
    assert {row[0]: row[2:] for row in overview[1:]} == counted
    rows = shown(signed_in(leader)).xpath("//table[contains(@class, 'r-meanings')]/tbody/tr")
    on_page = {text(row.xpath("th")[0]): [text(cell) for cell in row.xpath("td")[:3]] for row in rows}
    assert {label: [one.replace(",", "") for one in values] for label, values in on_page.items()} == counted


def test_every_row_of_a_village_is_the_one_that_sql_counts(version: ReportVersion) -> None:
    _, _, _, places, *_ = paper_tables(version)
    columns = places[0][1:]
    for name, at in {**VILLAGES, "合计": TOWN}.items():
        found = figures(at, QUARTER)
        [row] = [row for row in places if row[0] == name]
        assert row[1:] == [found[label] for label in columns], name


def test_what_was_done_beside_the_points_is_what_sql_counts(version: ReportVersion) -> None:
    *_, work, _ = paper_tables(version)
    told = {row[1]: row[3:] for row in work[1:]}
    assert {label for label, values in told.items() if {*values} - {"0", "0.00", "—"}} == {*WORK, *SHARED}
    for label, sql in WORK.items():
        assert told[label] == [whole(ask(sql, TOWN, span)[0][0]) for span in SPANS], label
    for label, sql in SHARED.items():
        assert told[label] == [rate(*ask(sql, TOWN, span)[0]) for span in SPANS], label


def test_shares_and_rules_are_those_that_sql_counts(version: ReportVersion) -> None:
    dimensions, joys, rules, *_ = paper_tables(version)
    by_dimension = dict(ask(SHARES.replace("{axis}", "dimension"), TOWN, QUARTER))
    points = sum(by_dimension.values())
    assert [row for row in dimensions[1:-1] if row[1] != "0"] == [
        [label, whole(by_dimension[code]), rate(by_dimension[code], points)]
        for code, label in DIMENSIONS.items()
        if code in by_dimension
    ]
    by_joy = dict(ask(SHARES.replace("{axis}", "joy"), TOWN, QUARTER))
    assert sorted(row[1:] for row in joys[1:-1] if row[1] != "0") == sorted(
        [whole(number), rate(number, points)] for number in by_joy.values()
    )
    assert dimensions[-1] == joys[-1] == ["合计", whole(points), "100.0%"]
    assert rules[1:] == [
        [code, item, whole(count), whole(sums)] for code, item, count, sums in ask(RULES, TOWN, QUARTER)
    ]


def test_every_number_in_the_text_is_one_that_sql_counts(
    version: ReportVersion, counted: dict[str, list[str]], signed_in: Callable[[User], Client], leader: User
) -> None:
    said = sentences(version)
    assert said == [text(one) for one in shown(signed_in(leader)).xpath("//article/p[not(@class)]")]
    known = _known(counted)
    dates = re.compile(r"2026年第四季度|《.*?》|“.*?”|[表图]\d")
    numbers = [number for line in said for number in re.findall(r"[−\d.]+%?", dates.sub("", line))]
    assert len(numbers) > 20
    assert [number for number in numbers if number not in known] == []


def test_the_archival_paper_prints_the_same_tables(version: ReportVersion) -> None:
    pages = pypdf.PdfReader(io.BytesIO(points_report.pdf(version))).pages
    printed = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    for table in paper_tables(version):
        for row in table:
            assert re.sub(r"\s", "", "".join(row)) in printed, row


def _overview_agrees(version: ReportVersion) -> None:
    [overview] = sheets(version, "总体")
    assert [[row[0], row[2]] for row in overview[1:]] == [[label, one] for label, one in figures(TOWN, QUARTER).items()]


@pytest.mark.parametrize(
    ("where", "compare"),
    [
        ("values", _overview_agrees),
        ("rows", test_every_row_of_a_village_is_the_one_that_sql_counts),
        ("dimensions", test_shares_and_rules_are_those_that_sql_counts),
        ("rules", test_shares_and_rules_are_those_that_sql_counts),
        ("work", test_what_was_done_beside_the_points_is_what_sql_counts),
    ],
)
def test_one_point_more_is_seen(where: str, compare: Callable[[ReportVersion], None], version: ReportVersion) -> None:
    """The comparisons above, with a figure that is wrong by one."""
    compare(version)
    part = version.figures[where]
    cell = part if where == "values" else part[0]["values"] if where in ("rows", "work") else part[0]
    cell[0 if where == "work" else "awards" if "awards" in cell else "points"] += 1
    with pytest.raises(AssertionError):
        compare(version)


def _known(counted: dict[str, list[str]]) -> set[str]:
    """What a sentence may say: the figures of the quarter, shares and rules, and how many villages there are."""
    quarter = figures(TOWN, QUARTER)
    points = int(quarter["加分"])
    shares = [
        number for axis in ("dimension", "joy") for _, number in ask(SHARES.replace("{axis}", axis), TOWN, QUARTER)
    ]
    rules = [sums for *_, sums in ask(RULES, TOWN, QUARTER)]
    [(villages,)] = ask("SELECT count(*) FROM villages_village WHERE code LIKE %(at)s", TOWN, QUARTER)
    work = [ask(sql, TOWN, QUARTER)[0][0] for sql in WORK.values()]
    return {
        *(whole(number) for number in work),
        *(rate(*ask(sql, TOWN, QUARTER)[0]) for sql in SHARED.values()),
        "0.00",
        *(value.removeprefix("−") if label == "减分" else value for label, value in quarter.items()),
        *(whole(number) for number in (*shares, *rules, villages, 0)),
        *(rate(number, points) for number in (*shares, 0)),
    } | {values[0] for values in counted.values()}
