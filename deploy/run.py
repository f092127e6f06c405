"""What stands behind `make run` and `make stop`.

    python3 deploy/run.py check     may the portal start here? Needs no packages: it runs before they are installed
    .venv/bin/python deploy/run.py up
    .venv/bin/python deploy/run.py down

Processes carry PORTAL_RUN=<data folder> in their environment, so that `down` finds them even after whoever started
them was killed, and ends nothing that belongs to another data folder.
"""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import IO

import prepared

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
STOP_SECONDS = 60
READY_SECONDS = 60


def read_env() -> ModuleType:
    """qianjiang_portal/env.py by itself: importing the package needs packages that may not be installed yet."""
    spec = spec_from_file_location("portal_env", ROOT / "qianjiang_portal" / "env.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ENV = read_env()
DATA: Path = ENV.data_dir()
HOST: str = ENV.text("HOST") or "127.0.0.1"
PORT: int = ENV.number("PORT", 8000)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only when HOST says so
ADDRESS = f"http://{'127.0.0.1' if HOST == EVERYWHERE else HOST}:{PORT}/"
MARK = f"PORTAL_RUN={DATA}"


def hold_lock() -> IO[str] | None:
    """The open lock file of this data folder's portal, None when a running portal holds it."""
    lock = (DATA / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def note(lock: IO[str]) -> None:
    """Leave the process number and the address in the lock file for `down` and for a second `up`."""
    lock.truncate(0)
    lock.write(f"{os.getpid()} {ADDRESS}")
    lock.flush()


def noted() -> tuple[int, str]:
    pid, _, address = (DATA / "run.lock").read_text().partition(" ")
    return int(pid or 0), address


def leftovers() -> list[int]:
    """Processes of this data folder's portal whose starter is gone."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = MARK.encode() in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def end_leftovers() -> None:
    for sign, patience in ((signal.SIGTERM, 8), (signal.SIGKILL, 5)):
        for pid in leftovers():
            send(pid, sign)
        deadline = time.monotonic() + patience
        while leftovers() and time.monotonic() < deadline:
            time.sleep(0.1)


def send(pid: int, sign: int) -> None:
    if pid <= 1:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def check() -> None:
    lock = hold_lock()
    if lock is None:
        sys.exit(f"This portal already runs at {noted()[1]} : `make stop` ends it.")
    with lock:
        end_leftovers()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except (OSError, OverflowError) as error:
            sys.exit(f"Port {PORT} on {HOST} cannot be used ({error}): choose another, as in `make run PORT=8001`.")


def up() -> int:
    check()
    lock = hold_lock()
    if lock is None:
        sys.exit("This portal is being started already.")
    note(lock)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, interrupt)
    try:
        return serve()
    except KeyboardInterrupt:
        print("The portal is stopping; its data stays in", DATA, flush=True)
        return 0
    finally:
        end_quietly()


def interrupt(sign: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def serve() -> int:
    """Bring up services, data and processes, and stay until one of them ends or somebody asks to stop."""
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        # Celery's lines about root say nothing new to whoever chose to run as root.
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::UserWarning:celery.platforms"),
        "PORTAL_DATA": str(DATA),
        "PORTAL_RUN": str(DATA),
        "PROMETHEUS_MULTIPROC_DIR": str(fresh_folder(DATA / "metrics")),
        "HOST": HOST,
        "PORT": str(PORT),
    }
    code = prepare(environment)
    if code:
        return code
    honcho = subprocess.Popen([BIN / "honcho", "start"], cwd=ROOT, env=environment)
    if answers(honcho):
        welcome()
    while honcho.poll() is None:
        # PostgreSQL and Valkey come back when they are killed under the running portal.
        embedded().start()
        time.sleep(2)
    print("A process of the portal ended, so all of it stops.", file=sys.stderr)
    return 1


def fresh_folder(path: Path) -> Path:
    """An empty folder for the figures that the web processes share; those of processes long gone are dropped."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)
    return path


def prepare(environment: dict[str, str]) -> int:
    """Bring data and static files up to date unless nothing changed since the last time."""
    address = ENV.text("DATABASE_URL") or embedded().database_url()
    if prepared.is_prepared(DATA, address):
        return 0
    done = subprocess.run([BIN / "python", ROOT / "deploy" / "prepare.py"], env=environment, check=False)
    if done.returncode == 0:
        prepared.remember(DATA, address)
    return done.returncode


def answers(honcho: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while honcho.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(ADDRESS.split("/")[2], timeout=10)
        try:
            connection.request("GET", "/accounts/login/", headers={"Host": f"localhost:{PORT}"})
            connection.getresponse()
            return True
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return False


def welcome() -> None:
    accounts = DATA / "demo-accounts.txt"
    listed = accounts.read_text().rstrip() + "\n" if accounts.exists() else ""
    print(f"\n{listed}The portal is ready: {ADDRESS}   (Ctrl+C ends it)\n", flush=True)


def embedded() -> ModuleType:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from qianjiang_portal import embedded

    return embedded


def end_quietly() -> None:
    """End processes and services; whoever presses Ctrl+C twice gets the same orderly end."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    end_leftovers()
    embedded().stop()


def down() -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while (lock := hold_lock()) is None and time.monotonic() < deadline:
        send(noted()[0], signal.SIGTERM)
        time.sleep(0.5)
    if lock is None:
        send(noted()[0], signal.SIGKILL)
    end_leftovers()
    embedded().stop()
    if (DATA / "test").exists():
        os.environ["PORTAL_TEST_SERVICES"] = "1"
        embedded().stop()


def main(action: str) -> int:
    match action:
        case "check":
            check()
        case "up":
            return up()
        case "down":
            down()
        case _:
            sys.exit("usage: run.py check|up|down")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
