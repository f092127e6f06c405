import datetime as dt
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, InternalError

from conftest import District
from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.models import AuditEvent, File, Job
from reports import reports
from reports.models import Report, ReportVersion
from reports.snapshot import snapshot
from reports.tests.conftest import AFTER, Q4, QUARTER, MakeVersion
from villages import roster
from villages.models import Household, User

LATER = AFTER + dt.timedelta(days=1)


def request(by: User, township: object = None, period: periods.Period = Q4) -> Job:
    return reports.request(kind=QUARTER, township=township, period=period, by=by, now=AFTER)  # type: ignore[arg-type]


def test_request_writes_a_job_and_who_asked(district_officer: User) -> None:
    job = request(district_officer)
    event = AuditEvent.objects.get(action="report.request")
    assert (job.kind, job.scope, job.period, job.version) == ("quarter-report", "500114", "2026Q4", 1)
    assert (event.actor, event.place) == (district_officer, "500114")


def test_asking_twice_waits_for_the_same_job(district_officer: User) -> None:
    assert request(district_officer) == request(district_officer)


def test_asking_again_after_a_version_makes_the_next(district_officer: User, make_version: MakeVersion) -> None:
    make_version(None)
    assert request(district_officer).version == 2


def test_a_job_that_failed_is_tried_again_as_the_same_version(district_officer: User) -> None:
    job = request(district_officer)
    Job.objects.update(state=Job.State.FAILED, error="OperationalError: gone")
    again = request(district_officer)
    assert (again.pk, again.version, again.state, again.error) == (job.pk, 1, Job.State.QUEUED, "")


@pytest.mark.parametrize("person", ["clerk", "reviewer", "auditor", "stranger", "counter"])
def test_others_may_not_ask(person: str, cast: dict[str, User], district: District) -> None:
    with pytest.raises(reports.CannotMake, match="只能生成本单位的报告"):
        request(cast[person], district.zhuoshui)


def test_a_leader_may_ask_for_the_own_township_only(leader: User, district: District) -> None:
    assert request(leader, district.zhuoshui).scope == "500114112"
    for place in (None, district.shihui):
        with pytest.raises(reports.CannotMake):
            request(leader, place)


def test_a_quarter_that_has_not_begun_is_refused(district_officer: User) -> None:
    with pytest.raises(reports.CannotMake, match="2027年第二季度还没有开始"):
        request(district_officer, period=periods.parse("2027Q2"))


def test_a_township_without_points_has_nothing_to_report(district_officer: User, district: District) -> None:
    district.shihui.villages.update(uses_points=False)
    with pytest.raises(reports.CannotMake, match="石会镇还没有实行积分制的村（社区）"):
        request(district_officer, district.shihui)
    queued = reports.request_missing(kind=QUARTER, period=Q4, by=district_officer, now=AFTER)
    assert [job.scope for job in queued] == ["500114", "500114112"]


def test_request_missing_leaves_out_what_is_there(
    district_officer: User, make_version: MakeVersion, district: District
) -> None:
    make_version(district.zhuoshui)
    queued = reports.request_missing(kind=QUARTER, period=Q4, by=district_officer, now=AFTER)
    assert [job.scope for job in queued] == ["500114", "500114106"]


def test_a_version_is_kept_with_its_papers(version: ReportVersion) -> None:
    report, job = Report.objects.get(), Job.objects.get()
    assert report.current == version
    assert (job.state, job.cutoff) == (Job.State.DONE, AFTER)
    assert {file.name for file in File.objects.all()} == {
        "濯水镇2026年第四季度乡村治理积分运行情况.docx",
        "濯水镇2026年第四季度乡村治理积分运行情况.xlsx",
        "濯水镇2026年第四季度乡村治理积分运行情况.pdf",
    }
    assert {file.place for file in File.objects.all()} == {"500114112"}


def test_it_ends_with_words_that_the_signature_goes_with(version: ReportVersion) -> None:
    assert version.figures["seals"]
    assert "text" in version.texts["blocks"][-1]


def test_papers_depend_on_the_version_alone(version: ReportVersion, posted: Notice) -> None:
    roster.move_out(household=Household.objects.first(), on=AFTER.date())
    with calendar.at(LATER):
        again = reports.papers(ReportVersion.objects.get(pk=version.pk))
    assert again.docx == Path(version.docx.content.path).read_bytes()
    assert again.pdf == Path(version.pdf.content.path).read_bytes()
    assert again.xlsx == Path(version.xlsx.content.path).read_bytes()


def test_a_later_version_leaves_the_earlier_as_it_was(version: ReportVersion, make_version: MakeVersion) -> None:
    before = ReportVersion.objects.values("figures", "texts", "cutoff").get(pk=version.pk)
    newer = make_version(version.report.township, now=LATER)
    assert newer.number == 2
    assert Report.objects.get().current == newer
    assert ReportVersion.objects.values("figures", "texts", "cutoff").get(pk=version.pk) == before


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_kept_version_never_changes(version: ReportVersion, change: str) -> None:
    kept = ReportVersion.objects.filter(pk=version.pk)
    with pytest.raises(IntegrityError, match="a version of a report never changes"), transaction.atomic():
        kept.update(texts={}) if change == "update" else kept._raw_delete(kept.db)


def test_a_worker_that_lost_its_lease_keeps_nothing(
    district_officer: User, make_version: MakeVersion, tmp_path: Path
) -> None:
    first = jobs.claim(request(district_officer).uuid, AFTER)
    second = jobs.claim(first.job.uuid, AFTER + dt.timedelta(hours=1))
    assert second
    version = reports.version_of(first.job, reports.composing.compose(None, Q4, AFTER), AFTER)
    with pytest.raises(jobs.LeaseLost):
        reports.keep(first, version, reports.papers(version))
    assert not ReportVersion.objects.exists()
    assert not File.objects.exists()
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_the_job_writes_the_report(district_officer: User, posted: Notice) -> None:
    with calendar.at(AFTER):
        assert jobs.run(request(district_officer, posted.village.township).uuid)
        assert not jobs.run(Job.objects.get(kind="quarter-report").uuid)  # the message came twice
    version = ReportVersion.objects.get()
    assert (version.number, version.figures["values"]["awards"], version.cutoff) == (1, 15, AFTER)
    assert version.report.current == version


@pytest.mark.django_db(transaction=True)
def test_without_a_snapshot_a_report_would_mix_two_moments(district: District) -> None:
    with transaction.atomic():
        assert _moved_meanwhile(district) == (14, 13)


@pytest.mark.django_db(transaction=True)
def test_in_a_snapshot_all_numbers_are_of_one_moment(district: District) -> None:
    with snapshot():
        assert _moved_meanwhile(district) == (14, 14)


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_write(district: District) -> None:
    with pytest.raises(InternalError, match="read-only"), snapshot():
        Household.objects.update(members=1)


def _moved_meanwhile(district: District) -> tuple[int, int]:
    """Households on the register before and after somebody else takes one off it."""
    before = Household.objects.active().count()
    mover = threading.Thread(target=_move_one)
    mover.start()
    mover.join()
    return before, Household.objects.active().count()


def _move_one() -> None:
    try:
        with calendar.at(AFTER):
            roster.move_out(household=Household.objects.order_by("pk").first(), on=AFTER.date())
    finally:
        connection.close()
