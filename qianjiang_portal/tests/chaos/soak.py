"""`make soak MINUTES=5 SEED=1`: the whole job under load while its processes are killed in a random order.

Two clerks enter and submit over HTTP, a panel decides, notices go up and are posted by workers, the clock runs eight
days every half minute, so that months and quarters end and reports come due. Meanwhile web, worker, beat, broker and
database are killed, the broker is frozen as behind a cut cable, the quota of the data folder is used up (as root, who
may mount one; else that harm is left out and the result says so), and the clock jumps. Afterwards everything has to
come to rest by itself, and then: no acknowledged row is missing, no submitted batch is a draft, no report is missing or
doubled, every sum and every chain of seals comes out. Prints JSON; exit 1 where something does not hold.
"""

import argparse
import datetime as dt
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil

from qianjiang_portal.tests.chaos import soak_reports
from qianjiang_portal.tests.chaos.portal import ROOT, Portal, wait_for
from qianjiang_portal.tests.chaos.soak_people import Clerk, Told

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLERKS = 2
DAYS = 8
DAYS_EVERY = 30.0
REST_SECONDS = 240
VILLAGE = "桐木村"
WORDS = {
    "web": ("granian",),
    "worker": ("celery", " worker "),
    "beat": ("celery", " beat "),
    "broker": ("valkey-server",),
    "database": ("postgres", "-D"),
}
HARMS = ("web", "web", "worker", "worker", "beat", "broker", "database", "freeze", "clock")
QUOTA_MB = 1536
FULL_SECONDS = 8


class Clock:
    """The portal's clock file, and the day it shows."""

    def __init__(self, data: Path) -> None:
        self.file, self.days = data / "clock", 0

    def move(self, days: int) -> None:
        self.days += days
        while not self.written():
            time.sleep(0.5)

    def written(self) -> bool:
        """The file is in the data folder as well: while that is full, the clock has to wait."""
        try:
            self.write()
        except OSError:
            return False
        return True

    def write(self) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"+{self.days}d")
        draft.rename(self.file)

    def today(self) -> dt.date:
        return (dt.datetime.now(SHANGHAI) + dt.timedelta(days=self.days)).date()


class Harm(threading.Thread):
    """Every few seconds one of `HARMS`, in the order the seed gives."""

    def __init__(self, portal: Portal, clock: Clock, over: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.portal, self.clock, self.over, self.random = portal, clock, over, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.harms = (*HARMS, "disk") if os.path.ismount(portal.data) else HARMS

    def run(self) -> None:
        while not self.over.wait(self.random.uniform(4, 12)):
            harm = self.random.choice(self.harms)
            self.done[harm] += 1
            if harm == "clock":
                self.clock.move(1)
            elif harm == "freeze":
                self.freeze()
            elif harm == "disk":
                self.fill_up()
            else:
                self.kill(harm)

    def processes(self, what: str) -> list[psutil.Process]:
        """Processes of this portal, by the folder in their environment or on their command line."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or [])
            # keep.sh stands for systemd: whoever starts the others again is not killed.
            if "keep.sh" not in line and all(word in line for word in WORDS[what]) and self.is_mine(process, line):
                found.append(process)
        return found

    def is_mine(self, process: psutil.Process, line: str) -> bool:
        if str(self.portal.data) in line:
            return True
        try:
            return process.environ().get("PORTAL_DATA") == str(self.portal.data)
        except psutil.Error:
            return False

    def kill(self, what: str) -> None:
        for process in self.processes(what):
            try:
                process.kill()
            except psutil.Error:
                continue

    def fill_up(self) -> None:
        """Nothing more can be written in the data folder: not by the database, nor by the broker, nor by the portal."""
        filler = self.portal.data / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (2**20, 2**12):
                with suppress(OSError):
                    while True:
                        file.write(b"\0" * size)
        self.over.wait(FULL_SECONDS)
        filler.unlink()

    def freeze(self) -> None:
        """The broker is there and does not answer, as behind a cut cable."""
        for process in self.processes("broker"):
            try:
                process.send_signal(signal.SIGSTOP)
                self.over.wait(8)
                process.send_signal(signal.SIGCONT)
            except psutil.Error:
                continue


def places(portal: Portal, clock: Clock) -> dict[str, Any]:
    village, code = portal.ask("SELECT id, code FROM villages_village WHERE short_name = %s", VILLAGE)[0]
    households = portal.ask("SELECT id FROM villages_household WHERE village_id = %s AND state = 'active'", village)
    rules = portal.ask(
        "SELECT r.id, r.min_points FROM points_rule r JOIN points_ruleset s ON s.id = r.rule_set_id "
        "WHERE s.state = 'published' AND r.kind = 'award' AND r.min_points > 0 AND r.unit = 'household' "
        "AND (s.village_id = %s OR s.village_id IS NULL AND s.township_id = "
        "(SELECT township_id FROM villages_village WHERE id = %s)) ORDER BY s.village_id NULLS LAST LIMIT 12",
        village,
        village,
    )
    return {"village": code, "households": [pk for (pk,) in households], "rules": rules, "today": clock.today}


def at_rest(portal: Portal) -> bool:
    """No job waits or runs, and no notice is due."""
    ((jobs,),) = portal.ask("SELECT count(*) FROM foundation_job WHERE state IN ('queued', 'running')")
    return jobs == 0


def faults(portal: Portal, told: Told, today: dt.date) -> dict[str, Any]:
    """What does not hold; empty values where everything does."""
    kept = {str(key) for (key,) in portal.ask("SELECT client_key FROM points_claim")}
    drafts = {number for (number,) in portal.ask("SELECT number FROM points_batch WHERE state = 'draft'")}
    doubled = portal.ask(
        "SELECT kind, scope, period, count(*) FROM foundation_job GROUP BY 1, 2, 3, version HAVING count(*) > 1"
    )
    unmade = portal.ask("SELECT kind, scope, period, error FROM foundation_job WHERE state = 'failed'")
    commands = {name: portal.manage(name) for name in ("check_ledger", "verify_seals")}
    return {
        "rows_lost": len(told.rows - kept),
        "submitted_but_draft": sorted(told.sent & drafts),
        "jobs_doubled": doubled,
        "jobs_failed": unmade,
        **soak_reports.amiss(portal, today),
        "books": {name: done.stdout[-300:] for name, done in commands.items() if done.returncode},
    }


def load(portal: Portal, minutes: float, seed: int) -> tuple[Told, Harm]:
    clock, told, over = Clock(portal.data), Told(), threading.Event()
    clock.move(0)
    where = places(portal, clock)
    clerks = [Clerk(portal, where, told, over, seed + at) for at in range(CLERKS)]
    harm = Harm(portal, clock, over, seed)
    desk = subprocess.Popen(
        [sys.executable, "-m", "qianjiang_portal.tests.chaos.soak_people"],
        cwd=ROOT,
        env=portal.environment,
        stderr=(portal.data / "desk.log").open("w"),
    )
    for thread in (*clerks, harm):
        thread.start()
    deadline = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline:
        time.sleep(DAYS_EVERY)
        clock.move(DAYS)
    told.until = time.monotonic() + 90
    over.set()
    for thread in (harm, *clerks):
        thread.join(120)
    time.sleep(10)
    clock.move(40)  # whatever is on notice runs out
    time.sleep(20)
    desk.kill()
    wait_for(lambda: at_rest(portal), REST_SECONDS)
    return told, harm


@contextmanager
def quota(data: Path) -> Iterator[Path]:
    """The data folder, with a limit to what it may hold where one can be set."""
    data.mkdir(mode=0o711)
    size = f"size={QUOTA_MB}m,mode=0711"
    mounted = os.getuid() == 0 and not subprocess.run(["mount", "-t", "tmpfs", "-o", size, "soak", data]).returncode
    try:
        yield data
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", data], check=False)


def soak(minutes: float, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, quota(Path(folder) / "data") as data:
        portal = Portal(data)
        portal.log = Path(folder) / "portal.log"
        try:
            portal.migrate()
            portal.make_district("--households-per-village", "24", "--villages-with-history", "1", "--months", "2")
            portal.start()
            before = portal.ask("SELECT count(*) FROM points_entry")[0][0]
            told, harm = load(portal, minutes, seed)
            found = faults(portal, told, harm.clock.today())
            after, reports = portal.ask(
                "SELECT (SELECT count(*) FROM points_entry), (SELECT count(*) FROM reports_reportversion)"
            )[0]
        except BaseException:
            kept = Path(tempfile.gettempdir()) / "soak.log"
            kept.write_bytes(portal.log.read_bytes() if portal.log.exists() else b"")
            print(f"The portal's log is in {kept}", file=sys.stderr)
            raise
        finally:
            portal.stop()
    return {
        "minutes": minutes,
        "seed": seed,
        "harms": dict(harm.done),
        "quota_mb": QUOTA_MB if "disk" in harm.harms else "none: it takes root to set one",
        "rows_acknowledged": len(told.rows),
        "rows_refused_by_rules": told.refused,
        "batches_submitted": len(told.sent),
        "tries_again": told.retries,
        "troubles": dict(Counter(told.trouble).most_common(5)),
        "row_seconds_median": round(statistics.median(told.seconds), 3) if told.seconds else None,
        "entries_posted": after - before,
        "report_versions": reports,
        "faults": found,
        "holds": not any(found.values()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES", "5")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    given = parser.parse_args()
    found = soak(given.minutes, given.seed)
    print(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    return 0 if found["holds"] and found["rows_acknowledged"] and found["entries_posted"] else 1


if __name__ == "__main__":
    sys.exit(main())
