"""Photographs and papers for tests: good ones, and what somebody might send instead."""

import io
import struct
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

PLACE = b"N29.53E108.77"


def photo(size=(1200, 900), kind="JPEG", colour="steelblue", turned=False, **options) -> bytes:
    """A picture with a place, a camera and a comment; `turned` as a telephone held upright stores it."""
    target = io.BytesIO()
    picture = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x010F] = "Camera-of-Ran"
    exif[0x0112] = 6 if turned else 1
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (29.0, 31.0, 48.0)
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    if kind == "JPEG":
        options["comment"] = b"taken at the house of Ran"
    picture.save(target, kind, exif=exif, **options)
    return target.getvalue()


def bomb(edge=30_000) -> bytes:
    """A PNG of a few kilobytes that says it is 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 4096)) + chunk(b"IEND", b"")
    )


def pdf(pages=1, script="", attached=b"", password="", launch=False) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        _act(writer, "/JavaScript", "/JS", TextStringObject(script))
    if attached:
        writer.add_attachment("x.exe", attached)
    if launch:
        _act(writer, "/Launch", "/F", TextStringObject("cmd.exe"))
    if password:
        writer.encrypt(password)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _act(writer: PdfWriter, action: str, key: str, value: TextStringObject) -> None:
    """Something that happens when the paper is opened."""
    does = DictionaryObject({NameObject("/S"): NameObject(action), NameObject(key): value})
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(does)
