"""What people send, in a process of its own: photographs are made anew, PDF papers are looked through.

Whatever a hostile file does to the decoder, the web process goes on. A photograph comes out as plain pixels in a JPEG:
no place, no camera, no comment, nothing that was hung behind it. A PDF is kept as it is, so that its signatures stay,
but one that acts by itself or carries other files is sent back.
"""

import io
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

MEMORY = 900 * 1024 * 1024
SECONDS = 20
MAX_OBJECTS = 100_000
# A JPEG is decoded at an eighth of its size where it is large; the others stand in memory whole.
JPEG_PIXELS, OTHER_PIXELS = 210_000_000, 50_000_000
QUALITY = 82

KINDS = {"jpg": "image/jpeg", "pdf": "application/pdf"}
WRONG_TYPE = "只收照片(JPG、PNG、WebP)和 PDF 文件"
DAMAGED = "文件打不开，可能没有存完整，请重新拍照或另存后再传"
TOO_LARGE = "照片的像素太多，请用手机普通模式重拍，或缩小后再传"
TOO_MUCH = "文件打开后太大，请缩小后再传"
LOCKED = "PDF 设了密码，请去掉密码后再传"
ACTIVE = "PDF 里带有脚本、附件或跳转动作，请打印成新的 PDF 再传"
PHOTOGRAPHS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
# Keys of a PDF under which something happens by itself, is sent away, or lies hidden.
ACTS = frozenset({"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA", "/Collection"})
ACTIONS = frozenset(
    {
        "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie",
        "/FileAttachment", "/RichMedia", "/Filespec", "/EmbeddedFile",
    }
)  # fmt: skip


class NotTaken(Exception):
    """The file is not kept; the message is fit to be shown."""


@dataclass(frozen=True)
class Sifted:
    """What is kept of a file: its true kind (`jpg`, `pdf`) and the bytes to store."""

    kind: str
    content: bytes


def sift(content: bytes, *, edge: int, pages: int) -> Sifted:
    """Look through a file in a child with a cap on memory and time. `edge` in pixels bounds a photograph's longer side,
    `pages` a PDF. Raises NotTaken.
    """
    # By its path and without its folder in front: the child needs neither Django nor this folder's calendar.
    command = [sys.executable, "-P", __file__, str(edge), str(pages)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS * 3, check=False)
    except subprocess.TimeoutExpired:
        raise NotTaken(TOO_MUCH) from None
    head, _, kept = done.stdout.partition(b"\n")
    if not head:
        raise NotTaken(TOO_MUCH)
    told: dict[str, str] = json.loads(head)
    if message := told.get("message"):
        raise NotTaken(message)
    return Sifted(told["kind"], kept)


def main(edge: str, pages: str) -> None:
    """What the child does: reads the file from its input, writes a line of JSON and then what is kept."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    content = sys.stdin.buffer.read()
    try:
        kind, kept = _look(content, int(edge), int(pages))
    except NotTaken as bad:
        _answer({"message": str(bad)})
        return
    except (MemoryError, RecursionError):
        _answer({"message": TOO_MUCH})
        return
    _answer({"kind": kind}, kept)


def _answer(told: dict[str, str], kept: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + kept)


def _look(content: bytes, edge: int, pages: int) -> tuple[str, bytes]:
    if content.startswith(PHOTOGRAPHS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        return "jpg", _photograph(content, edge)
    if content.startswith(b"%PDF-"):
        _check_paper(content, pages)
        return "pdf", content
    raise NotTaken(WRONG_TYPE)


def _photograph(content: bytes, edge: int) -> bytes:
    """The picture as it is looked at, within `edge`, on white where it was transparent, and nothing else."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            jpeg = picture.format in ("JPEG", "MPO")
            if picture.width * picture.height > (JPEG_PIXELS if jpeg else OTHER_PIXELS):
                raise NotTaken(TOO_LARGE)
            picture.draft("RGB", (edge, edge))
            upright = ImageOps.exif_transpose(picture)
            whole = upright.convert("RGBA") if upright.mode not in ("RGB", "L", "CMYK") else upright.convert("RGB")
    except MemoryError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError):
        raise NotTaken(DAMAGED) from None
    whole.thumbnail((edge, edge))
    # A new picture carries over no comment, profile or place.
    plain = Image.new("RGB", whole.size, "white")
    plain.paste(whole, mask=whole if whole.mode == "RGBA" else None)
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue()


def _check_paper(content: bytes, pages: int) -> None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise NotTaken(LOCKED)
        count = len(reader.pages)
        numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
        numbers |= {(number, 0) for number in reader.xref_objStm}
        if count > pages:
            raise NotTaken(f"PDF 有 {count} 页，最多 {pages} 页，只传要用的几页")
        if not count:
            raise NotTaken(DAMAGED)
        if len(numbers) > MAX_OBJECTS:
            raise NotTaken(TOO_MUCH)
        _check_objects(reader, numbers)
    except (MemoryError, RecursionError, NotTaken):
        raise
    except (PyPdfError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError):
        raise NotTaken(DAMAGED) from None


def _check_objects(reader: Any, numbers: set[tuple[int, int]]) -> None:
    from pypdf.generic import IndirectObject

    if _acts(reader.trailer):
        raise NotTaken(ACTIVE)
    for number, generation in numbers:
        if number and _acts(reader.get_object(IndirectObject(number, generation, reader))):
            raise NotTaken(ACTIVE)


def _acts(thing: Any) -> bool:
    """Whether a PDF object holds an action or another file; what it points to is looked at in its own turn."""
    from pypdf.generic import ArrayObject, DictionaryObject

    if isinstance(thing, DictionaryObject):
        named = {str(thing.raw_get(key)) for key in ("/S", "/Type", "/Subtype") if key in thing}
        if ACTS & set(thing) or ACTIONS & named:
            return True
        return any(_acts(thing.raw_get(key)) for key in thing)
    return isinstance(thing, ArrayObject) and any(_acts(part) for part in list.__iter__(thing))


if __name__ == "__main__":
    main(*sys.argv[1:])
