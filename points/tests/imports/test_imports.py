"""From a file to a batch and back: counts, corrections, papers, confirming, undoing, the worker and the command."""

import datetime as dt
import io
import json
import random
import uuid

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from points import batches, import_pages, import_rows, imports, sheets
from points.models import Batch, Claim, Import, ImportRow
from points.sheets import Row
from points.tests.imports.conftest import HEAD, told, work, workbook
from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.foundation.refusals import Refused
from villages import roster

pytestmark = pytest.mark.django_db

COLUMNS = ("line", "household_id", "resident_id", "rule_id", "quantity", "points", "occurred_on", "note", "state",
           "version", "maker_id")  # fmt: skip


def five_hundred(district):
    """500 lines: 488 good, 9 to change, 3 repeated, as villages send them."""
    grid = district.homes[0].grid
    heads = [f"户{chr(0x4E00 + at)}" for at in range(480)]
    roster.enrol_many(newcomers=[roster.Newcomer(grid, head, SINCE, members=2) for head in heads])
    names = heads + [home.head_name for home in district.homes]
    rows = [(name, "", "Z02", "2026-11-20", 5, "") for name in names]
    rows += [rows[0], rows[1], rows[2]]
    rows += [
        ("冉光朋", "", "Z02", "2026-11-20", 5, ""),
        ("龚素芳", "", "Z70", "2026-11-20", 5, ""),
        ("覃世明", "", "Z02", "20261132", 5, ""),
        ("", "", "Z02", "2026-11-20", 5, ""),
        ("向德珍", "", "Z02", "2026-11-19", 50, ""),
        ("欧阳娜", "", "公共劳动", "2026-11-18", 5, ""),
        ("庹世全", "", "F04", "2026-12-01", 12, ""),
        ("单淑芬", "", "Z02", "2026-11-19", "五", ""),
        ("曾国良", "", "Z02", "2026-11-19", "", ""),
    ]
    return rows


def test_five_hundred_rows_with_nine_to_change_and_three_repeated(upload, district, signed_in, clerk):
    source = upload(workbook([HEAD, *five_hundred(district)]))
    client = signed_in(clerk)
    page = client.get(reverse("points:import", args=[source.pk]))

    assert source.counts == {"all": 500, "new": 488, "problem": 9, "duplicate": 3, "warning": 0, "points": 2440}
    assert [tile.value for tile in page.context["preview"].tiles] == [500, 488, 9, 3, 0]
    assert "核对并导入 488 行" in page.content.decode()
    assert "尚未写入，确认后才生效" in page.content.decode()
    assert not Batch.objects.exists()

    errors = client.get(reverse("points:import-errors", args=[source.pk])).getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(errors)).active
    rows = list(sheet.values)
    assert rows[0] == (*HEAD, "问题说明")
    assert len(rows) == 10
    assert rows[1][-1] == "户主：没有“冉光朋”。是不是“冉光明”（1组 0101）？"
    assert sheet["A2"].comment.text.startswith("户主：没有“冉光朋”")
    assert sheet["A2"].fill.fgColor.rgb == "FFFFF2AB"

    source = work(imports.confirm(source=source, maker=clerk, expected=488, now=NOW))
    assert (source.state, source.batch.claims.count(), source.batch.source) == ("done", 488, "import")
    again = upload(errors, "错误表.xlsx")
    assert (again.counts["all"], again.counts["problem"]) == (9, 9)

    right = ["户丁", "龚素芳", "覃世明", "冉光明", "向德珍", "欧阳娜", "庹世全", "单淑芬", "曾国良"]
    for at, name in enumerate(right, start=2):
        sheet.cell(at, 1, name), sheet.cell(at, 3, "Z04"), sheet.cell(at, 4, "2026-11-21"), sheet.cell(at, 5, 5)
    target = io.BytesIO()
    sheet.parent.save(target)
    clean = upload(target.getvalue(), "改好.xlsx")
    assert (clean.counts["all"], clean.counts["new"]) == (9, 9)


def test_progress_is_shown_until_the_check_is_over(upload, district, signed_in, clerk):
    source = upload(workbook([HEAD, ("冉光明", "", "Z02", "2026-11-20", 5, "")]), run=False)
    client = signed_in(clerk)
    waiting = client.get(reverse("points:import", args=[source.pk])).content.decode()
    progress = reverse("jobs:progress", args=[source.job.uuid])

    assert f'hx-get="{progress}"' in waiting
    work(source)
    over = client.get(progress, headers={"HX-Request": "true"})
    assert (over.headers["HX-Trigger"], "hx-trigger" in over.content.decode()) == ("job-over", False)
    assert "校验结果" in client.get(reverse("points:import", args=[source.pk])).content.decode()


def any_rows(rng, district, count=120):
    names = [home.head_name for home in district.homes[:5]] + ["冉小妹", "生人"]
    for _ in range(count):
        yield (
            rng.choice(names),
            "",
            rng.choice(("Z01", "Z02", "Z12", "F01", "H05", "H11", "Z13")),
            (TODAY - dt.timedelta(days=rng.choice((0, 0, 1, 2, 40, 70, -1)))).isoformat(),
            rng.choice((2, 5, 5, 8, 99)),
            rng.choice(("", " 带队 ")),
        )


@pytest.mark.parametrize("seed", range(3))
def test_confirming_keeps_what_a_sheet_of_the_same_rows_would(seed, upload, district, clerk, make_batch):
    """Lines that stand are all taken by `sheets.put`, come out equal, and carry the same warnings."""
    batches.submit(batch=make_batch(points=8), maker=clerk, now=NOW)
    source = upload(workbook([HEAD, *any_rows(random.Random(seed), district)]))
    standing = list(
        ImportRow.objects.filter(source=source, standing="new").select_related("rule__rule_set").order_by("line")
    )
    warnings = [row.warnings for row in standing]
    rows = [
        Row(uuid.uuid4(), row.household, row.rule, row.points, row.day, row.raw_note, row.resident) for row in standing
    ]
    twin = batches.open_draft(
        maker=clerk, village=district.tongmu, rule=None, occurred_on=TODAY, key="twin", now=NOW
    )  # fmt: skip
    outcomes = sheets.put(batch=twin, editor=clerk, rows=rows, now=NOW)
    expected = list(twin.claims.order_by("line").values_list(*COLUMNS))
    twin.claims.all().delete()

    source = work(imports.confirm(source=source, maker=clerk, expected=len(rows), now=NOW))

    assert len(rows) > 10
    assert [outcome.refusal for outcome in outcomes] == [None] * len(rows)
    assert list(source.batch.claims.order_by("line").values_list(*COLUMNS)) == expected
    late = "发生已久，算补录"
    assert [[one for one in told if one != late] for told in warnings] == [one.warnings for one in outcomes]


def test_refused_rows_would_be_refused_by_a_sheet(upload, district, clerk, make_batch):
    """What a cap refuses is what `sheets.put` refuses, in the same words."""
    rows = [("冉光明", "", "Z02", (TODAY - dt.timedelta(days=at)).isoformat(), 8, "") for at in range(5)]
    source = upload(workbook([HEAD, *rows]))
    given = list(ImportRow.objects.filter(source=source).select_related("household", "rule__rule_set").order_by("line"))
    outcomes = sheets.put(
        batch=make_batch([]),
        editor=clerk,
        rows=[Row(uuid.uuid4(), row.household, row.rule, row.points, row.day) for row in given],
        now=NOW,
    )

    assert [row.problems[0]["text"] if row.problems else None for row in given] == [
        str(one.refusal) if one.refusal else None for one in outcomes
    ]
    assert [row.standing for row in given] == ["new"] * 3 + ["problem"] * 2


def test_a_column_for_each_rule(upload, district, clerk):
    rows = [
        ("户主", "户号", "Z01", "公共劳动", "志愿服务", "地址"),
        ("冉光明", "", "√", 5, "", "一组"),
        ("覃世明", "", "", 0, 10, "二组"),
    ]
    source = upload(workbook(rows))

    assert told(source) == [(2, "problem", "R-01")]
    row = source.rows.get(standing="problem")
    source = imports.fix(source=source, row_id=row.pk, field="rule", value="Z02", everywhere=True, now=NOW)

    assert source.counts["new"] == 3
    assert list(source.rows.order_by("line", "part").values_list("rule__code", "points", "day")) == [
        ("Z01", 5, TODAY), ("Z02", 5, TODAY), ("Z06", 10, TODAY)
    ]  # fmt: skip


def test_the_error_workbook_of_a_table_with_columns_goes_back_as_it_is(upload):
    rows = [("户主", "Z01", "Z02"), ("冉光明", 5, 50), ("覃世明", 5, 5)]
    source = upload(workbook(rows))
    content = import_pages.error_workbook(source)

    assert list(openpyxl.load_workbook(io.BytesIO(content)).active.values)[1][:3] == ("冉光明", None, 50)
    assert upload(content, "错误.xlsx").counts == source.counts | {"all": 1, "new": 0, "points": 0}


def test_a_member_stands_for_the_household_and_a_rule_for_persons_names_them(upload, district):
    source = upload(
        workbook([HEAD, ("冉小妹", "", "Z04", "2026-11-20", 5, ""), ("冉小妹", "", "Z01", "2026-11-20", 5, "")])
    )

    assert list(source.rows.order_by("line").values_list("household", "resident__name")) == [
        (district.homes[0].pk, "冉小妹"), (district.homes[0].pk, None)
    ]  # fmt: skip


def test_a_deduction_needs_no_sign(upload):
    assert upload(workbook([HEAD, ("冉光明", "", "Z13", "2026-11-20", 2, "")])).counts["points"] == -2


def test_what_stands_already_is_skipped(upload, make_batch, district):
    batch = make_batch(district.homes[:1], points=5)
    source = upload(workbook([HEAD, ("冉光明", "", "Z02", TODAY.isoformat(), 5, "")]))

    assert source.rows.get().problems == [{"field": "name", "code": "D-02", "batch": batch.number}]


def test_a_cell_typed_anew_judges_its_household_again(upload, signed_in, clerk):
    rows = [("冉光朋", "", "Z01", "2026-11-20", 5, ""), ("冉光明", "", "Z01", "2026-11-19", 5, "")]
    source = upload(workbook([HEAD, *rows]))
    row = source.rows.get(standing="problem")
    response = signed_in(clerk).post(
        reverse("points:import-fix", args=[source.pk]),
        {"row": row.pk, "field": "name", "value": "冉光明", "line": row.line},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 200
    assert told(source) == [(3, "problem", "G-07")]
    assert "核对并导入 1 行" in response.content.decode()


def test_a_suggestion_is_taken_over_by_one_press(upload, signed_in, clerk):
    source = upload(workbook([HEAD, ("冉光朋", "", "Z01", "2026-11-20", 5, "")]))
    url = reverse("points:import", args=[source.pk])
    client = signed_in(clerk)

    assert 'value="name|1|冉光明"' in client.get(url).content.decode()
    done = client.post(f"{url}fix/", {"row": source.rows.get().pk, "pick": "name|1|冉光明"})
    assert (done.status_code, told(source)) == (302, [])


def test_confirming_sees_what_was_used_up_meanwhile(upload, make_batch, clerk, district):
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")]))
    source = imports.confirm(source=source, maker=clerk, expected=1, now=NOW)
    other = make_batch(district.homes[:1], rule=source.rule_set.rules.get(code="Z01"), on=TODAY)
    batches.submit(batch=other, maker=clerk, now=NOW)
    source = work(source)

    assert (source.state, source.batch) == ("checked", None)
    assert source.message == "可导入的行数刚变为 0，没有写入，请再看一下"
    assert Claim.objects.count() == 1


def test_confirming_twice_writes_once(upload, clerk):
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")]))
    first = imports.confirm(source=source, maker=clerk, expected=1, now=NOW)
    second = imports.confirm(source=source, maker=clerk, expected=1, now=NOW)

    assert first.job == second.job
    work(first)
    assert imports.write(first, None, 1, NOW).state == "done"
    assert Claim.objects.count() == 1


def test_undo_until_it_is_submitted(upload, clerk):
    content = workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")])
    source = work(imports.confirm(source=upload(content), maker=clerk, expected=1, now=NOW))
    undone = imports.undo(source=source, maker=clerk, now=NOW)

    assert undone.state == "undone"
    assert set(Claim.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert Batch.objects.get().state == "withdrawn"

    source = work(imports.confirm(source=upload(content), maker=clerk, expected=1, now=NOW))
    batches.submit(batch=source.batch, maker=clerk, now=NOW)
    with pytest.raises(Refused):
        imports.undo(source=source, maker=clerk, now=NOW)


def test_lines_lost_in_a_crash_are_read_again(upload, signed_in, clerk):
    """The staging table is unlogged: after a crash of the database it is empty."""
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")]))
    ImportRow.objects.all().delete()
    page = signed_in(clerk).get(reverse("points:import", args=[source.pk]))

    assert "正在校验" in page.content.decode()
    source.refresh_from_db()
    assert work(source).counts["new"] == 1


def test_a_job_that_gave_up_can_be_tried_again(upload, signed_in, clerk):
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")]), run=False)
    jobs.claim(source.job.uuid, NOW).fail("killed")
    client = signed_in(clerk)
    page = client.get(reverse("points:import", args=[source.pk])).content.decode()

    assert f"未能完成导入（编号 J-{source.job.pk}），没有写入任何数据" in page
    client.post(reverse("points:import-recheck", args=[source.pk]))
    source.refresh_from_db()
    assert work(source).counts["new"] == 1


def test_upload_by_the_form_and_the_template(signed_in, clerk, rule_set, district):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = signed_in(clerk)
    template = client.get(reverse("points:import-template"), {"v": district.tongmu.code})
    book = openpyxl.load_workbook(io.BytesIO(template.getvalue()))
    assert book.sheetnames == ["数据", "怎么填", "户主名单"]
    assert [row[0] for row in book["户主名单"].values][1:3] == ["冉光明", "单淑芬"]
    assert len(book["数据"].data_validations.dataValidation) == 2
    offered = next(row[0] for row in book["怎么填"].values if row[0] and row[0].startswith("Z04 "))
    book["数据"].append(("冉光明", "", "", offered, "2026-11-20", 5, ""))
    target = io.BytesIO()
    book.save(target)

    sent = SimpleUploadedFile("填好.xlsx", target.getvalue())
    response = client.post(
        reverse("points:import-new"), {"village": district.tongmu.code, "day": "2026-11-20", "file": sent}
    )
    source = Import.objects.get()
    assert response.headers["Location"] == reverse("points:import", args=[source.pk])
    assert work(source).counts["new"] == 1
    wrong = SimpleUploadedFile("照片.png", b"\x89PNG\r\n\x1a\n\0")
    refused = client.post(
        reverse("points:import-new"), {"village": district.tongmu.code, "day": "2026-11-20", "file": wrong}
    )
    assert (refused.status_code, "只收 .xlsx、.xls 和 .csv 表格文件" in refused.content.decode()) == (422, True)


def test_an_import_is_its_makers_own(upload, signed_in, cast):
    source = upload(workbook([HEAD, ("冉光明", "", "Z01", "2026-11-20", 5, "")]))
    answers = {
        name: signed_in(person).get(reverse("points:import", args=[source.pk])).status_code
        for name, person in cast.items()
    }

    assert {name for name, status in answers.items() if status == 200} == {"clerk"}
    assert set(answers.values()) == {200, 404}


def test_the_command_prints_what_it_found(district, clerk, rule_set, tmp_path, capsys):
    path = tmp_path / "表.xlsx"
    rows = [("冉光明", "", "Z01", "2026-11-20", 5, ""), ("冉光朋", "", "Z01", "2026-11-20", 5, "")]
    path.write_bytes(workbook([HEAD, *rows]))
    call_command("import_claims", str(path), village=district.tongmu.code, user="clerk")
    seen = json.loads(capsys.readouterr().out)
    assert not Claim.objects.exists()
    call_command("import_claims", str(path), village=district.tongmu.code, user="clerk", commit=True)
    done = json.loads(capsys.readouterr().out)

    assert {key: seen[key] for key in ("rows", "ok", "problems", "duplicates", "batch")} == {
        "rows": 2, "ok": 1, "problems": {"I-07": 1}, "duplicates": 0, "batch": None
    }  # fmt: skip
    assert (done["state"], Claim.objects.count()) == ("done", 1)


def test_the_staging_table_is_unlogged(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'points_importrow'")
        assert cursor.fetchone() == ("u",)


def test_the_newest_day_decides_about_the_rules(upload):
    source = upload(
        workbook([HEAD, ("冉光明", "", "Z01", "2027-11-20", 5, ""), ("覃世明", "", "Z01", "2026-11-02", 5, "")])
    )

    assert import_rows.latest_day(source, calendar.now()) == dt.date(2026, 11, 2)


# --- 成员 -------------------------------------------------------------------

WITH_MEMBER = ("户主", "成员", "事项", "日期", "分值")


def test_a_column_says_which_member_is_meant(upload, district, clerk, signed_in):
    """Z04 counts persons, Z01 households; 覃小美 is nobody's name."""
    lines = [("冉光明", "冉小妹", "Z04"), ("冉光明", "", "Z04"), ("冉光明", "本人", "Z02"), ("冉光明", "冉小妹", "Z01")]
    lines += [("覃世明", "覃小美", "Z04"), ("覃世明", "覃世明", "Z04")]
    source = upload(workbook([WITH_MEMBER, *((*line, "2026-11-20", 5) for line in lines)]))

    assert told(source) == [(6, "problem", "M-03")]
    members = source.rows.order_by("line").values_list("resident__name", "warnings")
    assert [name for name, _ in members] == ["冉小妹", None, None, None, None, None]
    assert [
        line for line, (_, warnings) in enumerate(members, 2) if "按人计分，没有写成员，记在户主名下" in warnings
    ] == [3]
    client = signed_in(clerk)
    page = client.get(reverse("points:import", args=[source.pk])).content.decode()
    assert "成员：覃世明户没有“覃小美”，册上有覃小妹" in page
    assert "用“覃小妹”" in page
    assert "记覃世明本人" in page

    row = source.rows.get(line=6)
    fix = reverse("points:import-fix", args=[source.pk])
    client.post(fix, {"row": row.pk, "line": 6, "pick": "member||覃小妹"})
    assert told(source) == []
    source.refresh_from_db()
    source = work(imports.confirm(source=source, maker=clerk, expected=6, now=NOW))
    kept = source.batch.claims.order_by("line").values_list("rule__code", "resident__name")
    assert list(kept) == [
        ("Z04", "冉小妹"),
        ("Z04", None),
        ("Z02", None),
        ("Z01", None),
        ("Z04", "覃小妹"),
        ("Z04", None),
    ]


def test_members_of_a_household_in_a_table_with_a_column_per_rule(upload, district):
    head = ("户主", "户号", "成员", "Z04", "Z01")
    source = upload(workbook([head, ("冉光明", "0101", "冉小妹", 5, 5), ("", "0101", "冉小弟", 5, "")]))

    assert told(source) == [(3, "problem", "M-03")]
    rows = source.rows.filter(line=2).order_by("part").values_list("rule__code", "resident__name")
    assert list(rows) == [("Z04", "冉小妹"), ("Z01", None)]
    sheet = openpyxl.load_workbook(io.BytesIO(import_pages.error_workbook(source))).active
    assert sheet["C2"].value == "冉小弟"
    assert sheet["C2"].comment.text.startswith("成员：冉光明户没有“冉小弟”")


def test_without_that_column_the_preview_has_none(upload, clerk, signed_in):
    source = upload(workbook([HEAD, ("冉光明", "", "Z04", "2026-11-20", 5, "")]))
    preview = signed_in(clerk).get(reverse("points:import", args=[source.pk])).context["preview"]
    assert preview.columns == ["户主", "事项", "日期", "分值"]
    assert [cell.field for cell in preview.lines[0].cells] == ["name", "rule", "day", "points"]
    assert source.counts["warning"] == 0


def test_whatever_has_to_be_changed_has_a_cell_to_type_into(upload, clerk, signed_in):
    """A note with a telephone number and a number nobody has stand in no column: beside what is wrong with them."""
    rows = [("冉光明", "", "Z04", "2026-11-20", 5, "打13812345678"), ("覃世明", "0999", "Z04", "2026-11-20", 5, "")]
    source = upload(workbook([HEAD, *rows]))
    url, client = reverse("points:import", args=[source.pk]), signed_in(clerk)
    page = client.get(url)
    first, second = page.context["preview"].lines

    assert [[cell.field for cell in line.beside] for line in (first, second)] == [["note"], ["number"]]
    for shown in ('aria-label="第2行 备注"', 'value="打13812345678"', 'aria-label="第3行 户号"', 'value="0999"'):
        assert shown in page.content.decode()
    client.post(f"{url}fix/", {"row": first.pk, "field": "note", "value": "打过电话", "line": 2})
    client.post(f"{url}fix/", {"row": second.pk, "field": "number", "value": "", "line": 3})
    assert told(source) == []
