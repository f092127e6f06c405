"""Typed readers of the environment: the one place where the portal looks at os.environ.

What is missing or unusable ends the process with one line, not a traceback: whoever starts the portal reads it.
"""

import getpass
import hashlib
import os
import secrets
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off", ""})


class CannotStart(SystemExit):
    """The portal cannot start; the text is the one line for whoever tried."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in YES | NO:
        raise CannotStart(f"{name}={value} is neither yes nor no: use 1 or 0.")
    return value in YES


def number(name: str, default: int) -> int:
    value = text(name) or str(default)
    try:
        return int(value)
    except ValueError:
        raise CannotStart(f"{name}={value} is not a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def data_dir() -> Path:
    """The one folder that holds what the portal keeps: PORTAL_DATA, else var/ beside the code; tests have their own."""
    path = Path(text("PORTAL_DATA") or ROOT / "var").expanduser().absolute()
    return folder(path / "test" if flag("PORTAL_TEST_SERVICES") else path)


def folder(path: Path) -> Path:
    """The folder, made if need be, with a refusal in one line where it cannot be used."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        cannot_use(path, error.strerror)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        cannot_use(path, f"{account()} may not write there")
    return path


def cannot_use(path: Path, reason: str | None) -> NoReturn:
    raise CannotStart(f"The data folder {path} cannot be used: {reason}. PORTAL_DATA names another one.")


def account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def secret(name: str, debug: bool) -> str:
    """A secret from the environment; while debugging, one that is made once and kept in the data folder.

    Outside debugging a missing or guessable secret is refused.
    """
    value = text(name)
    if not value and debug:
        return kept_secret(data_dir() / "secrets" / name.lower())
    if len(value) < 50 or len(set(value)) < 10 or value.startswith("django-insecure"):
        raise CannotStart(f"{name} must be set to at least 50 random characters.")
    return value


def hex_key(name: str, size: int = 32) -> str:
    """A key of `size` bytes as hex digits, or nothing. One that could be guessed or mistyped is refused."""
    return _checked_key(name, text(name), size)


def hex_keys(name: str, size: int = 32) -> list[str]:
    """Keys separated by commas, each checked like one."""
    return [_checked_key(name, value, size) for value in words(name)]


def _checked_key(name: str, value: str, size: int) -> str:
    try:
        right = len(bytes.fromhex(value)) == size and len(set(value)) >= 8
    except ValueError:
        right = False
    if value and not right:
        raise CannotStart(f"{name} must be {2 * size} random hex digits, as `openssl rand -hex {size}` makes them.")
    return value


def field_key(name: str, debug: bool) -> str:
    """The key of sealed columns, as hex digits; while debugging, one that is made once and kept in the data folder."""
    value = hex_key(name)
    if not value and debug:
        return hashlib.sha256(kept_secret(data_dir() / "secrets" / name.lower()).encode()).hexdigest()
    if not value:
        raise CannotStart(f"{name} must be set to 64 random hex digits, as `openssl rand -hex 32` makes them.")
    return value


def one_of(name: str, allowed: tuple[str, ...]) -> str:
    """One of a few words; the first where nothing is said."""
    value = text(name, allowed[0])
    if value not in allowed:
        raise CannotStart(f"{name}={value} is not one of {', '.join(allowed)}.")
    return value


def kept_secret(path: Path, length: int = 48) -> str:
    """The secret in a file that only its owner reads, made on first use; safe against a race."""
    folder(path.parent)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if not path.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(length))
            link_once(draft, path)
        return path.read_text()
    except OSError as error:
        cannot_use(path, error.strerror)


def link_once(draft: Path, path: Path) -> None:
    # A link appears whole or not at all, so that nobody reads half a secret.
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
