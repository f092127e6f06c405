"""`deploy/known_faults.py` against a database of its own: what is found and accepted; silence is never a yes."""

import datetime as dt
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

sys.path.insert(0, str(settings.BASE_DIR / "deploy"))

import known_faults

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
ADVISORY = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001"],
    "summary": "It does what it should not.",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Segno"},
            "ranges": [
                {"type": "GIT", "events": [{"fixed": "0123abc"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9.9"}]},
            ],
        }
    ],
}


class Database:
    """Speaks OSV's protocol; `known` is package → advisories."""

    def __init__(self):
        self.known, self.told, self.asked, self.broken = {}, {}, [], False

    def batch(self, body):
        if self.broken:
            return {"error": "no"}
        self.asked.append(body["queries"])
        return {"results": [self.result(query) for query in body["queries"]]}

    def result(self, query):
        """The first answer of a package with many advisories holds one of them and a token for the rest."""
        ids = self.known.get(query["package"]["name"], [])
        at = int(query.get("page_token", 0))
        rest = {"next_page_token": str(at + 1)} if at + 1 < len(ids) else {}
        return {"vulns": [{"id": one} for one in ids[at : at + 1]]} | rest if ids else {}


@pytest.fixture
def database(monkeypatch, tmp_path):
    held = Database()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, told):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def do_POST(self):
            self.answer(held.batch(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def do_GET(self):
            self.answer(held.told[self.path.rpartition("/")[2]])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("AUDIT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("PORTAL_AUDIT", "CI", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(known_faults, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(known_faults, "EXCEPTIONS", tmp_path / "exceptions.txt")
    known_faults.EXCEPTIONS.write_text("")
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture
def faulty(database):
    database.known["segno"] = ["GHSA-aaaa-bbbb-cccc"]
    database.told["GHSA-aaaa-bbbb-cccc"] = ADVISORY
    return database


def test_every_pin_of_both_languages_is_asked_for_at_once(database, capsys):
    assert known_faults.main(NOW) == 0
    asked = {(query["package"]["ecosystem"], query["package"]["name"]) for query in database.asked[0]}

    assert len(database.asked) == 1
    assert {("PyPI", "django"), ("PyPI", "ruff"), ("npm", "echarts"), ("npm", "@esbuild/linux-x64")} <= asked
    assert len(asked) > 100
    assert f"{len(database.asked[0])} packages audited: no known faults." in capsys.readouterr().out


def test_a_known_fault_is_named_with_what_mends_it(faulty, capsys):
    assert known_faults.main(NOW) == 1
    version = next(pin.version for pin in known_faults.pins() if pin.name == "segno")

    assert capsys.readouterr().out == (
        f"segno {version}: GHSA-aaaa-bbbb-cccc, CVE-2026-0001, mended in 9.9.9. It does what it should not.\n"
    )
    assert not known_faults.STAMP.exists()


def test_one_fault_under_two_names_is_said_once_and_a_withdrawn_one_never(faulty, capsys):
    faulty.known["segno"] += ["PYSEC-2026-1", "PYSEC-2026-2"]
    faulty.told["PYSEC-2026-1"] = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-0001"]}
    faulty.told["PYSEC-2026-2"] = {"id": "PYSEC-2026-2", "withdrawn": "2026-01-01T00:00:00Z"}

    assert known_faults.main(NOW) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_a_second_page_is_read(faulty, capsys):
    faulty.known["segno"].append("PYSEC-2026-3")
    faulty.told["PYSEC-2026-3"] = {"id": "PYSEC-2026-3", "summary": "Another one."}

    assert known_faults.main(NOW) == 1
    assert "PYSEC-2026-3, not mended yet. Another one." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("GHSA-aaaa-bbbb-cccc 2026-11-23 not used here", 0),
        ("CVE-2026-0001 2026-12-31 not used here", 0),
        ("GHSA-aaaa-bbbb-cccc 2026-11-22 not used here", 1),
        ("GHSA-other 2026-12-31 not used here", 1),
    ],
)
def test_an_exception_holds_until_its_day(faulty, line, code):
    known_faults.EXCEPTIONS.write_text(line)

    assert known_faults.main(NOW) == code


def test_an_exception_says_until_when_and_why(faulty):
    known_faults.EXCEPTIONS.write_text("GHSA-aaaa-bbbb-cccc")
    with pytest.raises(SystemExit, match="needs an advisory, the last day, and why"):
        known_faults.main(NOW)


@pytest.mark.parametrize(("said", "code"), [(None, 0), ("may", 0), ("must", 1)])
@pytest.mark.parametrize("how", ["away", "broken"])
def test_where_nobody_answers_it_says_so_and_the_setting_decides(database, monkeypatch, capsys, said, code, how):
    database.broken = True
    if how == "away":
        monkeypatch.setenv("AUDIT_URL", "http://127.0.0.1:9")
    if said:
        monkeypatch.setenv("PORTAL_AUDIT", said)

    assert known_faults.main(NOW) == code
    assert capsys.readouterr().out.startswith("NOT AUDITED: ")
    assert not known_faults.STAMP.exists()


def test_switched_off_it_says_so_too(database, monkeypatch, capsys):
    monkeypatch.setenv("PORTAL_AUDIT", "off")

    assert (known_faults.main(NOW), database.asked) == (0, [])
    assert capsys.readouterr().out.startswith("NOT AUDITED: ")


def test_a_good_answer_holds_for_a_day_and_for_the_same_pins(database, monkeypatch):
    known_faults.main(NOW)
    known_faults.main(NOW + dt.timedelta(hours=23))
    assert len(database.asked) == 1
    known_faults.main(NOW + dt.timedelta(hours=25))
    assert len(database.asked) == 2
    pins = known_faults.pins()
    monkeypatch.setattr(known_faults, "pins", lambda: pins[:-1])
    known_faults.main(NOW + dt.timedelta(hours=26))
    assert len(database.asked) == 3


def test_the_exceptions_of_the_project_can_be_read():
    assert isinstance(
        known_faults.exceptions((settings.BASE_DIR / "deploy" / "known-faults-accepted.txt").read_text(), NOW.date()),
        set,
    )
