"""An error reaches the collector that SENTRY_DSN names, with its number and with nothing of people."""

import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from qianjiang_portal import env

NAME, PASSWORD = "冉光明", "geheim-geheim-7"
# A request to the real WSGI application, in a process of its own: the reporter is set up once, as settings are read.
REQUEST = f"""
import io, sys
from unittest import mock
from urllib.parse import quote
from django.db import IntegrityError
from qianjiang_portal.wsgi import application
import sentry_sdk
text = IntegrityError("duplicate key value\\nDETAIL:  Key (head_name)=({NAME}) already exists.")
body = b"username=first&password={PASSWORD}"
asked = {{
    "REQUEST_METHOD": "POST", "PATH_INFO": "/healthz", "QUERY_STRING": "q=" + quote("{NAME}"),
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "10.1.2.3", "HTTP_COOKIE": "sessionid={PASSWORD}",
    "HTTP_AUTHORIZATION": "Bearer {PASSWORD}", "HTTP_X_REQUEST_ID": "0a" * 16, "CONTENT_LENGTH": str(len(body)),
    "CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
    "wsgi.url_scheme": "https",
}}
with mock.patch("django.http.request.HttpRequest.get_host", side_effect=text):
    list(application(asked, lambda *told: print(told[0])))
sentry_sdk.flush(10)
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str]]]:
    """The address of a collector and what has come there."""
    came: list[str] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://key@127.0.0.1:{server.server_address[1]}/1", came
    server.shutdown()
    server.server_close()


def events(came: list[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for text in came for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if "exception" in line]


def test_an_error_is_reported_with_its_number_and_without_people(collector: tuple[str, list[str]]) -> None:
    address, came = collector
    done = subprocess.run(
        [sys.executable, "-c", REQUEST],
        cwd=env.ROOT,
        env=os.environ | {"SENTRY_DSN": address, "DJANGO_SETTINGS_MODULE": "qianjiang_portal.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("500"), done.stdout + done.stderr[-2000:]
    (event,) = events(came)
    assert event["tags"]["request"] == "0a" * 16
    (told,) = [(one["type"], one["value"]) for one in event["exception"]["values"]]
    assert told == ("IntegrityError", "duplicate key value")
    assert event["request"] == {"method": "POST"}
    sent = json.dumps(events(came), ensure_ascii=False)
    for left_out in (NAME, "%E5%86%89", PASSWORD, "10.1.2.3", "sessionid"):
        assert left_out not in sent
