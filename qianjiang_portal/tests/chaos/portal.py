"""A whole portal of its own for a test: database, broker, web, worker and beat in a data folder nobody else uses."""

import os
import socket
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2

from qianjiang_portal import testing_database

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "story-horse-battery"
READY_SECONDS = 240
# Migrating takes minutes where others use the machine.
COMMAND_SECONDS = 900
DATABASE = "from qianjiang_portal import embedded; print(embedded.database_url())"
# What the test process was given must not reach the portal: it has services of its own.
APART = ("DATABASE_URL", "REDIS_URL", "PORTAL_TEST_SERVICES", "PORTAL_DATA", "PORTAL_CLOCK")


class Portal:
    """Started by `deploy/run.py`, as `make run` does, over a small district."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data / "portal.log"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {name: value for name, value in os.environ.items() if name not in APART} | {
            "PORTAL_DATA": str(data),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "DEBUG": "1",
            "PORTAL_DEMO_PASSWORD": PASSWORD,
            "JOB_SWEEP_SECONDS": "2",
            "DUE_SECONDS": "2",
            "JOB_LEASE_SECONDS": "10",
            "WORKER_PROCESSES": "1",
            "WEB_WORKERS": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def python(self, *words: str, **settings: str) -> str:
        command, environment = [sys.executable, *words], self.environment | settings
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    def migrate(self) -> None:
        self.managed("migrate", "-v0")

    def spare_migrating(self) -> None:
        """Begin with the database the other tests copy instead."""
        testing_database.spare_the_disk(self.database)
        testing_database.fill(self.database)

    def make_district(self, *words: str) -> None:
        """Make a small demonstration in its places."""
        self.managed("seed_demo", *words)

    def managed(self, *words: str) -> None:
        done = self.manage(*words)
        assert done.returncode == 0, done.stderr[-2000:]

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "deploy" / "run.py"), "up"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_for(lambda: b"The portal is ready" in self.log.read_bytes(), READY_SECONDS)

    def stop(self) -> None:
        command = [sys.executable, str(ROOT / "deploy" / "run.py"), "down"]
        subprocess.run(command, cwd=ROOT, env=self.environment, timeout=120, check=False, capture_output=True)
        if self.process is not None:
            self.process.wait(timeout=60)

    def ask(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows straight from the portal's database."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def connect(self) -> Any:
        return psycopg2.connect(self.database)

    @cached_property
    def database(self) -> str:
        """Its address, which stays when it is killed and started again."""
        return self.python("-c", DATABASE)


def wait_for(happened: Any, seconds: float) -> Any:
    """Ask again until the answer is true; fails the test when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := happened():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"nothing happened in {seconds} s: {happened}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
