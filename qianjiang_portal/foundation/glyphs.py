"""Which characters the fonts of the portal's own PDFs can show; what they cannot is set as 〓, as printers do."""

import re
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn as fonts
from fontTools.ttLib import TTFont

GETA = "〓"
USUAL = re.compile(r"[\s!-~·–-”…、-〗一-鿋！-～]")


def printable(text: str) -> str:
    """The text with 〓 where neither font has the character."""
    known = _known()
    return "".join(character if ord(character) in known or character.isspace() else GETA for character in text)


def unprinted(text: str) -> list[str]:
    """The characters that would be set as 〓, each once. Usual ones are not looked up: fonts take a while to read."""
    rare = [character for character in dict.fromkeys(text) if not USUAL.fullmatch(character)]
    return [character for character in rare if printable(character) == GETA]


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """What both fonts can show, so that it does not matter in which of them a text is set."""
    return frozenset(_covered(fonts.serif_path()) & _covered(fonts.sans_path()))


def _covered(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())
