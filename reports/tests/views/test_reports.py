import datetime as dt
import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client

from conftest import District, approve
from points import batches, notices, postings
from points.models import Entry, Notice, PanelMember
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.foundation.models import AuditEvent, Job
from reports.models import ReportVersion
from reports.tests.conftest import AFTER, MakeVersion
from villages.models import Township, User, Village

SignIn = Callable[[User], Client]
LIST = "/reports/?period=2026Q4"
ZHUOSHUI = "/reports/2026Q4/500114112/"
WHOLE = "/reports/2026Q4/500114/"
FRAGMENT = {"HX-Request": "true"}  # without the frame around it


def rows(page: bytes) -> list[str]:
    """The places listed, by their codes."""
    return [part.split('"', 1)[0] for part in page.decode().split('<tr id="report-')[1:]]


def test_each_sees_the_places_they_hold_whole(cast: dict[str, User], signed_in: SignIn) -> None:
    everywhere, own = ["500114", "500114106", "500114112"], ["500114112"]
    seen = {person: rows(signed_in(user).get(LIST).content) for person, user in cast.items()}
    assert seen == {person: [] for person in cast} | {
        "district": everywhere,
        "auditor": everywhere,
        "leader": own,
        "clerk": own,
        "stranger": ["500114106"],
    }


def test_without_a_place_the_list_says_so(counter: User, signed_in: SignIn) -> None:
    assert "没有可看的报告" in signed_in(counter).get("/reports/").content.decode()


def test_a_liaison_finds_the_summaries(liaison: User, signed_in: SignIn) -> None:
    assert signed_in(liaison).get("/reports/")["Location"] == "/reports/summaries/"


def test_a_township_is_open_to_those_who_hold_it(
    cast: dict[str, User], version: ReportVersion, signed_in: SignIn
) -> None:
    paths = ("", "row/", "1/download.docx", "1/download.xlsx", "1/download.pdf")
    readers = ("district", "auditor", "leader", "clerk")
    for path in (*(f"{ZHUOSHUI}{path}" for path in paths), f"/jobs/{version.job.uuid}/"):
        found = {person: _status(signed_in(user), path) for person, user in cast.items()}
        assert found == dict.fromkeys(cast, 404) | dict.fromkeys(readers, 200)


def test_the_district_is_open_to_the_district(cast: dict[str, User], signed_in: SignIn) -> None:
    found = {person: _status(signed_in(user), WHOLE) for person, user in cast.items()}
    assert found == dict.fromkeys(cast, 404) | dict.fromkeys(("district", "auditor"), 200)


def test_who_may_have_reports_written(cast: dict[str, User], signed_in: SignIn) -> None:
    paths = (f"{ZHUOSHUI}request/", f"{WHOLE}request/", "/reports/2026Q4/request/")
    found = {person: [signed_in(user).post(path).status_code for path in paths] for person, user in cast.items()}
    assert found == {person: [404, 404, 403] for person in cast} | {
        "district": [302, 302, 302],
        "leader": [302, 404, 403],
        "auditor": [403, 403, 403],
        "clerk": [403, 404, 403],
    }


def test_looking_never_writes(leader: User, signed_in: SignIn) -> None:
    assert signed_in(leader).get(f"{ZHUOSHUI}request/").status_code == 405
    assert not Job.objects.exists()


@pytest.mark.parametrize("slug", ["2026-11", "2027H1", "2027Q1", "2027Y", "x"])
def test_only_periods_up_to_now(slug: str, leader: User, signed_in: SignIn) -> None:
    client = signed_in(leader)
    assert client.get(f"/reports/?period={slug}").status_code == 404
    assert client.get(f"/reports/{slug}/500114112/").status_code == 404


def test_a_township_without_points_says_so(district_officer: User, district: District, signed_in: SignIn) -> None:
    district.shihui.villages.update(uses_points=False)
    row = signed_in(district_officer).get("/reports/2026Q4/500114106/row/")
    assert "还没有实行积分制的村（社区）" in _words(row)
    assert "<form" not in row.content.decode()


def test_a_report_not_yet_made_can_be_made_from_the_list(leader: User, signed_in: SignIn) -> None:
    client = signed_in(leader)
    assert _words(client.get(LIST)) >= {"未生成", "生成"}
    row = client.post(f"{ZHUOSHUI}request/", headers=FRAGMENT)
    job = Job.objects.get()
    assert _words(row) >= {"排队中，可以离开此页"}
    assert f'hx-get="/jobs/{job.uuid}/"' in row.content.decode()
    assert '<form method="post"' not in row.content.decode()


def test_only_whoever_may_make_a_report_is_told_that_it_can_be_made_now(
    leader: User, clerk: User, signed_in: SignIn
) -> None:
    told = {person.username: signed_in(person).get(ZHUOSHUI).content.decode() for person in (leader, clerk)}
    assert all("期满后自动生成" in page for page in told.values())
    assert ["也可以现在生成" in told[name] for name in ("leader", "clerk")] == [True, False]


def test_progress_is_shown_and_ends(leader: User, signed_in: SignIn, clerk: User) -> None:
    client = signed_in(leader)
    client.post(f"{ZHUOSHUI}request/")
    job = Job.objects.get()
    Job.objects.update(
        state="running", lease_until=AFTER, lease_token=job.uuid, progress=1, progress_total=4, progress_note="排 DOCX"
    )
    running = client.get(f"/jobs/{job.uuid}/")
    assert _words(running) >= {"排 DOCX，可以离开此页", "1/4"}
    assert ("HX-Trigger" in running, 'hx-trigger="every 1s"' in running.content.decode()) == (False, True)
    Job.objects.update(state="done")
    over = client.get(f"/jobs/{job.uuid}/")
    assert (over["HX-Trigger"], "hx-get" in over.content.decode()) == ("job-over", False)


def test_a_job_that_failed_says_so_and_can_be_tried_again(leader: User, signed_in: SignIn) -> None:
    client = signed_in(leader)
    client.post(f"{ZHUOSHUI}request/")
    Job.objects.update(state="failed", error="OperationalError: secret detail")
    job = Job.objects.get()
    page = client.get(ZHUOSHUI)
    assert _words(page) >= {"未能生成第 1 版", "抱歉，未能生成文档", f"编号 J-{job.pk}，已有的版本不受影响", "重试"}
    assert "secret detail" not in page.content.decode()
    client.post(f"{ZHUOSHUI}request/")
    assert Job.objects.get().state == "queued"


def test_a_made_report_is_read_on_its_page(leader: User, version: ReportVersion, signed_in: SignIn) -> None:
    words = _words(signed_in(leader).get(ZHUOSHUI))
    assert words >= {
        "濯水镇2026年第四季度积分运行情况",
        "第 1 版",
        "一、总体情况",
        "（一）三治",
        "表1　2026年第四季度三治加分构成",
    }
    assert words >= {"桐木村", "三门社区", "参与户 ÷ 在册户", "下载 DOCX", "重新生成"}


def test_earlier_versions_stay_readable(
    leader: User, version: ReportVersion, make_version: MakeVersion, signed_in: SignIn
) -> None:
    make_version(version.report.township, now=AFTER + dt.timedelta(days=1))
    client = signed_in(leader)
    assert _words(client.get(ZHUOSHUI)) >= {"第 1 版", "第 2 版"}
    assert "这是第 1 版，现行的是" in client.get(f"{ZHUOSHUI}?version=1").content.decode()
    assert [client.get(f"{ZHUOSHUI}?version={number}").status_code for number in ("3", "x")] == [404, 404]


def test_a_version_names_what_is_otherwise_than_in_the_one_before(
    leader: User, district: District, notice: Notice, make_version: MakeVersion, signed_in: SignIn
) -> None:
    make_version(district.zhuoshui, now=notice.due_at - dt.timedelta(hours=1))
    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=notice.due_at)
    make_version(district.zhuoshui)
    client = signed_in(leader)

    page = client.get(ZHUOSHUI)

    told = page.context["otherwise"]
    assert (told.number, ("净积分", "0", "15") in told.changes) == (1, True)
    assert f"和第 1 版比，{len(told.changes)} 个数字不同" in page.content.decode()
    assert all(before != now for _, before, now in told.changes)
    assert client.get(f"{ZHUOSHUI}?version=1").context["otherwise"] is None
    make_version(district.zhuoshui, now=AFTER + dt.timedelta(minutes=1))
    assert "总体数字和第 2 版一样" in client.get(ZHUOSHUI).content.decode()


def test_a_correction_after_the_quarter_leaves_its_figures_as_they_were(
    leader: User,
    version: ReportVersion,
    entry: Entry,
    clerk: User,
    reviewer: User,
    panel: list[PanelMember],
    make_version: MakeVersion,
    signed_in: SignIn,
) -> None:
    with calendar.at(AFTER):
        asked = batches.correct(entry=entry, maker=clerk, reason="重复录入", now=AFTER)
    approve(asked, reviewer, panel)
    up = notices.publish(village=asked.village, period=periods.of(AFTER.date()), publisher=clerk, now=AFTER)
    with calendar.at(up.due_at):
        postings.post(notice=up, now=up.due_at)
    assert Entry.objects.get(reverses=entry).period == "2027-01"

    make_version(version.report.township, now=up.due_at)

    assert "总体数字和第 1 版一样" in signed_in(leader).get(ZHUOSHUI).content.decode()


def test_a_fragment_has_no_frame(leader: User, version: ReportVersion, signed_in: SignIn) -> None:
    part = signed_in(leader).get(ZHUOSHUI, headers=FRAGMENT)
    assert part["Vary"].split(", ")[:2] == ["HX-Request", "Cookie"]
    assert part.content.decode().strip().startswith('<div id="report"')


def test_download_is_an_attachment_under_its_own_name(leader: User, version: ReportVersion, signed_in: SignIn) -> None:
    response = signed_in(leader).get(f"{ZHUOSHUI}1/download.docx")
    content = b"".join(response.streaming_content)
    name = "%E6%BF%AF%E6%B0%B4%E9%95%872026%E5%B9%B4%E7%AC%AC%E5%9B%9B%E5%AD%A3%E5%BA%A6"
    assert response["Content-Disposition"].startswith(f"attachment; filename*=utf-8''{name}")
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")
    assert (content[:2], len(content)) == (b"PK", version.docx.size)
    assert AuditEvent.objects.get(action="report.download").actor == leader


def test_rows_for_another_system_hold_the_numbers_of_the_papers(
    leader: User, district_officer: User, version: ReportVersion, make_version: MakeVersion, signed_in: SignIn
) -> None:
    make_version(None)
    address = "/reports/2026Q4/table.xlsx"
    mine, all_of_them = (b"".join(signed_in(user).get(address)) for user in (leader, district_officer))
    book = openpyxl.load_workbook(io.BytesIO(mine))
    assert book.sheetnames == ["村（社区）", "乡镇街道", "口径"]
    head, *villages = book["村（社区）"].values
    assert head[:5] == ("统计期", "区划代码", "乡镇街道", "村（社区）", "实行积分制的村（个）")
    rows = {row[3]: dict(zip(head, row, strict=True)) for row in villages}
    assert rows["桐木村"]["区划代码"] == version.figures["rows"][-1]["code"]
    assert (rows["桐木村"]["加分（分）"], rows["三门社区"]["加分（分）"]) == (15, 0)
    assert [row[2] for row in openpyxl.load_workbook(io.BytesIO(all_of_them))["乡镇街道"].values] == [
        "单位",
        "黔江区",
        "濯水镇",
    ]
    assert b"".join(signed_in(leader).get(address)) == mine
    assert AuditEvent.objects.filter(action="report.download", target="2026年第四季度一表通数据.xlsx").count() == 3


def test_without_reports_there_are_no_rows(leader: User, signed_in: SignIn) -> None:
    assert signed_in(leader).get("/reports/2026Q4/table.xlsx").status_code == 404


def test_no_other_file_is_handed_out(leader: User, version: ReportVersion, signed_in: SignIn) -> None:
    client = signed_in(leader)
    assert [_status(client, f"{ZHUOSHUI}{name}") for name in ("1/download.odt", "2/download.docx")] == [404, 404]


LIST_QUERIES, REPORT_QUERIES = 13, 11


@pytest.mark.parametrize("townships", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    townships: int,
    district: District,
    district_officer: User,
    make_version: MakeVersion,
    posted: Notice,
    signed_in: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    third = Township.objects.create(code="500114001", name="城东街道", kind="street")
    Village.objects.create(
        township=third, code="500114001001", name="文汇社区", short_name="文汇社区", kind="community", uses_points=True
    )
    for township in [district.zhuoshui, district.shihui, third][:townships]:
        make_version(township)
    with calendar.at(AFTER):
        client = signed_in(district_officer)
        with django_assert_num_queries(LIST_QUERIES):
            client.get(LIST, headers=FRAGMENT)


@pytest.mark.parametrize("versions", [1, 3])
def test_a_report_costs_the_same_with_one_and_three_versions(
    versions: int,
    district: District,
    leader: User,
    make_version: MakeVersion,
    posted: Notice,
    signed_in: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    for day in range(versions):
        make_version(district.zhuoshui, now=AFTER + dt.timedelta(days=day))
    with calendar.at(AFTER):
        client = signed_in(leader)
        with django_assert_num_queries(REPORT_QUERIES):
            client.get(ZHUOSHUI, headers=FRAGMENT)


def _status(client: Client, path: str) -> int:
    response = client.get(path)
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


def _words(response: object) -> set[str]:
    """The texts between tags."""
    return {text.strip() for text in re.findall(r">([^<]+)<", response.content.decode()) if text.strip()}  # type: ignore[attr-defined]
