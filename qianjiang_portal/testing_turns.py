"""Two at the same moment on a real database: it has come when one waits for a lock, however slow the machine."""

from django.db import connection

from qianjiang_portal.local_process import wait_until
from qianjiang_portal.testing import PATIENCE

HELD_UP = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


def is_waited_for() -> bool:
    """Whether somebody waits for a lock that this thread's connection holds."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_UP)
        [found] = cursor.fetchone()
    return bool(found)


def until_waited_for() -> None:
    assert wait_until(is_waited_for, PATIENCE / 1000), "nobody waits"


class Encounter:
    """Where two meet who both look before either writes, unless the first makes the second wait."""

    def __init__(self) -> None:
        self.here = 0

    def attend(self) -> None:
        self.here += 1
        assert wait_until(lambda: self.here > 1 or is_waited_for(), PATIENCE / 1000), "nobody else came"
