import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from conftest import District
from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.models import Job
from reports import packages
from reports.models import ReportPackage, Sender
from reports.tests.conftest import AFTER, MakeVersion
from reports.tests.test_summaries import handed_in
from villages.models import User

YEAR = periods.parse("2026Y")


def packed(by: User) -> ReportPackage:
    job = packages.request(period=YEAR, by=by, now=AFTER)
    with calendar.at(AFTER):
        held = jobs.claim(job.uuid, AFTER)
        assert held
        return packages.write(held, AFTER)


def test_everything_of_the_period_is_in_one_file(
    district: District, posted: Notice, make_version: MakeVersion, clerk: User, leader: User, district_officer: User
) -> None:
    make_version(None, YEAR)
    version = make_version(district.zhuoshui, YEAR)
    handed_in(Sender(township=district.zhuoshui), clerk, leader)
    made = packed(district_officer)
    with zipfile.ZipFile(made.file.content.open("rb")) as package:
        names = package.namelist()
        same = package.read("积分运行情况/濯水镇2026年乡村治理积分运行情况.docx")
    assert (made.papers, made.job.state, made.file.name) == (7, "running", "2026年报告和总结.zip")
    assert names == [
        "积分运行情况/濯水镇2026年乡村治理积分运行情况.docx",
        "积分运行情况/濯水镇2026年乡村治理积分运行情况.xlsx",
        "积分运行情况/濯水镇2026年乡村治理积分运行情况.pdf",
        "积分运行情况/黔江区2026年乡村治理积分运行情况.docx",
        "积分运行情况/黔江区2026年乡村治理积分运行情况.xlsx",
        "积分运行情况/黔江区2026年乡村治理积分运行情况.pdf",
        "工作总结/濯水镇2026年年终乡村治理工作总结.docx",
    ]
    assert same == version.docx.content.open("rb").read()
    assert Job.objects.get(kind=packages.KIND).state == "done"


def test_a_cancelled_package_is_not_made_and_can_be_asked_for_again(
    posted: Notice, make_version: MakeVersion, district_officer: User, signed_in: Callable[[User], Client]
) -> None:
    make_version(None, YEAR)
    client = signed_in(district_officer)
    with calendar.at(AFTER):
        client.post("/reports/2026Y/package/")
        job = Job.objects.get(kind=packages.KIND)
        held = jobs.claim(job.uuid, AFTER)
        assert held
        page = client.get("/reports/?period=2026Y").content.decode()
        assert f'action="/jobs/{job.uuid}/cancel/"' in page
        client.post(f"/jobs/{job.uuid}/cancel/")
        with pytest.raises(jobs.LeaseLost):
            packages.write(held, AFTER)
        assert "已取消打包" in client.get("/reports/?period=2026Y").content.decode()
        assert not ReportPackage.objects.exists()
        client.post("/reports/2026Y/package/")
    assert Job.objects.get(kind=packages.KIND).state == "queued"


def test_a_package_is_kept_for_some_days_and_its_room_given_back(
    posted: Notice, make_version: MakeVersion, district_officer: User, signed_in: Callable[[User], Client]
) -> None:
    version = make_version(None, YEAR)
    made = packed(district_officer)
    client, place = signed_in(district_officer), made.file.content
    with calendar.at(AFTER):
        assert "保留到 1月8日" in client.get("/reports/?period=2026Y").content.decode()
    assert packages.forget(now=AFTER + dt.timedelta(days=7)) == 0
    assert packages.forget(now=AFTER + dt.timedelta(days=8)) == 1
    assert (ReportPackage.objects.exists(), place.storage.exists(place.name)) == (False, False)
    assert version.docx.content.storage.exists(version.docx.content.name)
    with calendar.at(AFTER + dt.timedelta(days=8)):
        assert "打包全部报告和总结" in client.get("/reports/?period=2026Y").content.decode()
        client.post("/reports/2026Y/package/")
    assert Job.objects.filter(kind=packages.KIND, state="queued", version=2).exists()


def test_without_a_report_there_is_nothing_to_pack(district_officer: User) -> None:
    with pytest.raises(packages.CannotPack, match="2026年还没有生成报告"):
        packages.request(period=YEAR, by=district_officer, now=AFTER)


@pytest.mark.parametrize("person", ["leader", "clerk", "auditor", "stranger"])
def test_only_the_district_packs(person: str, cast: dict[str, User]) -> None:
    with pytest.raises(packages.CannotPack, match="只有区级"):
        packages.request(period=YEAR, by=cast[person], now=AFTER)


def test_the_list_offers_it_and_hands_it_out(
    make_version: MakeVersion,
    posted: Notice,
    district_officer: User,
    signed_in: Callable[[User], Client],
) -> None:
    make_version(None, YEAR)
    client = signed_in(district_officer)
    assert "打包全部报告和总结" in client.get("/reports/?period=2026Y").content.decode()
    made = packed(district_officer)
    assert "2026年报告和总结.zip" in client.get("/reports/?period=2026Y").content.decode()
    content = b"".join(client.get("/reports/2026Y/package.zip").streaming_content)
    assert (len(content), zipfile.ZipFile(io.BytesIO(content)).testzip()) == (made.file.size, None)
