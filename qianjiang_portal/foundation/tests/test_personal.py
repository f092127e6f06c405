"""Numbers of people, told by the program and by the database alike."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from qianjiang_portal.foundation.personal import PHONE, is_phone, personal_data, plain_phone, without_numbers

TEXTS = [
    ("500114198001011234", "身份证号"),
    ("50011419800101123X", "身份证号"),
    ("500114 1980 0101 123x", "身份证号"),
    ("５００１１４１９８００１０１１２３４", "身份证号"),
    ("电话13812345678", "手机号"),
    ("+86 138-1234-5678", "手机号"),
    ("138 1234 5678", "手机号"),
    ("8613812345678", "手机号"),
    ("6222021234567890", "银行卡号"),
    ("6222 0212 3456 7890 123", "银行卡号"),
    ("", ""),
    ("参加公共劳动半天", ""),
    ("023-0000 0618", ""),
    ("GS-500114112202-202611-01", ""),
    ("500114106200-03-0017", ""),
    ("批次 2611-017 第 4 行", ""),
    ("2026-11-23 至 2026-11-30", ""),
    ("12812345678", ""),
    ("1381234567", ""),
]


@pytest.mark.parametrize(("said", "kind"), TEXTS)
def test_what_belongs_to_a_person(db, said, kind):
    with connection.cursor() as cursor:
        cursor.execute("SELECT foundation_personal_number(%s)", [said])
        assert cursor.fetchone()[0] == kind
    assert personal_data(said) == kind


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("023-79240000", True),
        ("+86 23 7924 0000", True),
        ("（０２３）７９２４００００转８０２１", True),
        ("12345", True),
        ("1234", False),
        ("79240000、79240001", False),
        ("打给我", False),
        ("- -", False),
        ("023-79240000 " * 2, False),
    ],
)
def test_what_is_a_telephone_number(db, said, is_one):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ %s", [plain_phone(said), PHONE])
        assert cursor.fetchone()[0] == is_one
    assert is_phone(said) == is_one


def test_a_form_says_which_text_and_what_to_do():
    with pytest.raises(ValidationError, match="备注里像是有手机号，去掉再保存"):
        without_numbers("备注")("打 13812345678")
    without_numbers("备注")("打村委会电话")
