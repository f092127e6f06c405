"""Files the portal makes: stored under a random name, known to people by another."""

import datetime as dt
import hashlib
import io
import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.http import FileResponse

from qianjiang_portal.foundation.models import File


def keep(
    *,
    name: str,
    content: bytes,
    content_type: str,
    place: str,
    made_at: dt.datetime,
    made_by: Any = None,
) -> File:
    """Store `content` and its row. Whoever rolls the row back has to `discard` the content."""
    suffix = name.rpartition(".")[2]
    file = File(
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        place=place,
        made_by=made_by,
        made_at=made_at,
    )
    file.content.save(f"{uuid.uuid4().hex}.{suffix}", ContentFile(content), save=False)
    file.save()
    return file


def discard(file: File) -> None:
    """Remove the content of a file whose row was never kept."""
    if file.content.name:
        file.content.storage.delete(file.content.name)


PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def attachment(name: str, content: bytes, content_type: str) -> FileResponse:
    """Something made on the spot, handed out as a stored file is."""
    return _guarded(FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=content_type))


def download(file: File) -> FileResponse:
    """The file as an attachment under its own name, never to be guessed at or shown in place."""
    response = FileResponse(
        file.content.open("rb"),
        as_attachment=True,
        filename=file.name,
        content_type=file.content_type,
    )
    return _guarded(response)


def _guarded(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
