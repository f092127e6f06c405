"""A proof pack: a village's ledger with its seals, its notices and a verifier that needs nothing of the portal."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from points import seals
from points.models import Notice, Seal
from points.models.ledger import shorten
from qianjiang_portal.foundation import audit, calendar, formulas
from villages.models import User, Village

DATA = Path(__file__).parent / "data"
SEAL_COLUMNS = ("village", "number", "previous", "digest", "algorithm", "entry_count", "points_sum", "sealed_at")
NOTICE_COLUMNS = ("code", "period", "starts_on", "ends_on", "posted_at", "households", "awards", "deductions")


def pack(*, village: Village, by: User | None, now: dt.datetime) -> bytes:
    """The pack as a zip, the same bytes for the same ledger. Who took it is recorded; `by` is None for the command."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _files(village):
            packed.writestr(_named(name), content)
    audit.record(actor=by, action="ledger.export", target=village.code, place=village.code, at=now)
    return out.getvalue()


def _files(village: Village) -> Iterable[tuple[str, bytes]]:
    yield "README.txt", (DATA / "proof_readme.txt").read_text(encoding="utf-8").encode("utf-8-sig")
    yield "verify.py", (DATA / "verify.py").read_bytes()
    yield "ledger.jsonl", "".join(_entry_lines(village)).encode()
    yield "seals.csv", _table(SEAL_COLUMNS, _seal_rows(village))
    yield "notices.csv", _table((*NOTICE_COLUMNS, "previous_seal"), _notice_rows(village))


def _entry_lines(village: Village) -> Iterable[str]:
    chain = Seal.objects.filter(village=village)
    numbers = dict(chain.values_list("pk", "number"))
    for position, row in seals.rows_of(chain):
        line = {
            "seal": numbers[row.seal_id],
            "position": position,
            "salt": bytes(row.salt).hex(),
            "leaf": row.leaf,
            "entry": list(row.sealed()),
        }
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _seal_rows(village: Village) -> Iterable[list[Any]]:
    for seal in Seal.objects.filter(village=village).in_chain_order():
        sealed_at = f"{seal.sealed_at.astimezone(calendar.SHANGHAI):%Y-%m-%d %H:%M:%S}"
        plain = [getattr(seal, name) for name in SEAL_COLUMNS[1:-1]]
        yield [village.code, *plain, sealed_at]


def _notice_rows(village: Village) -> Iterable[list[Any]]:
    for notice in Notice.objects.filter(village=village).order_by("published_at", "pk"):
        posted_at = f"{notice.posted_at.astimezone(calendar.SHANGHAI):%Y-%m-%d %H:%M}" if notice.posted_at else ""
        plain = {name: getattr(notice, name) for name in NOTICE_COLUMNS} | {"posted_at": posted_at}
        yield [*plain.values(), shorten(notice.previous_seal)]


def _table(columns: tuple[str, ...], rows: Iterable[list[Any]]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(columns)
    table.writerows([formulas.harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _named(name: str) -> zipfile.ZipInfo:
    """A fixed time, so that the same ledger gives the same pack."""
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
