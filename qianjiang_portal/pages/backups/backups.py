"""Make a backup, try it, drop those that are too old, and restore one.

The database is dumped from one snapshot, in which the manifest's rows are counted as well. Files are written once and
before the row that names them, so that those copied after the snapshot are all that its rows can name.
A backup counts only after it has been restored into a database of its own and the books there came out.
"""

import datetime as dt
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from qianjiang_portal.foundation import audit, upkeep
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages import web_role
from qianjiang_portal.pages.backups import archive, server

SUFFIX = ".backup"
DUMPS, TRIALS = ".dump-", ".trial-"
STAMP = "%Y%m%d-%H%M%S"
HEADS = """
    SELECT v.code, h.number, h.digest FROM points_chainhead h JOIN villages_village v ON v.id = h.village_id
     WHERE h.number > 0 ORDER BY 1
"""


class CannotBackUp(Refused):
    """The backup could not be made, or its trial restore did not come out."""


class CannotRestore(Refused):
    """The portal cannot be brought back from this file."""


def folder() -> Path:
    path = Path(settings.BACKUP_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def files_folder() -> Path:
    return Path(default_storage.path(""))


def kept() -> list[Path]:
    """Backups in the folder, the newest first."""
    return sorted(folder().glob(f"*{SUFFIX}"), reverse=True)


def make(*, now: dt.datetime, trial: bool = True, waiting: server.Waiting = lambda: None) -> Path:
    """Write a backup into the folder and try it; notes how it went. Raises CannotBackUp, CannotDump, OSError.

    `waiting` is called every few seconds, so that a job keeps its lease.
    """
    with _alone():
        return _make(now, trial, waiting)


def _make(now: dt.datetime, trial: bool, waiting: server.Waiting) -> Path:
    path = folder() / f"{now:{STAMP}}{SUFFIX}"
    try:
        with tempfile.TemporaryDirectory(dir=folder(), prefix=DUMPS) as work:
            dump = Path(work) / archive.DATABASE
            archive.write(path, _dump(dump, now, waiting), dump, files_folder())
        if trial:
            prove(path, waiting)
    except (Refused, OSError) as error:
        upkeep.note(name=upkeep.BACKUP, ok=False, text=str(error), now=now)
        raise
    drop_old(now.date())
    size = path.stat().st_size / 2**20
    text = f"{size:.1f} MB，{'试还原通过' if trial else '没有试还原'}"
    upkeep.note(name=upkeep.BACKUP, ok=trial, text=text, now=now)
    return path


@contextmanager
def _alone() -> Iterator[None]:
    """One backup of the portal at a time; what one that was killed left behind is cleared away. Raises CannotBackUp."""
    with server.keeper() as cursor:
        own = connection.settings_dict["NAME"]
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"backup of {own}"])
        if not cursor.fetchone()[0]:
            raise CannotBackUp("另一次备份正在进行，请等它结束")
        for left in folder().glob(".*"):
            if left.name.startswith((DUMPS, TRIALS)):
                shutil.rmtree(left, ignore_errors=True)
            elif left.suffix == archive.DRAFT:
                left.unlink(missing_ok=True)
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_named("trial")])
        for (name,) in cursor.fetchall():
            server.drop(name)
        yield


def _dump(target: Path, now: dt.datetime, waiting: server.Waiting) -> archive.Manifest:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        name = connection.settings_dict["NAME"]
        arguments = ("--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}")
        server.run("pg_dump", *arguments, database=name, waiting=waiting)
        cursor.execute(HEADS)
        return archive.Manifest(
            made_at=now.isoformat(),
            server=_server(cursor),
            migrations=_migrations(cursor),
            counts=_counts(cursor),
            heads={code: [number, digest] for code, number, digest in _heads(cursor)},
            database_sha256=archive.sha256(target),
            files=dict(File.objects.order_by("content").values_list("content", "sha256")),
        )


def _server(cursor: Any) -> str:
    cursor.execute("SHOW server_version")
    return str(cursor.fetchone()[0])


def _migrations(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
    return dict(cursor.fetchall())


def _counts(cursor: Any) -> dict[str, int]:
    """Rows of every table."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name out of the catalogue
        counts[table] = int(cursor.fetchone()[0])
    return counts


def _heads(cursor: Any) -> list[tuple[str, int, str]]:
    cursor.execute(HEADS)
    return list(cursor.fetchall())


def prove(path: Path, waiting: server.Waiting = lambda: None) -> archive.Manifest:
    """Restore a backup beside the portal, let its books be checked there, and clear it away. Raises CannotBackUp."""
    with tempfile.TemporaryDirectory(dir=folder(), prefix=TRIALS) as work:
        manifest = archive.unpack(path, Path(work))
        name = _beside("trial")
        try:
            _fill(name, Path(work) / archive.DATABASE, waiting)
            _compare(name, manifest, waiting)
        finally:
            server.drop(name)
    return manifest


def _beside(what: str) -> str:
    return f"{_named(what)}{secrets.token_hex(4)}"


def _named(what: str) -> str:
    return f"{connection.settings_dict['NAME'][:40]}_{what}_"


def _fill(name: str, dump: Path, waiting: server.Waiting) -> None:
    server.create(name)
    jobs = f"--jobs={min(4, os.cpu_count() or 1)}"
    # Rights are granted anew: on another server the roles that had them may not be there.
    arguments = ("--no-owner", "--no-privileges", "--exit-on-error", jobs, f"--dbname={name}", str(dump))
    server.run("pg_restore", *arguments, database=name, waiting=waiting)


def _compare(name: str, manifest: archive.Manifest, waiting: server.Waiting = lambda: None) -> None:
    """Every table as long as it was, every chain at its last seal, and the books come out."""
    with server.cursor_of(name) as cursor:
        counts, heads = _counts(cursor), {code: [number, digest] for code, number, digest in _heads(cursor)}
    if counts != manifest.counts:
        differing = sorted(table for table in manifest.counts if counts.get(table) != manifest.counts[table])
        raise CannotBackUp(f"试还原的行数不符：{'、'.join(differing[:5])}")
    if heads != manifest.heads:
        raise CannotBackUp("试还原的封签与备份时不一致")
    code, words = _manage("check_books", database=name, waiting=waiting)
    if code:
        found = re.search(r"^CommandError: (\w+): (.*)", words, re.MULTILINE)
        proof, why = found.groups() if found else ("check_books", words.splitlines()[-1] if words else code)
        raise CannotBackUp(f"试还原后 {proof} 没有通过：{why}")


def _manage(*words: str, database: str, waiting: server.Waiting = lambda: None) -> tuple[int, str]:
    # This process has passed the checks of the code; the one that is started need not load every page for them.
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words, "--skip-checks"]
    return server.wait_for(command, {"DATABASE_URL": server.address(database)}, waiting)


def drop_old(today: dt.date) -> list[Path]:
    """Drop what need not be kept: the newest BACKUP_KEEP days stay, and the first of each of the last twelve months."""
    dropped = old(kept(), today, settings.BACKUP_KEEP)
    for path in dropped:
        path.unlink()
    return dropped


def old(paths: Iterable[Path], today: dt.date, days: int) -> list[Path]:
    """Those of `paths` that neither belong to the last `days` days nor open one of the last twelve months."""
    since, year = today - dt.timedelta(days=days), today - dt.timedelta(days=365)
    stays: set[Path] = set()
    months: dict[str, Path] = {}
    for path in sorted(paths):
        day = dt.datetime.strptime(path.name.split(".")[0], STAMP).date()  # noqa: DTZ007 - a date out of a name
        months.setdefault(f"{day:%Y%m}", path)
        if day > since or (months[f"{day:%Y%m}"] is path and day > year):
            stays.add(path)
    return [path for path in sorted(paths) if path not in stays]


def restore(*, path: Path, replace: bool, now: dt.datetime, say: Callable[[str], object]) -> archive.Manifest:
    """Bring the portal back to a backup. What was there stays beside it under another name.

    Everything is laid out and proved first; then database and files change places. Raises CannotRestore, CannotRead,
    CannotOpen, CannotDump, CannotExchange.
    """
    if _in_use() and not replace:
        raise CannotRestore("数据库里已有账号，要替换请加 --replace，原来的数据会改名保留")
    files, roles = files_folder(), web_role.holders()
    files.parent.mkdir(parents=True, exist_ok=True)
    work, name = server.folder_beside(files), _beside("coming")
    try:
        say("Reading the backup")
        manifest = archive.unpack(path, work)
        _refuse_newer(manifest)
        say("Restoring into a database beside the present one, and checking the books there")
        _fill(name, work / archive.DATABASE, lambda: None)
        _compare(name, manifest)
        say("Changing places")
        _change_places(name, work / archive.FILES, files, f"{now:{STAMP}}")
    finally:
        server.drop(name)
        shutil.rmtree(work, ignore_errors=True)
    code, words = _manage("migrate", "--no-input", "-v0", database=connection.settings_dict["NAME"])
    if code:
        raise CannotRestore(f"还原后升级数据表没有完成：{words.splitlines()[-1]}")
    for role in roles:
        web_role.grant(role)
    audit.record(actor=None, action="backup.restore", target=path.name, facts={"made_at": manifest.made_at}, at=now)
    return manifest


def _in_use() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('villages_user') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT EXISTS (SELECT 1 FROM villages_user)")
        return bool(cursor.fetchone()[0])


def _refuse_newer(manifest: archive.Manifest) -> None:
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    newer = [f"{app} {name}" for app, name in manifest.migrations.items() if (app, name) not in known]
    if newer:
        raise CannotRestore(f"备份是用别的版本做的，这里没有：{'、'.join(newer)}")


def _change_places(name: str, coming: Path, files: Path, stamp: str) -> None:
    present = connection.settings_dict["NAME"]
    server.exchange(present=present, kept_as=f"{present[:40]}_before_{stamp.replace('-', '_')}", coming=name)
    if files.exists():
        files.rename(files.with_name(f"{files.name}-before-{stamp}"))
    coming.rename(files)
