"""The papers of a half-year: seconds and memory for each kind, and two workers against one.

    python -m benchmarks.half_year_package [REPORTS]

The figures are invented, a district's of 30 places: counting them is measured elsewhere and does not grow with the
ledger. Each report is rendered as DOCX, XLSX and PDF from an unsaved version, in processes of their own as workers do.
Prints JSON: seconds per paper, the peak of one process in MiB, and the gain of two processes over one.
"""

import datetime as dt
import json
import multiprocessing
import resource
import sys
import time
from typing import Any

from benchmarks import scratch

PLACES = 30
NAMES = (
    *("villages", "households", "participants", "awards", "deductions", "reversals", "entries"),
    *("batches_due", "batches_on_time", "notices_due", "notices_in_time", "net_points"),
)
RATES = ("participation", "net_per_household", "reviewed_on_time", "notices_rate")


def figures(at: int) -> dict[str, Any]:
    from reports.composing import _definitions

    values = dict.fromkeys(NAMES, 100 + at) | dict.fromkeys(RATES, f"0.{50 + at % 40}0000")
    shares = [{"code": name, "label": name, "points": 100, "share": "0.333333"} for name in ("自治", "法治", "德治")]
    rows = [{"code": str(place), "name": f"第{place}镇", "values": values} for place in range(PLACES)]
    rules = [{"code": f"Z{n:02}", "item": "参加公共劳动", "count": 9, "points": 45} for n in range(10)]
    seals = [{"code": str(n), "name": f"第{n}村", "number": 2, "seal": "d86f-17ed-1c4d-4529-e235"} for n in range(200)]
    work = [
        {
            "group": "结对帮扶", "name": f"work_{n}", "label": f"第{n}项", "unit": "次", "formula": "登记的次数",
            "values": [40 + n, 35, 30],
        }
        for n in range(24)
    ]  # fmt: skip
    return {
        "place": {"code": "500114", "name": "黔江区", "is_district": True},
        "period": "2026H1",
        "until": "2026-06-30",
        "is_over": True,
        "village_count": 220,
        "idle_townships": 0,
        "on_notice": 0,
        "values": values,
        "before": values,
        "same": values,
        "dimensions": shares,
        "joys": shares,
        "rules": rules,
        "rows": rows,
        "seals": seals,
        "work": work,
        "definitions": _definitions(),
    }


def version(at: int) -> Any:
    from reports.documents import points_report_texts
    from reports.models import Report, ReportVersion

    counted = figures(at)
    report = Report(kind="half-year", period="2026H1")
    moment = dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC)
    return ReportVersion(
        report=report,
        number=1,
        figures=counted,
        texts=points_report_texts.write(counted),
        cutoff=moment,
        made_at=moment,
    )


def render(at: int) -> dict[str, float]:
    """Seconds for each paper of one report, and the peak of this process so far."""
    from reports.documents import points_report

    made, spent = version(at), {}
    for kind in ("docx", "xlsx", "pdf"):
        begun = time.perf_counter()
        getattr(points_report, kind)(made)
        spent[kind] = time.perf_counter() - begun
    return spent | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def prepare() -> None:
    import django

    django.setup()


def run(reports: int, processes: int) -> tuple[float, list[dict[str, float]]]:
    with multiprocessing.get_context("spawn").Pool(processes, prepare) as pool:
        pool.map(render, range(processes), chunksize=1)  # the first report of a worker loads what it draws with
        begun = time.perf_counter()
        spent = pool.map(render, range(reports), chunksize=1)
        return time.perf_counter() - begun, spent


def main() -> None:
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    prepare()
    alone, spent = run(reports, 1)
    together, _ = run(reports, 2)
    kinds = ("docx", "xlsx", "pdf")
    print(
        json.dumps(
            {
                "reports": reports,
                "places": PLACES,
                "seconds_per_paper": {kind: round(sum(s[kind] for s in spent) / reports, 3) for kind in kinds},
                "peak_mib": round(max(s["peak"] for s in spent)),
                "two_workers_over_one": round(alone / together, 2),
                "cores": scratch.os.cpu_count(),
            },
            ensure_ascii=False,
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
