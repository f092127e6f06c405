"""Backups against the real server: made, proved, spoilt, restored."""

import datetime as dt
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conftest import NOW, District
from points.models import Entry, Notice
from qianjiang_portal.foundation import calendar, files, jobs, upkeep
from qianjiang_portal.foundation.models import AuditEvent, File, Job, Upkeep
from qianjiang_portal.pages import tasks, web_role
from qianjiang_portal.pages.backups import archive, backups, sealing, server
from villages.models import Household

KEY = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def place(settings: object, tmp_path: Path) -> Path:
    """Backups and stored files in a folder of the test's own."""
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_KEY = ""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    return tmp_path


@pytest.fixture
def stored(district: District) -> File:
    return files.keep(
        name="记录.pdf", content=b"%PDF-1.7 minutes", content_type=files.PDF, place="500114112", made_at=NOW
    )


def databases() -> set[str]:
    """The names of this test's database and of those made beside it; other tests run on the same server."""
    own = connection.settings_dict["NAME"][:40]
    with server.keeper() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall() if name.startswith(own)}


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_it_once_a_night_and_restores_it_once_before_it_counts(
    posted: Notice, stored: File, settings: object
) -> None:
    before = databases()
    settings.BACKUP_NIGHTLY = True
    with calendar.at(NOW):
        tasks.queue_backup()
        tasks.queue_backup()
        assert jobs.run(Job.objects.get().uuid)
    assert upkeep.last("backup").ok
    assert Upkeep.objects.get(name="backup").note.endswith("试还原通过")
    assert [path.name for path in backups.kept()] == [f"{NOW:{backups.STAMP}}.backup"]
    assert databases() == before


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_backup_left_behind_is_cleared_away(posted: Notice, place: Path) -> None:
    left = backups._beside("trial")
    server.create(left)
    for name in (".dump-abc", ".trial-abc"):
        (place / "backups" / name).mkdir(parents=True)
        (place / "backups" / name / "database.dump").write_bytes(b"half")
    (place / "backups" / ".20261123-013000.backup.draft").write_bytes(b"half")
    path = backups.make(now=NOW, trial=False)
    assert list((place / "backups").iterdir()) == [path]
    assert left not in databases()


@pytest.mark.django_db(transaction=True)
def test_a_second_backup_waits_for_nobody_and_spoils_nothing(posted: Notice, place: Path) -> None:
    (place / "backups").mkdir()
    kept = place / "backups" / ".dump-of-the-first"
    kept.mkdir()
    with backups._alone():
        kept.mkdir(exist_ok=True)
        with pytest.raises(backups.CannotBackUp, match="另一次备份正在进行"):
            backups.make(now=NOW)
        assert kept.exists()
    assert not Upkeep.objects.filter(name="backup").exists()


@pytest.fixture
def web(db: None) -> Iterator[str]:
    """The web's role on this test's database; roles are the whole server's, so it goes again."""
    name = f"web_of_{connection.settings_dict['NAME'][:40]}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{name}"')
    web_role.grant(name)
    yield name
    with server.cursor_of(connection.settings_dict["NAME"]) as cursor:
        cursor.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def may(role: str, *rights: str) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'points_entry', unnest(%s))", [role, list(rights)])
        return [yes for (yes,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_everything_comes_back(posted: Notice, stored: File, place: Path, web: str) -> None:
    path = backups.make(now=NOW, trial=False)
    entries = list(Entry.objects.order_by("pk").values_list("source", "points", "leaf"))
    Household.objects.filter(number__endswith="1").update(head_name="改坏了")
    Path(stored.content.path).write_bytes(b"spoilt")
    present = connection.settings_dict["NAME"]
    kept = f"{present[:40]}_before_20261124_100000"
    try:
        call_command("restore", str(path), "--replace", stdout=io.StringIO())
    except CommandError as error:
        pytest.fail(str(error))
    finally:
        kept = next((name for name in databases() if name.startswith(f"{present[:40]}_before_")), kept)
        server.drop(kept)
    assert list(Entry.objects.order_by("pk").values_list("source", "points", "leaf")) == entries
    assert not Household.objects.filter(head_name="改坏了").exists()
    assert Path(stored.content.path).read_bytes() == b"%PDF-1.7 minutes"
    assert [folder.name[:13] for folder in place.glob("files-before-*")] == ["files-before-"]
    assert AuditEvent.objects.get(action="backup.restore").target == path.name
    assert may(web, "INSERT", "UPDATE") == [True, False]


Somebody = Callable[[str], AbstractContextManager[object]]


@pytest.fixture
def somebody() -> Somebody:
    """Somebody else, whose sessions the owner may not end."""
    keys = ("HOST", "PORT", "USER", "PASSWORD")
    host, port, user, password = (connection.settings_dict[key] or None for key in keys)

    @contextmanager
    def inside(database: str) -> Iterator[None]:
        held = psycopg2.connect(dbname=database, host=host, port=port, user=user, password=password)
        try:
            yield
        finally:
            held.close()

    return inside


@pytest.fixture
def two(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str, str]]:
    """Two databases, a third name, and an owner of them who may neither end others' sessions nor do anything else."""
    own, owner = connection.settings_dict["NAME"][:40], f"owner_of_{connection.settings_dict['NAME'][:40]}"
    names = (f"{own}_present", f"{own}_coming", f"{own}_kept")
    with server.keeper() as cursor:
        cursor.execute(f"CREATE ROLE \"{owner}\" LOGIN CREATEDB PASSWORD 'of-a-test'")
        for name in names[:2]:
            cursor.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "USER", owner)
        patch.setitem(connection.settings_dict, "PASSWORD", "of-a-test")
        yield names
    connection.close()
    for name in names:
        server.drop(name)
    with server.keeper() as cursor:
        cursor.execute(f'DROP ROLE "{owner}"')


def test_a_database_somebody_is_in_stays_where_it_is(
    somebody: Somebody, two: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GO_SECONDS", 0.3)
    present, coming, kept = two
    with somebody(present):
        with pytest.raises(server.CannotExchange, match="请先停掉"):
            server.exchange(present=present, kept_as=kept, coming=coming)
        with somebody(present):
            assert kept not in databases()
    server.exchange(present=present, kept_as=kept, coming=coming)
    assert databases() >= {present, kept}
    assert coming not in databases()
    with somebody(present), somebody(kept):
        pass


def test_a_database_is_made_beside_with_the_same_letters(
    two: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server's own way is another, a name in Chinese would not come back as it was."""
    present, _, kept = two
    with server.keeper() as cursor:
        cursor.execute(f'DROP DATABASE "{present}"')
        cursor.execute(
            f'CREATE DATABASE "{present}" TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LC_COLLATE "C"'
            ' LC_CTYPE "C"'
        )
    monkeypatch.setitem(connection.settings_dict, "NAME", present)
    server.create(kept)
    with server.keeper() as cursor:
        found = server.letters_of(cursor, kept)
    wanted = {"ENCODING": "LATIN1", "LC_COLLATE": "C", "LC_CTYPE": "C", "LOCALE_PROVIDER": "libc"}
    assert found == wanted


def test_a_name_that_is_taken_changes_nothing(somebody: Somebody, two: tuple[str, str, str]) -> None:
    present, coming, _ = two
    with pytest.raises(server.CannotExchange, match="already exists"):
        server.exchange(present=present, kept_as=coming, coming=coming)
    assert databases() >= {present, coming}
    with somebody(present):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_portal_in_use_is_not_replaced_by_mistake(posted: Notice) -> None:
    path = backups.make(now=NOW, trial=False)
    with pytest.raises(backups.CannotRestore, match="已有账号"):
        backups.restore(path=path, replace=False, now=NOW, say=print)


@pytest.mark.django_db(transaction=True)
def test_books_that_do_not_come_out_make_no_good_backup(posted: Notice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; UPDATE points_entry SET points = points + 1")
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(backups.CannotBackUp, match=r"check_ledger 没有通过：balance: household .* should be 6"):
        backups.make(now=NOW)
    assert Upkeep.objects.get(name="backup").ok is False


@pytest.mark.django_db(transaction=True)
def test_a_stored_file_that_is_missing_makes_no_good_backup(stored: File) -> None:
    Path(stored.content.path).unlink()
    with pytest.raises(FileNotFoundError):
        backups.make(now=NOW)
    assert (Upkeep.objects.get().ok, backups.kept()) == (False, [])


@pytest.mark.django_db(transaction=True)
def test_a_sealed_backup_needs_its_key_and_no_role_of_the_server_it_comes_from(
    posted: Notice, settings: object, web: str
) -> None:
    settings.BACKUP_KEY = KEY
    path = backups.make(now=NOW, trial=False)
    assert "冉光明".encode() not in path.read_bytes()
    with role_away(web):
        assert backups.prove(path).counts["points_entry"] == Entry.objects.count() > 0
    settings.BACKUP_KEY = KEY[::-1]
    with pytest.raises(sealing.CannotOpen, match="密钥不对"):
        backups.prove(path)
    settings.BACKUP_KEY = ""
    with pytest.raises(archive.CannotRead, match="请设置 BACKUP_KEY"):
        backups.prove(path)


@contextmanager
def role_away(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE ROLE "{name}"')


@pytest.mark.django_db(transaction=True)
def test_a_backup_of_a_later_portal_is_refused(posted: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "_migrations", lambda cursor: {"points": "9999_things_to_come"})
    path = backups.make(now=NOW, trial=False)
    with pytest.raises(backups.CannotRestore, match="points 9999_things_to_come"):
        backups.restore(path=path, replace=True, now=NOW, say=print)


@pytest.mark.parametrize("size", [0, 1, sealing.PIECE, sealing.PIECE + 1, 3 * sealing.PIECE])
def test_what_was_sealed_opens(size: int) -> None:
    text, target = bytes(range(256)) * (size // 256 + 1), io.BytesIO()
    with sealing.Sealer(target, bytes.fromhex(KEY)) as sealer:
        sealer.write(text[:size])
    assert io.BufferedReader(sealing.Opener(io.BytesIO(target.getvalue()), bytes.fromhex(KEY))).read() == text[:size]


@pytest.mark.parametrize("spoil", ["cut", "flip", "swap"])
def test_a_spoilt_seal_does_not_open(spoil: str) -> None:
    target = io.BytesIO()
    with sealing.Sealer(target, bytes.fromhex(KEY)) as sealer:
        sealer.write(b"a" * sealing.PIECE + b"b" * sealing.PIECE + b"c")
    whole, piece = target.getvalue(), sealing.PIECE + sealing.TAG
    head, first, second, rest = (
        whole[:20],
        whole[20 : 20 + piece],
        whole[20 + piece : 20 + 2 * piece],
        whole[20 + 2 * piece :],
    )
    spoilt = {
        "cut": head + first + second,
        "flip": head + first[:-1] + bytes([first[-1] ^ 1]) + second + rest,
        "swap": head + second + first + rest,
    }[spoil]
    with pytest.raises(sealing.CannotOpen):
        io.BufferedReader(sealing.Opener(io.BytesIO(spoilt), bytes.fromhex(KEY))).read()


def test_nothing_is_laid_outside_the_folder(place: Path) -> None:
    path = place / "evil.backup"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        text = (
            b'{"made_at": "2026-11-23T10:00:00+08:00", "server": "18", "migrations": {}, "counts": {}, "heads": {},'
            b' "database_sha256": "", "files": {"../../evil": ""}}'
        )
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
        tar.addfile(tarfile.TarInfo("files/../../evil"), io.BytesIO(b""))
    into = place / "into"
    into.mkdir()
    with pytest.raises(archive.CannotRead, match="不该有的内容"):
        archive.unpack(path, into)


def test_days_are_kept_and_the_first_of_each_month() -> None:
    first = dt.datetime(2025, 9, 20, 2)
    made = [Path(f"{first + dt.timedelta(days=at):{backups.STAMP}}.backup") for at in range(430)]
    today = first.date() + dt.timedelta(days=429)
    stays = sorted(set(made) - set(backups.old(made, today, 14)))
    assert [path.name[:8] for path in stays[:3]] == ["20251201", "20260101", "20260201"]
    assert [path.name[:8] for path in stays[-14:]] == [
        f"{today - dt.timedelta(days=at):%Y%m%d}" for at in range(13, -1, -1)
    ]
