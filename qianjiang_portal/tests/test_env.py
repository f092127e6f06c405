from pathlib import Path

import pytest

from qianjiang_portal import env

STRONG = "k3Vq8ZtW1nYp5RbX7cLm2GdH9fJs4aQe6uTo0iEwPvBxNzMyCr"


@pytest.mark.parametrize(("given", "read"), [("1", True), ("Yes", True), ("0", False), ("", False), ("off", False)])
def test_flag_reads_yes_and_no(monkeypatch: pytest.MonkeyPatch, given: str, read: bool):
    monkeypatch.setenv("PORTAL_X", given)

    assert env.flag("PORTAL_X") is read


def test_flag_refuses_what_is_neither(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_X", "maybe")

    with pytest.raises(env.CannotStart, match="PORTAL_X=maybe is neither yes nor no"):
        env.flag("PORTAL_X")


def test_number_refuses_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_X", "eight")

    with pytest.raises(env.CannotStart, match="PORTAL_X=eight is not a whole number"):
        env.number("PORTAL_X", 8000)


def test_number_of_an_empty_text_is_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_X", "")

    assert env.number("PORTAL_X", 8000) == 8000


def test_data_folder_of_tests_is_not_the_portals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))

    assert env.data_dir() == tmp_path / "data" / "test"


def test_data_folder_is_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))

    assert env.data_dir().stat().st_mode & 0o077 == 0


def test_data_folder_that_is_a_file_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "data").write_text("")
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "data"))

    with pytest.raises(env.CannotStart) as refused:
        env.data_dir()

    assert "cannot be used" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_secret_is_made_once_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    monkeypatch.delenv("SECRET_X", raising=False)

    first, second = env.secret("SECRET_X", debug=True), env.secret("SECRET_X", debug=True)

    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "test/secrets/secret_x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("weak", ["", "short", "a" * 60, "django-insecure-" + STRONG])
def test_secret_is_refused_when_it_can_be_guessed(monkeypatch: pytest.MonkeyPatch, weak: str):
    monkeypatch.setenv("SECRET_X", weak)

    with pytest.raises(env.CannotStart, match="SECRET_X must be set"):
        env.secret("SECRET_X", debug=False)


def test_secret_from_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_X", STRONG)

    assert env.secret("SECRET_X", debug=False) == STRONG


KEY = "0123456789abcdef" * 4


def test_a_key_of_sealed_columns_is_asked_for_outside_debugging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    monkeypatch.delenv("FIELD_KEY", raising=False)
    with pytest.raises(env.CannotStart, match="FIELD_KEY must be set to 64 random hex digits"):
        env.field_key("FIELD_KEY", debug=False)

    kept = env.field_key("FIELD_KEY", debug=True)
    assert kept == env.field_key("FIELD_KEY", debug=True)
    assert len(bytes.fromhex(kept)) == 32
    monkeypatch.setenv("FIELD_KEY", KEY)
    assert env.field_key("FIELD_KEY", debug=False) == KEY


@pytest.mark.parametrize("weak", ["secret", "00" * 32, "01" * 32, KEY[:-2], f"{KEY}zz"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_weak_key_is_refused(monkeypatch: pytest.MonkeyPatch, weak: str, debug: bool):
    monkeypatch.setenv("FIELD_KEY", weak)
    with pytest.raises(env.CannotStart, match="must be 64 random hex digits"):
        env.field_key("FIELD_KEY", debug=debug)


def test_older_keys_are_checked_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FIELD_KEYS_OLD", f"{KEY}, {KEY[::-1]}")
    assert env.hex_keys("FIELD_KEYS_OLD") == [KEY, KEY[::-1]]
    monkeypatch.setenv("FIELD_KEYS_OLD", f"{KEY},weak")
    with pytest.raises(env.CannotStart):
        env.hex_keys("FIELD_KEYS_OLD")


def test_an_unknown_cipher_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FIELD_CIPHER", "des")
    with pytest.raises(env.CannotStart, match="FIELD_CIPHER=des is not one of aes, sm4"):
        env.one_of("FIELD_CIPHER", ("aes", "sm4"))
    monkeypatch.delenv("FIELD_CIPHER")
    assert env.one_of("FIELD_CIPHER", ("aes", "sm4")) == "aes"
