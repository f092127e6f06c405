"""A scratch database for a measurement, dropped afterwards, and the facts of the machine it ran on."""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianjiang_portal.settings")


@contextmanager
def database() -> Iterator[None]:
    """An empty, migrated database beside the portal's own, on the same server with the same settings.

    The server out of wheels keeps a migrated one to copy: migrating takes longer than most measurements.
    """
    import django

    django.setup()
    from django.db import connection

    from qianjiang_portal import embedded, testing_database

    own = connection.settings_dict["NAME"]
    if not os.environ.get("DATABASE_URL"):
        connection.settings_dict["TEST"]["TEMPLATE"] = testing_database.template(embedded.database_url())
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        with connection.cursor() as cursor:  # what a served thread left open
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.creation.destroy_test_db(own, verbosity=0)


@contextmanager
def in_service() -> Iterator[None]:
    """As a portal that serves people: no record of every statement, static files hashed and kept by browsers."""
    from django.core.management import call_command
    from django.test import override_settings

    with tempfile.TemporaryDirectory() as folder:
        served = {"DEBUG": False, "PORTAL_CLOCK": "", "STATIC_ROOT": folder}
        with override_settings(**served, ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
            call_command("collectstatic", verbosity=0, interactive=False)
            yield


def processor_seconds() -> float:
    """Of this process and of its own database server process: what stays comparable while others use the machine."""
    import psutil
    from django.db import connection

    connection.ensure_connection()
    own = time.process_time()
    try:
        server = psutil.Process(connection.connection.get_backend_pid()).cpu_times()
    except psutil.Error:
        return own  # the server is another machine
    return own + server.user + server.system


def machine() -> dict[str, Any]:
    from django.db import connection

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (server,) = cursor.fetchone()
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "postgresql": server,
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
