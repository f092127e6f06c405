"""Texts sealed outside the database's reach: opened by the key alone, bound to their column, told apart by a mark."""

import re

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms

from qianjiang_portal.foundation import ciphers, personal
from qianjiang_portal.foundation.ciphers import CannotOpen

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4
LABEL = "points_objection.phone"
PHONE = "138 0000 1234"


@pytest.fixture(autouse=True)
def keyed(settings):
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD, settings.FIELD_CIPHER = OLD, [], "aes"


@pytest.mark.parametrize("kind", ["aes", "sm4"])
def test_what_was_sealed_opens_again(settings, kind):
    settings.FIELD_CIPHER = kind
    sealed = ciphers.seal(PHONE, LABEL)

    assert ciphers.unseal(sealed, LABEL) == PHONE
    assert sealed.startswith({"aes": "qa1.", "sm4": "qs1."}[kind])
    assert re.fullmatch(ciphers.SEALED, sealed)
    assert "138" not in sealed


def test_the_same_text_is_never_sealed_the_same_way():
    assert len({ciphers.seal(PHONE, LABEL) for _ in range(20)}) == 20


def test_nothing_stays_nothing():
    assert (ciphers.seal("", LABEL), ciphers.mark("", LABEL)) == ("", "")


@pytest.mark.parametrize("length", [1, 2, 30, 300])
def test_every_length_fits_the_wall_of_the_database(length):
    assert re.fullmatch(ciphers.SEALED, ciphers.seal("字" * length, LABEL))


def test_a_text_moved_to_another_column_does_not_open():
    with pytest.raises(CannotOpen):
        ciphers.unseal(ciphers.seal(PHONE, LABEL), "demos_pairing.phone")


# Not the last letter: some of its bits stand for nothing, so that another letter may be the same text.
@pytest.mark.parametrize("at", [-2, 15, 40])
def test_a_changed_text_does_not_open(at):
    sealed = ciphers.seal(PHONE, LABEL)
    other = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 or len(sealed) :]
    with pytest.raises(CannotOpen, match="改动过"):
        ciphers.unseal(other, LABEL)


@pytest.mark.parametrize("text", ["qa1.", "qa1.00000000.", "qa1.x.y.z", "138 0000 1234", "qa9.12345678.abcd"])
def test_what_was_never_sealed_does_not_open(text):
    with pytest.raises(CannotOpen):
        ciphers.unseal(text, LABEL)


def test_another_key_opens_nothing_and_an_old_one_still_does(settings):
    sealed = ciphers.seal(PHONE, LABEL)
    settings.FIELD_KEY = NEW
    with pytest.raises(CannotOpen, match="密钥不对"):
        ciphers.unseal(sealed, LABEL)
    settings.FIELD_KEYS_OLD = [OLD]

    assert ciphers.unseal(sealed, LABEL) == PHONE
    assert not ciphers.is_present(sealed)
    assert ciphers.is_present(ciphers.seal(PHONE, LABEL))


def test_both_algorithms_open_whichever_is_set(settings):
    sealed = ciphers.seal(PHONE, LABEL)
    settings.FIELD_CIPHER = "sm4"

    assert ciphers.unseal(sealed, LABEL) == PHONE
    assert not ciphers.is_present(sealed)


def test_the_keys_of_the_two_algorithms_and_of_marks_differ():
    key = ciphers.Key.of(OLD)

    assert len({key.aes[:16], key.sm4, key.marks[:16]}) == 3
    assert (algorithms.AES(key.aes).key_size, algorithms.SM4(key.sm4).key_size) == (256, 128)


def test_a_mark_tells_the_same_number_and_needs_the_key(settings):
    mark = personal.phone_mark("138 0000 1234")

    assert mark == personal.phone_mark("１３８-0000-1234") == personal.phone_mark("+86 13800001234")
    assert mark != personal.phone_mark("138 0000 1235")
    assert personal.phone_mark("没有") == personal.phone_mark("12345") == ""
    settings.FIELD_KEY = NEW
    assert mark != personal.phone_mark("138 0000 1234")
