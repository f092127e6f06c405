import datetime as dt
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.templatetags import portal

LATE_EVENING_UTC = dt.datetime(2026, 11, 22, 17, 5, tzinfo=dt.UTC)


def draw(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


@pytest.mark.parametrize(("value", "text"), [(5, "+5"), (-2, "−2"), (0, "0"), (1208, "+1,208"), (None, "—")])
def test_signed_always_shows_the_sign(value: int | None, text: str) -> None:
    assert portal.signed(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.529, "52.9%"), (1, "100.0%"), (Decimal("0.6325"), "63.3%"), (None, "—")]
)
def test_percent_rounds_halves_up(ratio: float | None, text: str) -> None:
    assert portal.percent(ratio) == text


def test_percent_may_leave_the_decimals_out() -> None:
    assert portal.percent(0.8721, 0) == "87%"


def test_thousands_writes_a_true_minus() -> None:
    assert (portal.thousands(279986), portal.thousands(-1212)) == ("279,986", "−1,212")


def test_days_are_those_of_shanghai() -> None:
    written = [write(LATE_EVENING_UTC) for write in (portal.day, portal.day_zh, portal.week, portal.moment)]
    assert written == ["2026-11-23", "11月23日", "周一", "11-23 01:05"]


def test_days_take_plain_dates_and_nothing() -> None:
    assert portal.day_full(dt.date(2026, 7, 5)) == "2026年7月5日"
    assert [portal.day(None), portal.day_zh(None), portal.week(None)] == ["—", "—", ""]


def test_clock_reads_shanghai_time() -> None:
    assert portal.clock(calendar.moment(dt.date(2026, 11, 23), 10, 42)) == "10:42"


@pytest.mark.parametrize("value", list(portal.STATES))
def test_every_state_has_an_icon_and_a_word(value: str) -> None:
    word, kind = portal.STATES[value]
    drawn = draw("{% state value %}", value=value)
    assert f'class="c-tag c-tag--{kind}"' in drawn
    assert f"icons.svg#{value}" in drawn
    assert drawn.endswith(f"{word}</span>")


def test_row_state_is_quiet() -> None:
    assert 'class="c-st c-st--ok"' in draw('{% row_state "effective" %}')


def test_dimension_takes_its_key_or_its_word() -> None:
    drawn = '<span class="c-dim c-dim--law">法治</span>'
    assert draw('{% dimension "law" %}{% dimension "法治" %}') == drawn * 2
    assert draw('{% dimension "" %}') == '<span class="is-2">—</span>'


def test_icon_is_silent_unless_it_stands_alone() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "check" %}')
    assert 'role="img" aria-label="已保存"' in draw('{% icon "check" label="已保存" %}')


def test_tag_escapes_its_word() -> None:
    assert "&lt;b&gt;" in draw("{% tag 'info' word %}", word="<b>")


def test_a_number_in_a_sentence_is_not_broken_at_its_hyphens() -> None:
    whole = '<span class="u-nowrap">{}</span>'.format
    said = draw("{{ said|unbroken }}", said="编号 YY-2026-0031，2026-12-05 前答复，-2 分 <b>")

    assert said == f"编号 {whole('YY-2026-0031')}，{whole('2026-12-05')} 前答复，-2 分 &lt;b&gt;"


def test_what_a_sentence_brings_along_stays_as_it_is() -> None:
    link = mark_safe('<a href="/gs/GS-500114112202-202611-02/">看</a>')

    assert portal.unbroken(link) == link
