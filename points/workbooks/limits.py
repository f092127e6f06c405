"""What is looked at before a parser may see a file: its size, its first bytes and, for a zip, its directory."""

import io
import zipfile

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 150_000
MAX_ENTRIES = 2_000
MAX_ENTRY, MAX_UNPACKED = 256 * 1024 * 1024, 400 * 1024 * 1024
# Empty styled rows down to the last line of a sheet pack 100 : 1; a bomb comes near the 1,032 : 1 that deflate allows.
MAX_RATIO, RATIO_FROM = 300, 20 * 1024 * 1024

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WRONG_TYPE = "只收 .xlsx、.xls 和 .csv 表格文件"
LOCKED = "文件设了打开密码，请在 Excel 或 WPS 里去掉密码后再上传"
DAMAGED = "文件打不开，可能没有存完整。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
TOO_MUCH = "文件展开后太大，请只留要导入的表，另存为 .xlsx 再上传"
WEB_PAGE = "这个文件其实是网页，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"


class BadWorkbook(Exception):
    """The file cannot be read; the message is fit to be shown. `code` names it in the catalogue."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def kind_of(content: bytes) -> str:
    """`xlsx`, `xls` or `csv`, by what the file holds and not by its name. Raises BadWorkbook."""
    check_size(len(content))
    if content.startswith(ZIP):
        check_zip(content)
        return "xlsx"
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise BadWorkbook(LOCKED, "I-11")
        return "xls"
    _check_text(content)
    return "csv"


def check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise BadWorkbook(f"文件 {size / 1024 / 1024:.1f} MB，最大 20 MB。可以分村上传", "I-03")
    if size == 0:
        raise BadWorkbook("文件是空的，请换一个文件", "I-04")


def check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise BadWorkbook(f"表里有 {count:,} 行，最多 150,000 行。可以分村上传", "I-03")


def check_zip(content: bytes) -> None:
    """The directory says how much would come out: refuse a bomb before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise BadWorkbook(DAMAGED, "I-12") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or any(one.file_size > MAX_ENTRY for one in entries):
        raise BadWorkbook(TOO_MUCH, "I-03")
    if unpacked > RATIO_FROM and unpacked / packed > MAX_RATIO:
        raise BadWorkbook(TOO_MUCH, "I-03")
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadWorkbook(LOCKED, "I-11")
    if not any(entry.filename.lower() in ("xl/workbook.xml", "xl/workbook.bin") for entry in entries):
        raise BadWorkbook(WRONG_TYPE, "I-02")


def has_formulas(content: bytes) -> bool:
    """Whether any sheet of an xlsx computes a cell; their last values are what is read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(_holds_formula(archive, name) for name in archive.namelist() if name.startswith("xl/worksheets/"))


def has_macros(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.lower().endswith("vbaproject.bin") for name in archive.namelist())


def _holds_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as part:
        while piece := part.read(1 << 20):
            if b"<f>" in tail + piece or b"<f " in tail + piece:
                return True
            tail = piece[-3:]
    return False


def _check_text(content: bytes) -> None:
    head = content[:4096]
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadWorkbook(WRONG_TYPE, "I-02")
    if head.lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise BadWorkbook(WEB_PAGE, "I-02")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc")):
        raise BadWorkbook(WRONG_TYPE, "I-02")
