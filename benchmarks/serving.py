"""The portal served over a scratch database: by processes of its own as people are served, or by a thread of ours."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 90
TOKEN = "b" * 32
HOST = "127.0.0.1"


@contextlib.contextmanager
def web(workers: int = 2) -> Iterator[str]:
    """Two processes with four threads each, as `make run` starts them; answers the address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("granian")), "qianjiang_portal.wsgi:application", "--interface", "wsgi",
        "--host", HOST, "--port", str(port), "--workers", str(workers), "--blocking-threads", "4", "--no-ws",
        "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url()}, stdout=sys.stderr)
    address = f"http://{HOST}:{port}"
    try:
        wait_for(f"{address}/healthz")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The portal as a thread of this process, under its settings of this moment; answers the address."""
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", lambda application: application)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()


def database_url() -> str:
    """Of the database this process works in, the scratch one."""
    from django.db import connection

    from qianjiang_portal import embedded

    url = urlsplit(os.environ.get("DATABASE_URL") or embedded.database_url())
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def cookies(user: Any) -> dict[str, str]:
    """Of somebody who has signed in, with the token that forms send along."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return {"sessionid": client.cookies["sessionid"].value, "csrftoken": TOKEN}


def as_kept(cookies: dict[str, str], home: str) -> list[dict[str, str]]:
    """The same as a browser is given them."""
    return [{"name": name, "value": value, "url": home} for name, value in cookies.items()]
