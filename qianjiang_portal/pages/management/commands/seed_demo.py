import datetime as dt
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qianjiang_portal import env
from qianjiang_portal.foundation import audit_seals, calendar
from qianjiang_portal.pages.demo import district, people


class Command(BaseCommand):
    help = "Make a demonstration district in an empty portal and print its accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households-per-village", type=int, default=40, metavar="N")
        parser.add_argument("--seed", default="1", help="the same seed makes the same district")
        parser.add_argument("--until", type=dt.date.fromisoformat, metavar="DATE", help="the day after the last event")
        parser.add_argument("--villages-with-history", type=int, default=12, metavar="N")
        parser.add_argument("--months", type=int, default=8, help="of history, the last one included")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("This portal is no demonstration: PORTAL_DEMO=1 makes it one.")
        if not district.is_empty():
            self.stdout.write("There are people or households already: nothing was changed.")
            return
        made = district.make(plan(options))
        audit_seals.nightly(now=calendar.now())
        self.stdout.write(f"{made.households} households, {made.batches} batches, {made.entries} entries.")
        table = people.table(made.passwords)
        keep(accounts_file(), table)
        self.stdout.write(table, ending="")


def plan(options: dict[str, Any]) -> district.Plan:
    return district.Plan(
        until=options["until"] or calendar.today(),
        seed=options["seed"],
        per_village=options["households_per_village"],
        villages=options["villages_with_history"],
        months=options["months"],
        password=env.text("PORTAL_DEMO_PASSWORD"),
    )


def accounts_file() -> Path:
    return env.data_dir() / "demo-accounts.txt"


def keep(path: Path, text: str) -> None:
    """Write a file that only its owner reads, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
