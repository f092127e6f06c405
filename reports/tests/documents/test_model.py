from datetime import date
from decimal import Decimal

import pytest

from reports.documents.model import Heading, Kind, brackets, han_date, han_number, shown
from reports.tests.documents import samples


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (98640, Kind.COUNT, "98640"),
        (-2, Kind.COUNT, "−2"),
        (Decimal("0.63125"), Kind.RATE, "63.1%"),
        (Decimal("0.6315"), Kind.RATE, "63.2%"),
        (Decimal("3.005"), Kind.MEAN, "3.01"),
        (date(2026, 7, 3), Kind.DATE, "2026-07-03"),
        ("五福村", Kind.TEXT, "五福村"),
        (None, Kind.RATE, "—"),
    ],
)
def test_a_value_is_written_by_its_kind(value: object, kind: Kind, text: str) -> None:
    assert shown(value, kind) == text  # type: ignore[arg-type]


def test_heading_numbers_start_anew_under_each_higher_level() -> None:
    headings = [block.text for block in samples.document().numbered_blocks() if isinstance(block, Heading)]
    assert headings == ["一、基本情况", "（一）参与", "1.农户", "（二）积分", "二、各村情况", "（一）参与"]


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (35, "三十五")])
def test_numbers_in_chinese(number: int, text: str) -> None:
    assert han_number(number) == text


def test_document_numbers_take_the_brackets_of_the_standard() -> None:
    assert brackets("工委发﹝2021﹞20号") == "工委发〔2021〕20号"


def test_dates_have_no_leading_zeros() -> None:
    assert han_date(date(2021, 7, 5)) == "2021年7月5日"
