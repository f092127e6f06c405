"""What both embedded services need to know about ports, processes and logs of this machine."""

import os
import random
import socket
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from qianjiang_portal.env import CannotStart

LOOPBACK = "127.0.0.1"
# Below the range from which the system takes ports for outgoing connections.
PORTS = range(20000, 30000)
LOG_LIMIT = 10 * 1024 * 1024


def sticky_port(memory: Path) -> int:
    """The port used last time if it is free, so that running clients find the service again; else another."""
    port = remembered(memory)
    if port and is_free(port):
        return port
    port = next(port for port in random.sample(PORTS, 200) if is_free(port))
    memory.write_text(str(port))
    return port


def remembered(memory: Path) -> int | None:
    """The number in a file; None when there is no file or it holds something else."""
    try:
        return int(memory.read_text())
    except (FileNotFoundError, ValueError):
        return None


def is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=2).close()
    except OSError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet reaped by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def runs(pid: int, program: str) -> bool:
    """Whether this process is that program, not another one that got the number since."""
    import psutil

    try:
        return program in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False


def end(pid: int, program: str, *signals: int, patience: float = 30) -> None:
    """Send each signal in turn until the process is gone; a number that another program has got since is left alone."""
    if not runs(pid, program):
        return
    for signal in signals:
        try:
            os.kill(pid, signal)
        except ProcessLookupError:
            return
        if wait_until(lambda: not is_alive(pid), patience):
            return
    raise CannotStart(f"Process {pid} does not stop.")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def package_folder(package: str, instead: str) -> Path:
    """Where a wheel lies, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The package {package} is not installed here: run `make setup`, or set {instead}.")
    return Path(spec.submodule_search_locations[0])


def open_log(log: Path) -> int:
    """Put a grown log aside and return the length of the present one."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    return log.stat().st_size if log.exists() else 0


def reason(log: Path, start: int, *marks: str) -> str:
    """The last telling line a service wrote to its log since `start`."""
    try:
        lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
    except OSError:
        lines = []
    telling = [line for line in lines if any(mark in line for mark in marks)] or lines
    return telling[-1].strip() if telling else "it gave no reason"
