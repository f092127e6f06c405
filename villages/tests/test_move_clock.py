import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from qianjiang_portal.foundation import calendar


@pytest.fixture
def clock_file(settings: Any, tmp_path: Any) -> Any:
    settings.PORTAL_CLOCK = f"file:{tmp_path / 'clock'}"
    return tmp_path / "clock"


def test_the_clock_moves_on_from_where_it_is(clock_file: Any) -> None:
    out = StringIO()

    call_command("move_clock", "+8d", stdout=out)
    call_command("move_clock", "--", "-3h", "30m", stdout=out)

    assert calendar.offset() == dt.timedelta(days=8, hours=-2, minutes=-30)
    assert out.getvalue().splitlines()[0] == f"The portal's clock now says {calendar.now():%Y-%m-%d %H:%M}."


@pytest.mark.parametrize("by", ["tomorrow", "8", "+8w"])
def test_an_amount_nobody_understands_moves_nothing(clock_file: Any, by: str) -> None:
    with pytest.raises(CommandError, match="not a clock offset"):
        call_command("move_clock", by)

    assert not clock_file.exists()


def test_a_real_portal_keeps_its_time(clock_file: Any, settings: Any) -> None:
    settings.PORTAL_DEMO = False

    with pytest.raises(CommandError, match="Only a demonstration"):
        call_command("move_clock", "+8d")

    assert not clock_file.exists()
