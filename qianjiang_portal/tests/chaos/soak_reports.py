"""Which reports there have to be after a soak, worked out from the sums by the calendar alone, and which there are."""

import datetime as dt
from collections.abc import Iterable, Iterator

from qianjiang_portal.tests.chaos.portal import Portal

DISTRICT = ""
MONTHS = {"quarter": 3, "half-year": 6, "year": 12}
SLUG = {"quarter": "{year}Q{at}", "half-year": "{year}H{at}", "year": "{year}Y"}
Report = tuple[str, str, str]  # kind, township's code, period


def expected(posted: Iterable[tuple[str, str]], today: dt.date) -> set[Report]:
    """The district's for every quarter, half-year and year that is over, and one of each township with points in it.

    `posted` are months with the codes of townships.
    """
    known = [(_number(month), township) for month, township in posted]
    if not known:
        return set()
    found: set[Report] = set()
    for kind, months in MONTHS.items():
        for span in _over(min(number for number, _ in known), today, months):
            slug = SLUG[kind].format(year=span[0] // 12, at=span[0] % 12 // months + 1)
            found |= {(kind, township, slug) for number, township in known if number in span}
            found.add((kind, DISTRICT, slug))
    return found


def _number(month: str) -> int:
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year) - 1


def _over(first: int, today: dt.date, months: int) -> Iterator[range]:
    """Spans of so many months from the one that holds `first` on, as long as they end before this month."""
    begin = first - first % months
    while begin + months <= _number(f"{today:%Y-%m}"):
        yield range(begin, begin + months)
        begin += months


WHERE = "reports_report r LEFT JOIN villages_township t ON t.id = r.township_id"


def amiss(portal: Portal, today: dt.date) -> dict[str, list[Report]]:
    """Reports that are not there with their documents, and those with more versions than were asked for."""
    posted = portal.ask(
        "SELECT DISTINCT s.period, t.code FROM points_rollup s JOIN villages_village v ON v.id = s.village_id "
        "JOIN villages_township t ON t.id = v.township_id"
    )
    there = portal.ask(
        f"SELECT r.kind, coalesce(t.code, ''), r.period FROM {WHERE} "
        "JOIN reports_reportversion v ON v.id = r.current_id AND v.docx_id IS NOT NULL AND v.xlsx_id IS NOT NULL"
    )
    doubled = portal.ask(
        f"SELECT r.kind, coalesce(t.code, ''), r.period FROM {WHERE} "
        "JOIN reports_reportversion v ON v.report_id = r.id "
        "GROUP BY 1, 2, 3 HAVING count(*) > count(DISTINCT v.job_id)"
    )
    return {"reports_missing": sorted(expected(posted, today) - set(there)), "reports_doubled": doubled}
