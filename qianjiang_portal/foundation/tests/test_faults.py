"""The page of a fault: what it shows of large variables, and what that costs."""

import sys

import pytest
from django.views.debug import ExceptionReporter

from qianjiang_portal.foundation.faults import BriefReporter


class Row:
    written = 0

    def __repr__(self):
        Row.written += 1
        return "<row>"


class Unready:
    def __repr__(self):
        raise AttributeError("pk")


def page(reporter, register):
    """The page of a fault in a function that holds `register`."""
    unready = Unready()
    assert unready
    try:
        raise ValueError("没有想到的")
    except ValueError:
        Row.written = 0
        return reporter(None, *sys.exc_info()).get_traceback_html(), Row.written


def test_a_large_variable_is_told_by_its_beginning():
    html, written = page(BriefReporter, {"rows": [Row() for _ in range(5000)], "words": "冉光明 " * 100_000})

    assert written <= 20
    assert len(html) < 500_000
    assert "没有想到的" in html
    assert "&lt;row&gt;, &lt;row&gt;" in html
    assert "&lt;Unready instance at" in html


def test_the_framework_s_own_page_writes_all_of_it_out():
    _, written = page(ExceptionReporter, {"rows": [Row() for _ in range(5000)]})
    assert written >= 5000


def test_a_fault_in_a_page_is_reported_so(settings):
    assert settings.DEFAULT_EXCEPTION_REPORTER == "qianjiang_portal.foundation.faults.BriefReporter"


@pytest.mark.parametrize("text", ["短", "长" * 1000])
def test_a_text_keeps_its_beginning(text):
    html, _ = page(BriefReporter, text)
    assert f"&#x27;{text[:100]}" in html
