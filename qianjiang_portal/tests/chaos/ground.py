"""Services to be killed, and a way to hold a process up at a step: a table that somebody else has locked."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from qianjiang_portal import testing_database
from qianjiang_portal.tests.chaos.portal import APART, ROOT, wait_for

ACTS = "qianjiang_portal.tests.chaos.acts"
PATIENCE = 300
# Whoever wants to write to the table waits, or to lock one of its rows; readers do not.
LOCK = "LOCK TABLE {} IN EXCLUSIVE MODE"
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
WHO_WAITS = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Ground:
    """PostgreSQL and broker of its own, below a short path, and processes that work on them."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="kills-"))
        kept = {name: value for name, value in os.environ.items() if name not in APART}
        self.environment = kept | {"PORTAL_DATA": str(self.home), "DJANGO_SETTINGS_MODULE": "qianjiang_portal.settings"}
        self.around = multiprocessing.get_context("forkserver")
        self.around.set_forkserver_preload([ACTS])
        self.url = self._embedded("print(embedded.database_url())").strip()
        testing_database.spare_the_disk(self.url)
        testing_database.fill(self.url)

    def ask(self, act: str, *given: Any) -> Any:
        """Let a process do something to its end, and hear the answer."""
        process = self.begin(act, *given)
        process.join(PATIENCE)
        assert process.exitcode == 0, f"{act} ended with {process.exitcode}"
        return process.answers.get()

    def begin(self, act: str, *given: Any) -> Any:
        from qianjiang_portal.tests.chaos import acts

        # Each has its own: one that outlives its database still says something, and nobody asks for it any more.
        answers = self.around.SimpleQueue()
        process = self.around.Process(target=acts.perform, args=(answers, act, *given))
        process.answers = answers
        # The fork server itself starts with the first process, and keeps the environment it finds then.
        present = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment)
        try:
            process.start()
        finally:
            os.environ.clear()
            os.environ.update(present)
        return process

    @contextmanager
    def held_up(self, *tables: str, act: tuple[Any, ...]) -> Iterator[Any]:
        """The process that does `act`, waiting for the last of these tables, which it needs one after the other."""
        holders = [self._lock(tables[0])]
        process = self.begin(*act)
        try:
            self._wait(tables[0])
            for table in tables[1:]:
                holders.append(self._lock(table))
                holders.pop(0).close()
                self._wait(table)
            yield process
        finally:
            holders.pop().close()
            process.kill()
            process.join(PATIENCE)

    def kill_database(self) -> None:
        """SIGKILL for every process of the server, then a start that recovers."""
        server = psutil.Process(int((self.home / "pg" / "data" / "postmaster.pid").read_text().split()[0]))
        for process in (server, *server.children(recursive=True)):
            process.kill()
        psutil.wait_procs([server], timeout=PATIENCE)
        self._embedded("embedded.start()")

    def kill_backend(self, table: str) -> None:
        """SIGKILL for the server process that waits for the table: all others are thrown out, then it recovers."""
        ((pid,),) = self.rows(WHO_WAITS, table)
        witness = psycopg2.connect(self.url)
        psutil.Process(pid).kill()
        # It goes on answering until it has noticed, and answers again when it has recovered.
        wait_for(lambda: is_thrown_out(witness), PATIENCE)
        wait_for(self._answers, PATIENCE)

    def _answers(self) -> bool:
        try:
            return self.rows("SELECT NOT pg_is_in_recovery()") == [(True,)]
        except psycopg2.OperationalError:
            return False

    def settled(self) -> None:
        """Whatever the dead left at the server has gone."""
        wait_for(lambda: self.rows(OTHERS) == [(0,)], PATIENCE)

    def rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.url)
        try:
            cursor = connection.cursor()
            cursor.execute(sql, given)
            return cursor.fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        self._embedded("embedded.stop()")
        shutil.rmtree(self.home, ignore_errors=True)

    def _lock(self, table: str) -> Any:
        connection = psycopg2.connect(self.url)
        connection.cursor().execute(f"SET lock_timeout = '{PATIENCE}s'; {LOCK.format(table)}")
        return connection

    def _wait(self, table: str) -> None:
        wait_for(lambda: self.rows(WAITS, table)[0][0] == 1, PATIENCE)

    def _embedded(self, code: str) -> str:
        command = [sys.executable, "-c", f"from qianjiang_portal import embedded; {code}"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def is_thrown_out(connection: Any) -> bool:
    try:
        connection.cursor().execute("SELECT 1")
    except psycopg2.Error:
        connection.close()
        return True
    return False
