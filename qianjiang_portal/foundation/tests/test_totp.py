"""Codes as RFC 6238 gives them, and how far a telephone's clock may be off."""

import base64
import datetime as dt
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from qianjiang_portal.foundation import totp

# Appendix B of RFC 6238, SHA-1, the last six of its eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


def moment(seconds):
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_the_codes_of_the_rfc(seconds, code):
    assert totp.code(RFC_SECRET, seconds // 30) == code
    assert totp.matching_step(RFC_SECRET, code, moment(seconds)) == seconds // 30


@pytest.mark.parametrize(("late", "opens"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_half_a_minute_off_still_opens(late, opens):
    found = totp.matching_step(RFC_SECRET, totp.code(RFC_SECRET, 1000), moment(30_000 + late))

    assert found == (1000 if opens else None)


@pytest.mark.parametrize("given", ["", "28708", "2870822", "abcdef", "２８７０８２"])
def test_what_is_no_code_opens_nothing(given):
    assert totp.matching_step(RFC_SECRET, given, moment(59)) is None


def test_a_secret_is_never_the_same_and_long_enough():
    made = {totp.new_secret() for _ in range(20)}

    assert len(made) == 20
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_the_telephone_is_told_everything_it_needs():
    parts = urlsplit(totp.address(RFC_SECRET, "district", "黔江乡村治理平台"))

    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/黔江乡村治理平台:district")
    assert parse_qs(parts.query)["secret"] == [RFC_SECRET]
    assert totp.picture(parts.geturl()).startswith("data:image/svg+xml")
