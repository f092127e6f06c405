import pytest

from conftest import NOW, TODAY
from points import registers
from points.models import RegisterFile
from qianjiang_portal.foundation import jobs


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }


@pytest.fixture
def send(clerk, district):
    """Take a sheet in and let the worker compare it."""

    def take(content, kind="roster", *, maker=clerk, village=None, name="桐木村名册.xlsx"):
        village = village or district.tongmu
        day = TODAY if kind == "opening" else None
        return work(
            registers.begin(kind=kind, village=village, maker=maker, name=name, content=content, day=day, now=NOW)
        )

    return take


def work(source):
    """Do the queued job, as the worker would."""
    assert jobs.run(source.job.uuid)
    return RegisterFile.objects.select_related("village", "job", "maker").get(pk=source.pk)


def told(source):
    """Line, what it does, and its codes or changes."""
    return [
        (one.line, one.does, *(each["code"] for each in one.problems), *(label for label, _, _ in one.changes))
        for one in source.lines.order_by("line")
    ]
