import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.periods import Period
from reports import composing, reports
from reports.models import Report, ReportVersion
from villages.models import Township, User

QUARTER = Report.Kind.QUARTER
Q4 = periods.parse("2026Q4")
AFTER = dt.datetime(2027, 1, 1, 8, 30, tzinfo=calendar.SHANGHAI)

MakeVersion = Callable[..., ReportVersion]


@pytest.fixture(autouse=True)
def _files_apart(settings: Any, tmp_path: Path) -> None:
    """What a test stores goes with the test."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"default": default}


@pytest.fixture
def make_version(district_officer: User) -> MakeVersion:
    """A kept version, made as the worker makes it but without its snapshot: a test's transaction has begun already."""

    def make(township: Township | None, period: Period = Q4, now: dt.datetime = AFTER) -> ReportVersion:
        with calendar.at(now):
            job = reports.request(kind=period.kind, township=township, period=period, by=district_officer, now=now)
            held = jobs.claim(job.uuid, now)
            assert held
            contents = composing.compose(township, period, now)
            version = reports.version_of(held.job, contents, now)
            return reports.keep(held, version, reports.papers(version))

    return make


@pytest.fixture
def version(make_version: MakeVersion, posted: Notice) -> ReportVersion:
    """濯水镇's summary of the quarter in which 桐木村's three entries of +5 were posted."""
    return make_version(posted.village.township)
