"""PostgreSQL and Valkey in a data folder of their own: started once, found again, back after a kill."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from qianjiang_portal import embedded, env, local_process, local_valkey

pytestmark = pytest.mark.chaos


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A portal's data folder, with the durability of a portal."""
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    for variable in ("PORTAL_TEST_SERVICES", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)
    yield tmp_path
    embedded.stop()


def execute(statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(embedded.database_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert local_process.wait_until(lambda: not local_process.is_alive(pid), 5)


def test_both_start_when_asked_and_are_found_at_once_afterwards(data: Path, monkeypatch: pytest.MonkeyPatch):
    def look() -> tuple[object, ...]:
        return (
            embedded.database_url(), embedded.redis_url(), embedded.postgres().pid(), embedded.valkey().pid(),
        )  # fmt: skip

    first = look()

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", None)  # not even to ask
        assert look() == first


def test_passwords_are_for_their_owner_alone(data: Path):
    embedded.start()

    for secret in (data / "pg/password", data / "valkey/password", data / "valkey/valkey.conf"):
        assert secret.stat().st_mode & 0o077 == 0


def test_a_wrong_password_is_refused(data: Path):
    port = int(embedded.database_url().rpartition(":")[2].partition("/")[0])

    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(host="127.0.0.1", port=port, user="portal", password="guessed", dbname="portal")


def test_rows_survive_a_kill(data: Path):
    execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")

    kill(embedded.postgres().pid())

    assert execute("SELECT count(*) FROM kept") == [(1000,)]


def test_messages_survive_a_kill(data: Path):
    redis.Redis.from_url(embedded.redis_url()).set("kept", "1")
    # The log of changes is written out once a second.
    time.sleep(1.2)

    kill(embedded.valkey().pid())

    assert redis.Redis.from_url(embedded.redis_url()).get("kept") == b"1"


def test_a_database_is_not_laid_beside_one_that_was_dropped(data: Path):
    embedded.database_url()
    base = str(data / "pg/data/base")
    if not shutil.which("lsattr") or "ext" not in subprocess.check_output(["stat", "-f", "-c%T", base], text=True):
        pytest.skip("only ext4 is told, by programs that not every machine has")

    assert "T" in subprocess.check_output(["lsattr", "-d", base], text=True).split()[0]


def test_ports_stay_over_a_restart(data: Path):
    before = embedded.database_url(), embedded.redis_url()

    embedded.stop()

    assert (embedded.database_url(), embedded.redis_url()) == before


def test_a_killed_server_whose_number_another_process_got_starts_again(data: Path):
    embedded.database_url()
    mark = data / "pg/data/postmaster.pid"
    lines = mark.read_text().splitlines()
    kill(embedded.postgres().pid())

    mark.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    assert execute("SELECT 1") == [(1,)]


def test_stop_leaves_alone_a_process_that_got_the_number(data: Path):
    embedded.redis_url()
    kill(embedded.valkey().pid())
    (data / "valkey/valkey.pid").write_text(str(os.getpid()))

    embedded.stop()

    assert embedded.valkey().port() is None


def test_many_processes_asking_at_once_start_one_server(data: Path):
    found: list[str] = []
    askers = [threading.Thread(target=lambda: found.append(embedded.database_url())) for _ in range(6)]

    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_given_address_starts_nothing(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/portal")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    embedded.start()

    assert not (data / "pg").exists()
    assert not (data / "valkey").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [({"x": "?"}, "is not a PostgreSQL folder"), ({"PG_VERSION": "12\n"}, "is of PostgreSQL 12, this is 18")],
)
def test_a_folder_that_is_not_ours_is_refused_in_one_line(data: Path, content: dict[str, str], told: str):
    (data / "pg/data").mkdir(parents=True)
    for name, text in content.items():
        (data / "pg/data" / name).write_text(text)

    with pytest.raises(env.CannotStart, match=told) as refused:
        embedded.database_url()

    assert "\n" not in str(refused.value)


def test_a_damaged_folder_is_refused_with_the_servers_own_reason(data: Path):
    embedded.database_url()
    embedded.stop()
    (data / "pg/data/global/pg_control").write_bytes(b"?")

    with pytest.raises(env.CannotStart, match=r"PostgreSQL does not start: .*pg_control"):
        embedded.database_url()


def test_status_tells_what_runs(data: Path, capsys: pytest.CaptureFixture[str]):
    embedded.redis_url()
    port = embedded.valkey().port()

    assert embedded.main(["status"]) == 3

    assert capsys.readouterr().out == f"PostgreSQL: stopped\nValkey: running on port {port}\n"


def valkeys() -> list[int]:
    """The brokers of this machine that were started from this test's folder."""
    home = str(embedded.valkey().home)
    return [process.pid for process in psutil.process_iter(["name", "cwd"]) if process.info["cwd"] == home]


def test_a_broker_that_does_not_answer_gets_no_second_one_beside_it(data: Path, monkeypatch: pytest.MonkeyPatch):
    address = embedded.redis_url()
    (pid,) = valkeys()

    os.kill(pid, signal.SIGSTOP)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(local_valkey, "ANSWER_SECONDS", 0.2)
            patch.setattr(local_valkey, "START_SECONDS", 1)
            with pytest.raises(env.CannotStart, match="does not answer"):
                embedded.redis_url()
    finally:
        os.kill(pid, signal.SIGCONT)

    assert (valkeys(), embedded.redis_url()) == ([pid], address)


def test_a_broker_that_could_not_note_its_number_is_found_again(data: Path):
    """As on a full disk: the file of its process number stays empty."""
    address = embedded.redis_url()
    (pid,) = valkeys()
    (data / "valkey/valkey.pid").write_text("")

    assert (embedded.redis_url(), valkeys()) == (address, [pid])

    embedded.stop()
    assert local_process.wait_until(lambda: not valkeys(), 10)
