"""Two webs and two workers on one PostgreSQL and one Redis: one web reads from a replica, one goes through PgBouncer.

A host is a process group here, with its own settings and data folder and, for root, a network namespace of its own: it
reaches nothing but the services' addresses (`network.py`). What hosts share is what `docs/scale.md` says they have to
share: the two services, the two keys, and the folder of stored files.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from qianjiang_portal import local_account
from qianjiang_portal.local_postgres import Postgres
from qianjiang_portal.tests.chaos.network import Network
from qianjiang_portal.tests.chaos.portal import ROOT, Portal, free_port, wait_for
from qianjiang_portal.tests.chaos.soak_people import Visitor

pytestmark = pytest.mark.chaos

BIN = Path(sys.executable).parent
SHARED = {"SECRET_KEY": "q3wZ8-hosts-of-one-portal-share-this-and-nobody-else-7Kd", "FIELD_KEY": "0f1e2d3c4b5a6978" * 4}
# Debian's package lays it where PATH of an ordinary account does not look.
BOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


class Host:
    """A machine that runs one part of the portal."""

    within: tuple[str, ...] = ()  # what its commands begin with, where it has a network of its own

    def __init__(self, home: Path, **settings: str) -> None:
        home.mkdir()
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.environment = kept | SHARED | {"PORTAL_DATA": str(home), "DEBUG": "1", "PORTAL_DEMO": "0"} | settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, str(BIN / command[0]), *command[1:]], cwd=ROOT, env=self.environment, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def end(self, how: int = signal.SIGTERM) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait(30)


class Web(Host):
    listens = "127.0.0.1"

    def __init__(self, home: Path, **settings: str) -> None:
        super().__init__(home, **settings)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def serve(self, *words: str) -> None:
        self.start(
            "granian", "qianjiang_portal.wsgi:application", "--interface", "wsgi", "--host", self.listens,
            "--port", str(self.port), *(words or ("--workers", "1", "--blocking-threads", "4", "--no-ws")),
        )  # fmt: skip

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Worker(Host):
    def serve(self) -> None:
        self.start(
            "celery", "--app", "qianjiang_portal", "worker", "--queues", "default,reports,imports",
            "--concurrency", "1", "--without-gossip", "--without-mingle", "--hostname", f"{self.home.name}@%h",
            "--loglevel", "INFO",
        )  # fmt: skip

    def is_ready(self) -> bool:
        return b" ready." in (self.home / "log").read_bytes()

    def did(self) -> int:
        return (self.home / "log").read_bytes().count(b" succeeded in ")


class Callers:
    """Four people who ask for one page again and again until something happened, and what they were answered."""

    def __init__(self, address: str, until: Callable[[], bool]) -> None:
        self.address, self.until = address, until
        self.answers: list[str] = []
        self.people = [threading.Thread(target=self.ask, daemon=True) for _ in range(4)]
        for one in self.people:
            one.start()

    def ask(self) -> None:
        while not self.until():
            time.sleep(0.2)
            try:
                with urllib.request.urlopen(self.address, timeout=60) as answer:
                    self.answers.append(str(answer.status))
            except OSError as error:
                self.answers.append(repr(error))

    def have_left(self) -> bool:
        return not any(one.is_alive() for one in self.people)


def bounce(home: Path, database: str) -> tuple[Host, str]:
    """PgBouncer in transaction mode with four connections before the database; answers its address too."""
    there, port, host = urlsplit(database), free_port(), Host(home)
    # As root it has to run as somebody else, who must be able to reach its folder.
    (home / "users").write_text(f'"{there.username}" "{there.password}"\n')
    (home / "pgbouncer.ini").write_text(
        f"[databases]\nportal = host={there.hostname} port={there.port} dbname={there.path[1:]}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = scram-sha-256\n"
        f"auth_file = {home}/users\npool_mode = transaction\ndefault_pool_size = 4\nunix_socket_dir =\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    with (home / "log").open("wb") as log:
        as_nobody = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}
        for path in (home.parent, home, home / "users", home / "pgbouncer.ini"):
            os.chmod(path, 0o755)
        host.process = subprocess.Popen(
            [str(BOUNCER), str(home / "pgbouncer.ini")], stdout=log, stderr=log, start_new_session=True, **as_nobody
        )
    return host, there._replace(netloc=f"{there.username}:{there.password}@127.0.0.1:{port}", path="/portal").geturl()


class Replica:
    """A streaming copy of the services' PostgreSQL, that can be held up."""

    def __init__(self, home: Path, services: Portal, database: str) -> None:
        self.postgres = Postgres(home)
        home.mkdir()
        for path in (home, *home.parents[:3]):
            os.chmod(path, 0o755)
        shutil.copy(services.data / "pg" / "password", home)
        local_account.give(home, self.postgres.way.owner)
        command = ["-D", str(self.postgres.data), "--no-sync", "-X", "stream", "-c", "fast", "-R", "-d", database]
        done = self.postgres.run([str(self.postgres.binaries / "pg_basebackup"), *command])
        assert done.returncode == 0, done.stdout
        local_account.give(home, self.postgres.way.owner)
        self.postgres.launch()
        self.url = self.postgres.url(self.postgres.port() or 0)

    def ask(self, statement: str) -> None:
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """PostgreSQL and Valkey, and no process of the portal."""
    portal = Portal(tmp_path_factory.mktemp("services"))
    portal.environment |= SHARED
    try:
        portal.spare_migrating()
        yield portal
    finally:
        portal.python("-m", "qianjiang_portal.embedded", "stop")


@pytest.fixture(scope="module")
def addresses(services: Portal) -> list[str]:
    """Of PostgreSQL and of Valkey."""
    said = "from qianjiang_portal import embedded; print(embedded.database_url()); print(embedded.redis_url())"
    return services.python("-c", said).splitlines()[-2:]


@pytest.fixture(scope="module")
def reloading(tmp_path_factory: pytest.TempPathFactory, addresses: list[str]) -> Iterator[Callers]:
    """A web as its unit runs it, told to reload: it gives each worker half a minute, in which other tests run."""
    database, redis = addresses
    web = Web(tmp_path_factory.mktemp("unit") / "web", DATABASE_URL=database, REDIS_URL=redis)
    try:
        web.serve(*unit_words("portal-web"))
        wait_for(web.is_ready, 120)
        callers = Callers(
            f"{web.address}/gs/", lambda: (web.home / "log").read_bytes().count(b"Stopped old worker") == 2
        )
        assert web.process is not None
        os.kill(web.process.pid, signal.SIGHUP)
        yield callers
    finally:
        web.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as found:
        yield found


@pytest.fixture(scope="module")
def hosts(
    tmp_path_factory: pytest.TempPathFactory,
    services: Portal,
    addresses: list[str],
    network: Network,
    reloading: Callers,
) -> Iterator[dict[str, Any]]:
    """Those of a small district; they are set up and tried while the other web reloads."""
    services.make_district("--households-per-village", "8", "--villages-with-history", "1", "--months", "2")
    database, redis = addresses
    home = tmp_path_factory.mktemp("hosts")
    shared = {"DATABASE_URL": network.reach(database), "REDIS_URL": network.reach(redis)}
    shared |= {"PORTAL_FILES": str(home / "files")}
    found: dict[str, Any] = {"services": services, "replica": Replica(home / "replica", services, database)}
    if BOUNCER:
        found["bouncer"], past = bounce(Path(tempfile.mkdtemp(prefix="bouncer-")) / "home", database)
    second = {"DATABASE_URL": network.reach(past), "PGBOUNCER": "1"} if BOUNCER else {}
    first = {"PORTAL_REPLICA_URL": network.reach(found["replica"].url)}
    found["webs"] = [Web(home / "web1", **shared | first), Web(home / "web2", **shared | second)]
    found["workers"] = [
        Worker(home / f"worker{at}", **shared, JOB_LEASE_SECONDS="5", JOB_SWEEP_SECONDS="2") for at in (1, 2)
    ]
    every = (*found["webs"], *found["workers"])
    for number, host in enumerate(every, 1):
        host.within = tuple(network.within(number))
        if isinstance(host, Web):
            host.listens = network.address(number)
            network.show(number, host.port)
    try:
        for host in every:
            host.serve()
        for host in every:
            wait_for(host.is_ready, 120)
        yield found
    finally:
        for host in (*every, *([found["bouncer"]] if BOUNCER else [])):
            host.end(signal.SIGKILL)
        if BOUNCER:
            shutil.rmtree(found["bouncer"].home.parent, ignore_errors=True)
        found["replica"].postgres.stop()


def test_hosts_reach_the_services_and_not_each_other_s_loopback(hosts: dict[str, Any], network: Network) -> None:
    """Where they have networks of their own: else all of them are at home on one loopback."""
    if not network.is_apart:
        pytest.skip("only root may make network namespaces")
    for host in (*hosts["webs"], *hosts["workers"]):
        there = urlsplit(host.environment["DATABASE_URL"])
        found = [
            subprocess.run(
                [*host.within, sys.executable, "-c", KNOCK, address, str(there.port)], check=False, timeout=30
            ).returncode
            for address in (str(there.hostname), "127.0.0.1")
        ]
        assert found == [0, 1]


KNOCK = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
except OSError:
    sys.exit(1)
"""
LOOK = (
    "from qianjiang_portal.pages import health; found = health.look(); first = found.readings[0];"
    "print(found.state, first.name, first.words)"
)


def lag(web: Web) -> dict[str, Any]:
    with urllib.request.urlopen(f"{web.address}/readyz", timeout=10) as answer:
        return dict(json.load(answer)["readings"]["replica_lag_seconds"])


def test_the_dashboard_is_read_from_the_replica_and_says_so(hosts: dict[str, Any]) -> None:
    first, second = hosts["webs"]
    services, replica = hosts["services"], hosts["replica"]
    district = Visitor(first.address, "district")
    district.sign_in()

    def shown(web: Web) -> tuple[bool, bool]:
        """Whether the page says that a replica was read, and whether it has the name that is on the primary alone."""
        district.address = web.address
        status, text = district.ask("/dashboard/")
        assert status == 200
        return "读自只读副本" in text, "副本不知道的镇" in text

    assert shown(first) == (True, False)
    assert lag(first)["state"] == "ok"
    # A database that nobody has made the first is no place for a portal.
    copy = services.python("manage.py", "shell", "-c", LOOK, DATABASE_URL=replica.url)
    assert copy.splitlines()[-1] == "unready database_up 是只读副本，还没有升为主库"
    replica.ask("SELECT pg_wal_replay_pause()")
    services.ask("UPDATE villages_township SET name = '副本不知道的镇' WHERE code = '500114112'")
    assert shown(second) == (False, True)
    assert shown(first) == (True, False)
    # The primary goes on saying what the lag was before; the replica itself knows better.
    wait_for(lambda: lag(first)["value"] > 3, 20)
    replica.ask("SELECT pg_wal_replay_resume()")
    wait_for(lambda: shown(first) == (True, True), 30)

    # One that is away shows nowhere but in the missing words.
    replica.postgres.stop()
    assert shown(first) == (False, True)
    assert lag(first) == {"state": "late", "value": None}


def test_two_webs_and_two_workers_are_one_portal(hosts: dict[str, Any]) -> None:
    first, second = hosts["webs"]
    clerk = Visitor(first.address, "clerk")
    clerk.sign_in()
    # Cookies know no ports: the same session at the other host.
    for page in ("/", "/entry/", "/households/", "/dashboard/", "/reports/"):
        for web in (first, second, first):
            clerk.address = web.address
            assert clerk.ask(page)[0] in (200, 302), (page, web.address)

    # A web that dies leaves the session and the work with the other.
    first.end(signal.SIGKILL)
    clerk.address = second.address
    assert clerk.ask("/households/")[0] == 200

    # What one host queues, any worker does; a worker that dies leaves its jobs to the other.
    _queued_and_done(hosts, 6)
    one, other = hosts["workers"]
    one.end(signal.SIGKILL)
    before = other.did()
    _queued_and_done(hosts, 3)
    assert other.did() > before
    for name in ("check_ledger", "verify_seals"):
        done = hosts["services"].manage(name)
        assert done.returncode == 0, done.stdout[-500:]


def _queued_and_done(hosts: dict[str, Any], count: int) -> None:
    """Messages as beat sends them, rung by any host, are done within a minute and a half."""
    before = sum(worker.did() for worker in hosts["workers"])
    code = f"from points.tasks import queue_due_notices as task\nfor _ in range({count}): task.delay()"
    web = hosts["webs"][1]
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code], cwd=ROOT, env=web.environment, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1000:]
    wait_for(lambda: sum(worker.did() for worker in hosts["workers"]) >= before + count, 90)


def test_a_reload_of_the_unit_turns_nobody_away(reloading: Callers) -> None:
    """`systemctl reload portal-web` sends HUP to what the unit runs: workers are renewed, every request is answered."""
    wait_for(reloading.have_left, 180)
    # Where a worker ends before the next one has loaded, requests wait, and it is over before two hundred were asked.
    assert len(reloading.answers) > 200
    assert set(reloading.answers) == {"200"}


def unit_words(name: str) -> list[str]:
    """What a unit runs after its program and application, without address and port: those are the test's."""
    unit = (ROOT / "deploy" / "systemd" / f"{name}.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    words = command.split()[2:]
    for given in ("--interface", "--host", "--port"):
        at = words.index(given)
        del words[at : at + 2]
    return words
