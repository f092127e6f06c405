"""100,000 rows of Excel to a validated preview, and on into a draft, against a plain django-import-export dry run.

    python -m benchmarks.import_workbook [ROWS] [SAMPLE]

Works in a scratch database and leaves nothing behind. Prints JSON; the ratio is of rows per second in this run.
"""

import datetime as dt
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

from benchmarks import scratch

django.setup()

import tablib  # noqa: E402
import xlsxwriter  # noqa: E402
from django.conf import settings  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402

from points import imports, rules  # noqa: E402
from points.models import Claim, Import, Rule, RuleSet  # noqa: E402
from qianjiang_portal.foundation import calendar, jobs  # noqa: E402
from villages import appointments, roster  # noqa: E402
from villages.models import Household, Township, User, Village  # noqa: E402

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=calendar.SHANGHAI)
HEAD = ("户主", "户号", "事项", "日期", "分值", "备注")
HOUSEHOLDS, DAY = 800, NOW.date()


class ClaimResource(resources.ModelResource):
    """What the package offers when nothing is done about speed: foreign keys looked up row by row."""

    household = fields.Field(
        attribute="household", column_name="户号", widget=widgets.ForeignKeyWidget(Household, "number")
    )
    rule = fields.Field(attribute="rule", column_name="事项", widget=widgets.ForeignKeyWidget(Rule, "code"))
    occurred_on = fields.Field(attribute="occurred_on", column_name="日期", widget=widgets.DateWidget("%Y-%m-%d"))
    points = fields.Field(attribute="points", column_name="分值", widget=widgets.IntegerWidget())
    note = fields.Field(attribute="note", column_name="备注")
    client_key = fields.Field(attribute="client_key", column_name="key")
    line = fields.Field(attribute="line", column_name="line", widget=widgets.IntegerWidget())
    batch_id = fields.Field(attribute="batch_id", column_name="batch")
    maker_id = fields.Field(attribute="maker_id", column_name="maker")

    class Meta:
        model = Claim
        import_id_fields = ("client_key",)


def main(count: int, sample: int) -> dict[str, Any]:
    village, clerk = scene()
    homes = list(Household.objects.filter(village=village).in_number_order())
    rows = [row(at, homes) for at in range(count)]
    content = workbook(rows)
    source, checked = timed(lambda: check(village, clerk, content))
    assert source.counts["all"] == count
    done, confirmed = timed(lambda: confirm(source, clerk))
    plain = import_export(rows[:sample], done, clerk)
    return {
        "rows": count,
        "workbook_mb": round(len(content) / 1e6, 1),
        "counts": source.counts,
        "preview_seconds": round(checked, 2),
        "confirm_seconds": round(confirmed, 2),
        "worker_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reader_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "rows_per_second": round(count / checked),
        "import_export_sample": sample,
        "import_export_rows_per_second": round(sample / plain),
        "machine": scratch.machine(),
        "times_faster": round((count / checked) / (sample / plain), 1),
    }


def scene() -> tuple[Village, User]:
    """A village of 800 households in a township with adopted rules, and its clerk."""
    township = Township.objects.create(code="500114112", name="濯水镇", kind="town")
    village = Village.objects.create(
        township=township, code="500114112202", name="桐木村", short_name="桐木村", kind="village", uses_points=True
    )
    clerk, leader = (User.objects.create_user(name, name=name) for name in ("clerk", "leader"))
    since = dt.date(2026, 1, 1)
    for user in (clerk, leader):
        appointments.appoint(user=user, begins_on=since, role=user.username, township=township)
    grid = roster.add_grid(village=village, number=1)
    for at in range(HOUSEHOLDS):
        roster.enrol(grid=grid, head_name=f"户{chr(0x4E00 + at)}", joined_on=since, members=3)
    reference = RuleSet.objects.create(scope="district", title="参考细则", year=2026)
    Rule.objects.bulk_create(rules._catalogue(reference))
    version = rules.draft(title="积分细则", year=2026, by=leader, township=township, based_on=reference)
    meeting = rules.Adoption("delegates", dt.date(2025, 12, 18), 78, 60, 52)
    rules.publish(rule_set=version, by=leader, effective_from=since, adoption=meeting, now=NOW)
    return village, clerk


def row(at: int, homes: list[Household], day: dt.date = DAY) -> tuple[Any, ...]:
    """Five rules without a cap on many days; one line in fifty is wrong in some way."""
    home = homes[at % len(homes)]
    turn = at // len(homes)
    code = ("Z03", "Z04", "Z05", "Z06", "Z07")[turn % 5]
    day -= dt.timedelta(days=turn // 5 % 50)
    points = 10 if code in ("Z03", "Z06") else 5
    wrong = at % 50 == 0
    return (
        f"{home.head_name}某" if wrong else home.head_name,
        "" if wrong else home.number,
        code,
        day,
        points,
        "清理河道",
    )


def workbook(rows: list[tuple[Any, ...]]) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as target:
        book = xlsxwriter.Workbook(target.name, {"constant_memory": True})
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, HEAD)
        for at, cells in enumerate(rows, start=1):
            sheet.write_row(at, 0, [cell.isoformat() if isinstance(cell, dt.date) else cell for cell in cells])
        book.close()
        return Path(target.name).read_bytes()


def check(village: Village, clerk: User, content: bytes, now: dt.datetime = NOW) -> Import:
    day = calendar.local_date(now)
    source = imports.begin(village=village, maker=clerk, name="大表.xlsx", content=content, default_day=day, now=now)
    return work(source)


def confirm(source: Import, clerk: User) -> Import:
    return work(imports.confirm(source=source, maker=clerk, expected=source.counts["new"], now=NOW))


def work(source: Import) -> Import:
    assert source.job is not None
    assert jobs.run(source.job.uuid)
    return Import.objects.select_related("job", "village", "batch").get(pk=source.pk)


def import_export(rows: list[tuple[Any, ...]], source: Import, clerk: User) -> float:
    """Seconds of a dry run over rows that are all right."""
    import uuid

    Claim.objects.filter(batch=source.batch).delete()
    good = [one for one in rows if one[1]]
    given = tablib.Dataset(headers=[*HEAD, "key", "line", "batch", "maker"])
    for at, one in enumerate(good, start=1):
        given.append([*one[:3], one[3].isoformat(), *one[4:], str(uuid.uuid4()), at, source.batch_id, clerk.pk])
    # One rule set alone: the plain widget cannot choose among versions of a rule.
    Rule.objects.exclude(rule_set=source.rule_set).delete()
    result, seconds = timed(lambda: ClaimResource().import_data(given, dry_run=True))
    assert not result.has_errors(), result.row_errors()[:1]
    return seconds * len(rows) / len(good)


def timed(act: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    return act(), time.perf_counter() - began


if __name__ == "__main__":
    sizes = [int(one) for one in sys.argv[1:3]]
    with scratch.database(), tempfile.TemporaryDirectory() as folder, calendar.at(NOW):
        options = {"location": folder}
        settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}
        print(json.dumps(main(*(sizes + [100_000, 2_000][len(sizes) :])), ensure_ascii=False, indent=2))
