"""What is in a backup file: a manifest, the database and the stored files, in one tar, sealed where there is a key."""

import datetime as dt
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings

from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.backups import sealing

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database.dump", "files"
DRAFT = ".draft"  # until it is whole
BLOCK = 1 << 20


class CannotRead(Refused):
    """The file is no backup, not whole, or of a later format."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself, counted in the same snapshot as its database."""

    made_at: str
    server: str
    migrations: dict[str, str]
    counts: dict[str, int]
    heads: dict[str, list[Any]]  # village code → number and digest of its last seal
    database_sha256: str
    format: int = FORMAT
    files: dict[str, str] = field(default_factory=dict)  # path below the files folder → sha256

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.made_at)


def key() -> bytes | None:
    """The portal's backup key: 64 hex digits in BACKUP_KEY; None leaves backups as they are."""
    return bytes.fromhex(settings.BACKUP_KEY) if settings.BACKUP_KEY else None


def write(path: Path, manifest: Manifest, database: Path, folder: Path) -> None:
    """Put everything into `path`, which appears whole or not at all. A file that is missing ends it (OSError)."""
    draft = path.with_name(f".{path.name}{DRAFT}")
    try:
        with draft.open("wb") as raw, _sealed(raw) as target, tarfile.open(fileobj=target, mode="w|") as tar:
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(text)
            tar.addfile(head, io.BytesIO(text))
            tar.add(database, DATABASE)
            for name in manifest.files:
                tar.add(folder / name, f"{FILES}/{name}", recursive=False)
        draft.chmod(0o600)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _sealed(raw: BinaryIO) -> Iterator[BinaryIO]:
    portal_key = key()
    if portal_key is None:
        yield raw
        return
    with sealing.Sealer(raw, portal_key) as sealer:
        yield cast(BinaryIO, sealer)


def unpack(path: Path, into: Path) -> Manifest:
    """Lay database and files of a backup into an empty folder; every content is compared with its digest.

    Raises CannotRead, CannotOpen.
    """
    with path.open("rb") as raw:
        try:
            with tarfile.open(fileobj=_opened(raw), mode="r|") as tar:
                return _unpack(tar, into)
        except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
            raise CannotRead(f"{path.name} 不是完整的备份文件") from error


def _opened(raw: BinaryIO) -> BinaryIO:
    sealed = raw.read(len(sealing.MAGIC)) == sealing.MAGIC
    raw.seek(0)
    if not sealed:
        return raw
    portal_key = key()
    if portal_key is None:
        raise CannotRead("备份是加密的，请设置 BACKUP_KEY")
    return cast(BinaryIO, io.BufferedReader(sealing.Opener(raw, portal_key), BLOCK))


def _unpack(tar: tarfile.TarFile, into: Path) -> Manifest:
    manifest: Manifest | None = None
    wanted: dict[str, str] = {}
    for member in tar:
        content = tar.extractfile(member)
        if content is None:
            raise CannotRead(f"备份里有不该有的内容：{member.name}")
        if manifest is None:
            manifest = _manifest(member.name, content.read())
            wanted = {DATABASE: manifest.database_sha256}
            wanted |= {f"{FILES}/{name}": digest for name, digest in manifest.files.items()}
            continue
        # Names come from the manifest alone, so that nothing can be laid outside the folder.
        if member.name not in wanted or ".." in Path(member.name).parts:
            raise CannotRead(f"备份里有不该有的内容：{member.name}")
        if _lay(cast(BinaryIO, content), into / member.name) != wanted.pop(member.name):
            raise CannotRead(f"备份里的 {member.name} 与登记的不一致")
    if manifest is None or wanted:
        raise CannotRead("备份文件不完整")
    (into / FILES).mkdir(exist_ok=True)
    return manifest


def _manifest(name: str, text: bytes) -> Manifest:
    if name != MANIFEST:
        raise CannotRead("备份文件开头没有说明")
    told = json.loads(text)
    if told.get("format", 0) > FORMAT:
        raise CannotRead("备份是用更新的程序做的，请先升级")
    return Manifest(**told)


def _lay(content: BinaryIO, place: Path) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with place.open("wb") as target:
        while block := content.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
