"""Bring database, places, demonstration and static files up to date before the processes start.

Each step looks first and does nothing when there is nothing to do: a later start spends about two seconds here.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianjiang_portal.settings")

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command, get_commands
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from qianjiang_portal import env


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database")
        call_command("migrate", interactive=False, verbosity=0)


def load_places() -> None:
    if "load_district" in get_commands():
        call_command("load_district", verbosity=0)


def seed() -> None:
    """Make the demonstration on a first start; one that was cut short is made again from nothing."""
    unfinished = env.data_dir() / "seed.unfinished"
    if unfinished.exists() and not env.text("DATABASE_URL"):
        start_over()
    if "seed_demo" not in get_commands() or not settings.PORTAL_DEMO or get_user_model().objects.exists():
        return
    say("Making the demonstration district")
    unfinished.touch()
    # Its table of accounts is printed once the portal answers, as on every start.
    with open(os.devnull, "w") as nowhere:
        call_command("seed_demo", stdout=nowhere)
    unfinished.unlink()


def start_over() -> None:
    say("The first start was cut short: emptying the demonstration")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    migrate()
    load_places()


def collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    present = fingerprint(static_sources())
    if stamp.exists() and stamp.read_text() == present:
        return
    say("Collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(present)


def static_sources() -> Iterable[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for file in sorted(files):
        state = file.stat()
        digest.update(f"{file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def say(what: str) -> None:
    print(f"{what} …", flush=True)


def main() -> None:
    django.setup()
    migrate()
    load_places()
    seed()
    collect_static()


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(f"The database does not answer as it should: {str(error).strip().splitlines()[0]}")
    except KeyboardInterrupt:
        sys.exit(130)
