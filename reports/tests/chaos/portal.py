"""A portal of its own to be disturbed: data folder, database, broker, workers."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis

from qianjiang_portal import testing_database

LEASE_SECONDS = 10
PATIENCE = 150
CELERY = (sys.executable, "-m", "celery", "--app", "qianjiang_portal")
WORKER = (
    *CELERY,
    "worker",
    "--queues",
    "default,reports",
    "--concurrency",
    "2",
    "--without-gossip",
    "--without-mingle",
)
# children first: the keys between them are asleep while they are emptied
MADE_BY_WORKERS = (
    "reports_reportversion",
    "reports_villagesheet",
    "reports_reportpackage",
    "reports_report",
    "foundation_job",
    "foundation_file",
)
FOREIGN = ("PORTAL_TEST_SERVICES", "DATABASE_URL", "REDIS_URL", "PORTAL_CLOCK")


class Portal:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.running: list[subprocess.Popen[bytes]] = []
        self.scene: subprocess.Popen[str] | None = None
        self.env = {name: value for name, value in os.environ.items() if name not in FOREIGN} | {
            "PORTAL_DATA": str(home),
            "DJANGO_SETTINGS_MODULE": "qianjiang_portal.settings",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_SWEEP_SECONDS": "1",
            "DUE_SECONDS": "3600",
        }

    def open(self) -> None:
        self.database_url = self._ask("database_url")
        self.scene = self._set_scene()
        testing_database.spare_the_disk(self.database_url)
        testing_database.fill(self.database_url)
        self.act("prepare")
        self.redis_url = self._ask("redis_url")

    def act(self, name: str) -> None:
        """Let the scene's process do it, which has loaded the portal once for all acts."""
        assert self.scene is not None
        assert self.scene.stdin is not None
        assert self.scene.stdout is not None
        print(name, file=self.scene.stdin, flush=True)
        assert self.scene.stdout.readline() == "done\n", (self.home / "scene.log").read_text()[-4000:]

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", *WORKER)

    def beat(self) -> subprocess.Popen[bytes]:
        schedule = str(self.home / "beat-schedule")
        return self._start("beat", *CELERY, "beat", "--schedule", schedule, "--pidfile", "")

    def move_clock(self, days: int) -> None:
        """Whoever is started from now on lives so many days later, and beat looks for what is due every second."""
        self.env |= {"PORTAL_CLOCK": f"+{days}d", "DUE_SECONDS": "1"}

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL for the process and its children: no chance to say goodbye."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def flush_broker(self) -> None:
        with redis.Redis.from_url(self.redis_url) as broker:
            broker.flushall()

    def restart_database(self) -> None:
        service = "from qianjiang_portal import embedded; service = embedded.postgres()"
        self._run("-c", f"{service}; service.stop(); service.start()")

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """While this lasts, whoever counts points waits."""
        connection = psycopg2.connect(self.database_url)
        try:
            connection.cursor().execute("LOCK TABLE points_rollup IN ACCESS EXCLUSIVE MODE")
            yield
        finally:
            connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.database_url)
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.1)

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(self.home.glob("*.out")))

    def files(self) -> list[Path]:
        return [path for path in (self.home / "files").rglob("*") if path.is_file()]

    def reset(self) -> None:
        """Back to the prepared district: no process, no message, no report."""
        for process in list(self.running):
            self.kill(process)
        self.flush_broker()
        self.env.pop("PORTAL_CLOCK", None)
        self.env["DUE_SECONDS"] = "3600"
        with psycopg2.connect(self.database_url) as connection:
            cursor = connection.cursor()
            # no TRUNCATE: its cascade would reach the ledger through the files of rule sets, and be refused there
            cursor.execute("SET session_replication_role = replica")
            for table in MADE_BY_WORKERS:
                cursor.execute(f"DELETE FROM {table}")
        connection.close()
        for path in (*self.files(), *self.home.glob("*.out")):
            path.unlink()

    def close(self) -> None:
        """Also after an opening that broke off half-way: nothing of it may stay behind."""
        for process in list(self.running):
            self.kill(process)
        if self.scene is not None:
            self.scene.kill()
            self.scene.communicate()
        self._run("-m", "qianjiang_portal.embedded", "stop")
        shutil.rmtree(self.home)

    def _ask(self, name: str) -> str:
        return self._run("-c", f"from qianjiang_portal import embedded; print(embedded.{name}())").strip()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([sys.executable, *arguments], env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def _set_scene(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "reports.tests.chaos.scene"]
        with (self.home / "scene.log").open("w") as log:
            return subprocess.Popen(
                command, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}-{len(self.running)}.out").open("ab") as out:
            process = subprocess.Popen(command, env=self.env, stdout=out, stderr=out, start_new_session=True)
        self.running.append(process)
        return process


@contextmanager
def portal() -> Iterator[Portal]:
    # Not below pytest's own folder: a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="portal-chaos-"))
    disturbed = Portal(home)
    try:
        disturbed.open()
        yield disturbed
    finally:
        disturbed.close()
