import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from points.models import Notice
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.testing_kept import kept
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
    """Makes kept versions for the district's officer."""

    def make(township: Township | None, period: Period = Q4, now: dt.datetime = AFTER) -> ReportVersion:
        return written(district_officer, township, period, now)

    return make


def written(by: User, township: Township | None, period: Period = Q4, now: dt.datetime = AFTER) -> ReportVersion:
    """A kept version, made as the worker makes it but without its snapshot: a test's transaction has begun already."""
    with calendar.at(now):
        job = reports.request(kind=period.kind, township=township, period=period, by=by, now=now)
        held = jobs.claim(job.uuid, now)
        assert held
        contents = composing.compose(township, period, now)
        version = reports.version_of(held.job, contents, now)
        return reports.keep(held, version, reports.papers(version))


@dataclass(frozen=True)
class Reported:
    """A version and what lies in its files: rows of a `@kept` fixture stand again by themselves, files do not."""

    version: ReportVersion
    stored: dict[str, bytes]

    @classmethod
    def of(cls, version: ReportVersion) -> Self:
        contents = [file.content for file in (version.docx, version.xlsx, version.pdf) if file]
        return cls(version, {content.name: Path(content.path).read_bytes() for content in contents})

    def with_its_files(self) -> ReportVersion:
        for name, content in self.stored.items():
            if not default_storage.exists(name):
                default_storage.save(name, ContentFile(content))
        return self.version


@pytest.fixture
@kept
def reported(district_officer: User, posted: Notice) -> Reported:
    return Reported.of(written(district_officer, posted.village.township))


@pytest.fixture
def version(reported: Reported) -> ReportVersion:
    """濯水镇's summary of the quarter in which 桐木村's three entries of +5 were posted."""
    return reported.with_its_files()
