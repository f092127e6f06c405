"""Files that people send: a photograph or a PDF, by what it holds and not by its name.

Any room may take one: `take` answers a `File` to which the room's own row points; `show` hands it out again. Who may
have it is for the room to say, since the row that points to it knows the place.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.files.base import File as Sent
from django.http import FileResponse

from qianjiang_portal.foundation import files, options, sieve
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.refusals import Refused

ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"
# What every photograph is kept as.
PHOTO = sieve.KINDS["jpg"]
PHOTOS = "image/jpeg,image/png,image/webp"
ONLY_PHOTOS = "这里只收照片(JPG、PNG、WebP)"
NAME = 100


class BadUpload(Refused):
    """The file is not taken; the message says what to send instead."""


def limits() -> str:
    """What may be sent, for the hint of a form."""
    return f"照片(JPG、PNG、WebP)或 PDF，每个最大 {options.get('upload_megabytes')} MB"


def photo_limits() -> str:
    """The same where only photographs are taken."""
    return f"JPG、PNG、WebP，每张最大 {options.get('upload_megabytes')} MB"


def take(*, sent: "Sent[bytes]", place: str, by: Any, now: dt.datetime, only_photos: bool = False) -> File:
    """Keep a file that somebody sent; `place` is the statistics code it belongs to. Raises BadUpload.

    Whoever rolls the row back has to `files.discard` the content.
    """
    most = options.get("upload_megabytes")
    content = sent.read(most * 1024 * 1024 + 1)
    if not content:
        raise BadUpload("文件是空的，请换一个文件")
    if len(content) > most * 1024 * 1024:
        raise BadUpload(f"文件超过 {most} MB，请缩小后再传")
    try:
        kept = sieve.sift(content, edge=options.get("upload_image_edge"), pages=options.get("upload_pdf_pages"))
    except sieve.NotTaken as bad:
        raise BadUpload(ONLY_PHOTOS if only_photos and str(bad) == sieve.WRONG_TYPE else str(bad)) from None
    if only_photos and sieve.KINDS[kept.kind] != PHOTO:
        raise BadUpload(ONLY_PHOTOS)
    return files.keep(
        name=f"{stem(sent.name or '')}.{kept.kind}",
        content=kept.content,
        content_type=sieve.KINDS[kept.kind],
        place=place,
        made_at=now,
        made_by=by,
    )


@contextmanager
def storing(*, sent: "Sent[bytes] | None", place: str, by: Any, now: dt.datetime) -> Iterator[File | None]:
    """What was sent, kept for the row written inside; its content goes again where that row is refused. None, where
    nothing was sent. Raises BadUpload.
    """
    with storing_all(sent=[sent] if sent else [], place=place, by=by, now=now) as stored:
        yield stored[0] if stored else None


@contextmanager
def storing_all(
    *, sent: "Sequence[Sent[bytes]]", place: str, by: Any, now: dt.datetime, only_photos: bool = False
) -> Iterator[list[File]]:
    """The same for several: the content of all goes again where one is not taken, or the rows are refused."""
    stored: list[File] = []
    try:
        for one in sent:
            stored.append(take(sent=one, place=place, by=by, now=now, only_photos=only_photos))
        yield stored
    except BaseException:
        for file in stored:
            files.discard(file)
        raise


def show(file: File) -> FileResponse:
    """A photograph to be seen in the page, a PDF as a download; neither may run, be framed or be kept by a proxy."""
    response = files.download(file)
    if file.content_type == PHOTO:
        response.as_attachment = False
        response["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def stem(name: str) -> str:
    """A file's own name without its folder, its ending and whatever does not print: `../a\\b.exe` is `b`."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1].rpartition(".")
    plain = "".join(letter for letter in last[0] or last[2] if letter.isprintable() and letter not in '<>:"|?*')
    return plain.strip(". ")[:NAME] or "文件"
