"""The smallest .xls there can be: a compound file with one stream of BIFF8 records."""

import struct

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def label(row, column, text):
    raw = text.encode("utf-16-le")
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + raw)


def number(row, column, value):
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def book(rows):
    """A workbook stream with one sheet."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    name = "数据".encode("utf-16-le")
    bound = lambda at: record(0x0085, struct.pack("<IBB", at, 0, 0) + struct.pack("<BB", 2, 1) + name)  # noqa: E731
    globals_ = lambda at: record(0x0809, bof) + record(0x0042, struct.pack("<H", 1200)) + bound(at) + record(0x000A)  # noqa: E731
    start = len(globals_(0))
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet += number(at, column, value) if isinstance(value, int | float) else label(at, column, value)
    return globals_(start) + sheet + record(0x000A)


def compound(name, stream):
    """A compound file with one stream, padded so that it needs no mini stream."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    fat = [FAT, END, *range(3, 2 + count), END]
    fat += [FREE] * (128 - len(fat))
    entry = lambda title, kind, child, start, size: (  # noqa: E731
        title.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB", len(title) * 2 + 2, kind, 1)
        + struct.pack("<III", FREE, FREE, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
    directory = entry("Root Entry", 5, 1, END, 0) + entry(name, 2, FREE, 2, len(stream)) + b"\0" * 256
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
        + struct.pack("<I", 0)
        + b"\xff" * (108 * 4)
    )
    return head + struct.pack("<128I", *fat) + directory + stream


def xls(rows):
    return compound("Workbook", book(rows))
