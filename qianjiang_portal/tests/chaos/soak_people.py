"""The people of a soak: clerks over HTTP, as their pages do it, and a panel that decides and puts up notices."""

import datetime as dt
import http.cookiejar
import random
import re
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

from qianjiang_portal.tests.chaos.portal import PASSWORD, Portal

ROWS = 6
PATIENCE = 20


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Away(Exception):
    """The portal did not answer, or not as it should: try the same again."""


class Visitor:
    """A browser without a screen: cookies, the form token, and an error for what should be tried again."""

    def __init__(self, address: str, username: str) -> None:
        self.address, self.username = address, username
        self.forget()

    def forget(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        handlers = (urllib.request.HTTPCookieProcessor(self.jar), NoRedirect())
        self.opener = urllib.request.build_opener(*handlers)

    def ask(self, path: str, given: dict[str, Any] | None = None) -> tuple[int, str]:
        data = urllib.parse.urlencode({**given, "csrfmiddlewaretoken": self.token()}).encode() if given else None
        request = urllib.request.Request(self.address + path, data, {"Referer": self.address + "/"})
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.headers.get("Location") or error.read().decode()
        except OSError as error:
            raise Away(str(error)) from None
        if (
            status >= 500
            or (status == 302 and "/accounts/login/" in text)
            or (status == 403 and "csrf" in text.lower())
        ):
            raise Away(f"{status} {path}")
        return status, text

    def token(self) -> str:
        return next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")

    def sign_in(self) -> None:
        self.forget()
        self.ask("/accounts/login/")
        status, _ = self.ask("/accounts/login/", {"username": self.username, "password": PASSWORD})
        if status != 302:
            raise Away(f"sign-in {status}")


@dataclass
class Told:
    """What the portal has acknowledged, and therefore must not lose."""

    rows: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    refused: int = 0
    retries: int = 0
    seconds: list[float] = field(default_factory=list)
    trouble: dict[str, int] = field(default_factory=dict)
    until: float = 0.0  # once it is over, whoever waits for an answer gives up at this moment


class Clerk(threading.Thread):
    """Enters batches until told to stop. A row is sent again under its own key until it is acknowledged."""

    def __init__(self, portal: Portal, places: dict[str, Any], told: Told, over: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.visitor = Visitor(portal.address, "clerk")
        self.portal, self.places, self.told, self.over = portal, places, told, over
        self.random = random.Random(seed)

    def run(self) -> None:
        self.again(self.visitor.sign_in)
        while not self.over.is_set():
            self.enter_one()

    def again(self, act: Any, *given: Any) -> Any:
        """Do it until the portal answers, signing in anew where it was away."""
        while True:
            try:
                return act(*given)
            except Away as away:
                self.told.retries += 1
                self.told.trouble[str(away)[:40]] = self.told.trouble.get(str(away)[:40], 0) + 1
                time.sleep(0.5)
                if self.over.is_set() and time.monotonic() > self.told.until:
                    raise SystemExit("The portal did not come back") from None
                if act != self.visitor.sign_in:
                    self.again(self.visitor.sign_in)

    def enter_one(self) -> None:
        batch, rule = uuid.uuid4().hex, self.random.choice(self.places["rules"])
        day = self.places["today"]() - dt.timedelta(days=self.random.randrange(5))
        number = ""
        for household in self.random.sample(self.places["households"], ROWS):
            key = str(uuid.uuid4())
            given = {"batch": batch, "number": number, "key": key, "village": self.places["village"], "rule": rule[0]}
            given |= {"date": day.isoformat(), "household": household, "points": rule[1], "note": ""}
            began = time.perf_counter()
            status, text = self.again(self.visitor.ask, "/entry/rows/", given)
            if status in (200, 201):
                self.told.rows.add(key)
                self.told.seconds.append(time.perf_counter() - began)
                number = number or self.number_in(text)
            else:
                self.told.refused += 1
        if number:
            self.send(number)

    def number_in(self, text: str) -> str:
        found = re.search(r'"batch": ?"([^"]+)"', text)
        return found[1] if found else ""

    def send(self, number: str) -> None:
        _, page = self.again(self.visitor.ask, f"/entry/batches/{number}/submit/")
        version = re.search(r'name="version" value="(\d+)"', page)
        if version is None:
            return
        status, where = self.again(self.visitor.ask, f"/entry/batches/{number}/submit/", {"version": version[1]})
        if status == 302 and "submitted" in where:
            self.told.sent.add(number)


def desk() -> None:
    """Runs as its own process in the portal's settings: the panel decides what waits, the clerk puts it up."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianjiang_portal.settings")
    django.setup()
    while True:
        try:
            decide_and_publish()
        except Exception as error:  # the database was killed under it: come back
            print(type(error).__name__, error, file=sys.stderr, flush=True)
            close_connections()
        time.sleep(2)


def close_connections() -> None:
    from contextlib import suppress

    from django.db import connection

    with suppress(Exception):
        connection.close()


def decide_and_publish() -> None:
    from points import notices, review
    from points.models import Batch, PanelMember
    from qianjiang_portal.foundation import calendar, periods
    from qianjiang_portal.foundation.refusals import Refused
    from villages.models import User

    now = calendar.now()
    checker, clerk = User.objects.get(username="reviewer"), User.objects.get(username="clerk")
    villages = {}
    for batch in Batch.objects.filter(state="submitted", maker=clerk).select_related("village").order_by("pk")[:20]:
        panel = list(PanelMember.objects.filter(village=batch.village, ends_on=None))
        waiting = list(batch.claims.filter(state="submitted").values_list("pk", flat=True))
        villages[batch.village_id] = batch.village
        try:
            review.decide(
                batch=batch,
                checker=checker,
                version=batch.version,
                approve=waiting,
                present=panel,
                held_at=now,
                now=now,
            )
        except Refused as refused:
            print(batch.number, refused, file=sys.stderr, flush=True)
    for village in villages.values():
        for period in (periods.of(now.date()).previous(), periods.of(now.date())):
            try:
                notices.publish(village=village, period=period, publisher=clerk, now=now)
            except Refused:
                continue


if __name__ == "__main__":
    desk()
