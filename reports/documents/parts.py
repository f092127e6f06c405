"""Office files are zips: pack their parts so that equal parts give equal bytes."""

import io
import zipfile

FIRST = "[Content_Types].xml"
THE_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold; says nothing, for ever


def repacked(content: bytes) -> bytes:
    """The same parts in a fixed order, with a fixed date and no trace of the machine."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in sorted(parts, key=lambda name: (name != FIRST, name)):
            package.writestr(entry(name), parts[name], compresslevel=6)
    return target.getvalue()


def entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, THE_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0
    entry.external_attr = 0
    return entry
