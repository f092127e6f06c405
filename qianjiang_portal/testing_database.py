"""A database with every migration applied, kept beside the tests' own: each run and each test process copies it.

Migrating takes as long as a few hundred tests; copying takes a second. The template's name tells which migrations and
packages it was made with, so that a change of either makes a new one and drops the old.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "portal_template_"
LEFT = """SELECT datname FROM pg_database
    WHERE starts_with(datname, %s) AND oid NOT IN (SELECT datid FROM pg_stat_activity WHERE datid IS NOT NULL)"""
LOCK = 5001140  # advisory, so that processes that start together make it once


def template(url: str) -> str:
    """The name of the migrated database on the server of `url`, made where it is not there yet."""
    name = PREFIX + _fingerprint()
    with _locked(url) as cursor:
        kept = _templates(cursor)
        if name not in kept:
            _make(cursor, url, name)
        for old in kept - {name}:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
    return name


def own_url() -> str:
    """Of the database beside which the tests make theirs."""
    from qianjiang_portal import embedded

    return os.environ.get("DATABASE_URL") or embedded.database_url()


def of_processes(url: str) -> str:
    """How the names of databases begin that pytest-django makes for the processes of a run."""
    return f"test_{urlsplit(url).path.removeprefix('/')}_gw"


def clear(url: str, beginning: str) -> None:
    """Drop the databases whose names begin so, but for those somebody is in."""
    with _locked(url) as cursor:
        cursor.execute(LEFT, [beginning])
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _fingerprint() -> str:
    """Of all that decides what a migrated database looks like."""
    from django.apps import apps

    folders = [Path(app.path) / "migrations" for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT)]
    files = [ROOT / "requirements.txt", *(file for folder in folders for file in sorted(folder.glob("*.py")))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def fill(url: str) -> None:
    """Put what the migrations make into an empty database of another server, which a test has for itself."""
    from qianjiang_portal import embedded

    own = own_url()
    binaries = embedded.postgres().binaries
    dump = (binaries / "pg_dump", "--no-owner", "--dbname", _at(own, template(own)))
    into = (binaries / "psql", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--dbname", url)
    made = subprocess.run(dump, capture_output=True, check=True).stdout
    subprocess.run(into, input=made, capture_output=True, check=True)


def spare_the_disk(url: str) -> None:
    """Let a server that a test has for itself no longer wait for the disk.

    What a killed process has written is with the system; only a power cut, which no test makes, would lose it.
    """
    connection = psycopg2.connect(url)
    connection.autocommit = True
    for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
        connection.cursor().execute(statement)
    connection.close()


@contextmanager
def _locked(url: str) -> Iterator[Any]:
    connection = psycopg2.connect(_at(url, "postgres"))
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield cursor
    finally:
        connection.close()


def _templates(cursor: Any) -> set[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    return {row[0] for row in cursor.fetchall()}


def _make(cursor: Any, url: str, name: str) -> None:
    """Under another name until it is whole: a run that is killed leaves nothing that looks finished."""
    draft = f"draft_{name}"
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
    cursor.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(draft)))
    env = os.environ | {"DATABASE_URL": _at(url, draft), "PYTHONWARNINGS": "ignore"}
    migrate = (sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks")
    done = subprocess.run(migrate, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the tests' database could not be migrated:\n{done.stderr[-4000:]}")
    cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


def _at(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
