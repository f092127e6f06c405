"""Whether a start may skip deploy/prepare.py: nothing changed since it last went through, and the database shows it."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "qianjiang_portal",
    "villages",
    "points",
    "demos",
    "reports",
    "templates",
    "static",
    "deploy",
    ".venv/pyvenv.cfg",
)
VARIABLES = ("DEBUG", "PORTAL_DEMO", "PORTAL_DEMO_PASSWORD")
TRACES = """
    SELECT (SELECT count(*) FROM django_migrations),
           EXISTS (SELECT FROM villages_township), EXISTS (SELECT FROM villages_user)
"""


def remember(data: Path, database_url: str) -> None:
    stamp(data).write_text(fingerprint(database_url))


def is_prepared(data: Path, database_url: str) -> bool:
    try:
        return (data / "static" / ".collected").exists() and stamp(data).read_text() == fingerprint(database_url)
    except OSError:
        return False


def stamp(data: Path) -> Path:
    return data / "prepared"


def fingerprint(database_url: str) -> str:
    digest = hashlib.sha256(f"{database_url} {traces(database_url)}".encode())
    for name in VARIABLES:
        digest.update(f"{name}={os.environ.get(name)}\n".encode())
    for file in sorted(files()):
        state = file.stat()
        digest.update(f"{file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def files() -> Iterator[Path]:
    for name in SOURCES:
        source = ROOT / name
        found = source.rglob("*") if source.is_dir() else [source]
        yield from (file for file in found if "__pycache__" not in file.parts and file.is_file())


def traces(database_url: str) -> str:
    """What the database itself shows of having been prepared: emptied or exchanged, it is prepared again."""
    import psycopg2

    try:
        connection = psycopg2.connect(database_url)
        with connection.cursor() as cursor:
            cursor.execute(TRACES)
            found = str(cursor.fetchone())
        connection.close()
    except psycopg2.Error:
        # Never equal to anything: what cannot be seen is prepared again.
        return os.urandom(8).hex()
    return found
