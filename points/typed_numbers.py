"""Numbers of notices and objections as people type them: digits of any width, with any dashes or none."""

import re
import unicodedata

NOTICE = re.compile(r"GS\D{0,3}(\d{12})\D{0,3}(\d{6})\D{0,3}(\d{2,4})")
OBJECTION = re.compile(r"(?:YY)?\D{0,3}(\d{4})\D{0,3}(\d{4,8})")


def notice_code(typed: str) -> str:
    """A notice's code as it is printed; nothing where none is meant."""
    found = NOTICE.fullmatch(_plain(typed))
    return "GS-{}-{}-{}".format(*found.groups()) if found else ""


def objection_number(typed: str) -> str:
    """An objection's number as it stands on its receipt; nothing where none is meant."""
    found = OBJECTION.fullmatch(_plain(typed))
    return "YY-{}-{}".format(*found.groups()) if found else ""


def _plain(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).upper().strip()
