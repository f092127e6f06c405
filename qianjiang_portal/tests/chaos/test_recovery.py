"""A second PostgreSQL: back to a moment as `docs/operations.md` says, and a copy that follows along."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from qianjiang_portal import local_account
from qianjiang_portal.local_postgres import Postgres

pytestmark = pytest.mark.chaos

WRITE = "INSERT INTO line SELECT g FROM generate_series(%s, %s) AS g"


class Server:
    """A PostgreSQL of the wheel with a table in it, and the log of everything archived beside it."""

    def __init__(self, home: Path) -> None:
        self.postgres = Postgres(home)
        self.archive = home / "wal"

    def ask(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.postgres.url(self.postgres.port() or 0))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, given)
            found = cursor.fetchall() if cursor.description else []
        connection.close()
        return found

    def count(self) -> int:
        return int(self.ask("SELECT count(*) FROM line")[0][0])

    def configure(self, **settings: str) -> None:
        with (self.postgres.data / "postgresql.auto.conf").open("a") as written:
            written.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def base_backup(self, into: Path, *options: str) -> None:
        address = self.postgres.url(self.postgres.port() or 0)
        command = [
            str(self.postgres.binaries / "pg_basebackup"),
            "-D",
            str(into),
            "-c",
            "fast",
            "-d",
            address,
            *options,
        ]
        done = self.postgres.run(command)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Server]:
    server = Server(home(tmp_path / "first"))
    server.postgres.start()
    server.archive.mkdir()
    local_account.give(server.postgres.home, server.postgres.way.owner)
    server.configure(archive_mode="on", archive_command=f"test ! -f {server.archive}/%f && cp %p {server.archive}/%f")
    server.postgres.stop()
    server.postgres.start()
    server.ask("CREATE TABLE line (id bigint PRIMARY KEY)")
    yield server
    server.postgres.stop()


@pytest.fixture
def second(tmp_path: Path, first: Server) -> Iterator[Server]:
    server = Server(home(tmp_path / "second"))
    shutil.copy(first.postgres.home / "password", server.postgres.home)
    local_account.give(server.postgres.home, server.postgres.way.owner)
    yield server
    server.postgres.stop()


def home(path: Path) -> Path:
    path.mkdir()
    for parent in (path, *path.parents[:2]):
        os.chmod(parent, 0o755)
    return path


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_back_to_a_moment(first: Server, second: Server) -> None:
    first.ask(WRITE, 1, 100)
    first.base_backup(second.postgres.data, "-X", "none")
    first.ask(WRITE, 101, 200)
    ((moment,),) = first.ask("SELECT clock_timestamp()::text")
    time.sleep(0.1)
    first.ask("DELETE FROM line")
    ((last,),) = first.ask("SELECT pg_walfile_name(pg_switch_wal())")
    until((first.archive / last).exists)
    first.postgres.stop()

    second.configure(
        restore_command=f"cp {first.archive}/%f %p", recovery_target_time=moment, recovery_target_action="promote",
        archive_mode="off",
    )  # fmt: skip
    (second.postgres.data / "recovery.signal").touch()
    local_account.give(second.postgres.home, second.postgres.way.owner)
    second.postgres.start()

    until(lambda: second.ask("SELECT pg_is_in_recovery()") == [(False,)])
    assert second.count() == 200
    second.ask(WRITE, 201, 201)


def test_a_copy_follows_along_and_refuses_to_be_written(first: Server, second: Server) -> None:
    first.ask(WRITE, 1, 100)
    first.base_backup(second.postgres.data, "-X", "stream", "-R")
    local_account.give(second.postgres.home, second.postgres.way.owner)
    second.postgres.launch()
    assert second.count() == 100

    first.ask(WRITE, 101, 200)
    until(lambda: second.count() == 200)
    ((state,),) = first.ask("SELECT state FROM pg_stat_replication")
    ((stamp,),) = second.ask("SELECT pg_last_xact_replay_timestamp() IS NOT NULL")
    assert (state, stamp) == ("streaming", True)
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        second.ask(WRITE, 201, 201)
