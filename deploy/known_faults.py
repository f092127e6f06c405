"""Are the pinned packages known to be faulty? Asks the OSV database once for all pins of Python and npm.

    .venv/bin/python deploy/known_faults.py

    0  nothing known, or nobody could be asked and PORTAL_AUDIT says `may` (then the first word is NOT AUDITED)
    1  a pin is known to be faulty, or nobody could be asked and PORTAL_AUDIT says `must`

PORTAL_AUDIT  must, may (the default) or off
AUDIT_URL     another address of the same protocol, such as a copy inside the network

A good answer holds for a day while pins and exceptions stay, so that checking again costs nothing. Exceptions stand in
deploy/known-faults-accepted.txt: an advisory, the last day it is accepted, and why.
"""

import datetime as dt
import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packages import ROOT, VENV

URL = "https://api.osv.dev"
SECONDS, A_DAY, AT_ONCE = 10, 86400, 500
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
EXCEPTIONS = ROOT / "deploy" / "known-faults-accepted.txt"
STAMP = VENV / ".audited"


class NotAudited(Exception):
    """Nobody answered, or not in words this understands."""


@dataclass(frozen=True, order=True)
class Pin:
    """One package of one version, in the words of the database."""

    ecosystem: str
    name: str
    version: str

    @property
    def query(self) -> dict[str, Any]:
        return {"package": {"ecosystem": self.ecosystem, "name": self.name}, "version": self.version}


@dataclass(frozen=True)
class Fault:
    """What is known of a pin; `aliases` are other names of the same advisory."""

    pin: Pin
    advisory: str
    aliases: frozenset[str]
    summary: str
    fixed_in: str

    @property
    def line(self) -> str:
        mended = f"mended in {self.fixed_in}" if self.fixed_in else "not mended yet"
        names = ", ".join([self.advisory, *sorted(self.aliases)])
        return f"{self.pin.name} {self.pin.version}: {names}, {mended}. {self.summary}".rstrip()


def pins(root: Path = ROOT) -> list[Pin]:
    """Every pin of the requirement files and of package-lock.json."""
    texts = [(root / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    found = {Pin("PyPI", name.lower(), version) for text in texts for name, version in PIN.findall(text)}
    lock = json.loads((root / "package-lock.json").read_text())
    found |= {
        Pin("npm", path.rpartition("node_modules/")[2], package["version"])
        for path, package in lock["packages"].items()
        if path
    }
    return sorted(found)


def exceptions(text: str, today: dt.date) -> set[str]:
    """Advisories that are accepted until a day that has not passed. A line without day and reason ends the audit."""
    accepted = set()
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        advisory, day, reason = (*line.split(maxsplit=2), "", "")[:3]
        try:
            holds = dt.date.fromisoformat(day) >= today and bool(reason)
        except ValueError:
            holds = False
        if not reason or not day:
            sys.exit(f"{EXCEPTIONS.name}: “{line}” needs an advisory, the last day, and why.")
        if holds:
            accepted.add(advisory)
    return accepted


def ask(path: str, body: object = None) -> Any:
    """One answer of the database. Raises NotAudited."""
    url = os.environ.get("AUDIT_URL", URL).rstrip("/") + path
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - an address of ours
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise NotAudited(f"{url} did not answer ({getattr(error, 'reason', None) or error})") from None


def named(wanted: list[Pin]) -> Iterator[tuple[Pin, str]]:
    """Each pin with the advisories that name it, page by page."""
    queries = [(pin, pin.query) for pin in wanted]
    while queries:
        now, queries = queries[:AT_ONCE], queries[AT_ONCE:]
        answered = ask("/v1/querybatch", {"queries": [query for _, query in now]})
        results = answered.get("results") if isinstance(answered, dict) else None
        if not isinstance(results, list) or len(results) != len(now):
            raise NotAudited("the database answered in words that are not understood")
        for (pin, query), result in zip(now, results, strict=True):
            yield from ((pin, vuln["id"]) for vuln in (result or {}).get("vulns", []))
            if token := (result or {}).get("next_page_token"):
                queries.append((pin, query | {"page_token": token}))


def look_up(pin: Pin, advisory: str) -> Fault | None:
    """What the advisory says; nothing where it was withdrawn."""
    told = ask(f"/v1/vulns/{advisory}")
    if told.get("withdrawn"):
        return None
    return Fault(
        pin, advisory, frozenset(told.get("aliases", [])), told.get("summary", ""), ", ".join(_mended(told, pin))
    )


def _mended(told: Mapping[str, Any], pin: Pin) -> list[str]:
    ranges = (
        span
        for affected in told.get("affected", [])
        if affected.get("package", {}).get("name", "").lower() == pin.name
        for span in affected.get("ranges", [])
        if span.get("type") != "GIT"
    )
    return sorted({event["fixed"] for span in ranges for event in span.get("events", []) if "fixed" in event})


def faults(wanted: list[Pin], accepted: set[str]) -> list[Fault]:
    """Faults of the pins but those accepted; one advisory under two names is one fault."""
    found: list[Fault] = []
    for pin, advisory in named(wanted):
        fault = look_up(pin, advisory)
        if fault is None or {advisory, *fault.aliases} & accepted:
            continue
        if not any(one.pin == pin and {one.advisory, *one.aliases} & {advisory, *fault.aliases} for one in found):
            found.append(fault)
    return found


def fingerprint(wanted: Iterable[Pin], text: str) -> str:
    return hashlib.sha256(repr((sorted(wanted), text)).encode()).hexdigest()


def is_fresh(mark: str, now: float) -> bool:
    """Whether the same pins had a good answer within the last day."""
    try:
        kept = json.loads(STAMP.read_text())
        return bool(kept["mark"] == mark and 0 <= now - kept["at"] < A_DAY)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def strictness() -> str:
    said = os.environ.get("PORTAL_AUDIT") or "may"
    if said not in {"must", "may", "off"}:
        sys.exit(f"PORTAL_AUDIT={said} is not one of must, may, off.")
    return said


def main(now: dt.datetime) -> int:
    must = strictness()
    if must == "off":
        print("NOT AUDITED: PORTAL_AUDIT=off. Nobody looked whether the packages have known faults.")
        return 0
    wanted, text = pins(), EXCEPTIONS.read_text()
    mark = fingerprint(wanted, text)
    if is_fresh(mark, now.timestamp()):
        print(f"{len(wanted)} packages audited within the last day: no known faults.")
        return 0
    try:
        found = faults(wanted, exceptions(text, now.date()))
    except NotAudited as error:
        print(f"NOT AUDITED: {error}. Nobody looked whether the {len(wanted)} packages have known faults.")
        print("PORTAL_AUDIT=must makes this an error; AUDIT_URL names a copy of the database inside the network.")
        return must == "must"
    if not found:
        STAMP.write_text(json.dumps({"mark": mark, "at": now.timestamp()}))
    print(*([fault.line for fault in found] or [f"{len(wanted)} packages audited: no known faults."]), sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(dt.datetime.now(dt.UTC)))
