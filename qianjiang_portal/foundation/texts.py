"""What people paste, as plain paragraphs."""

import re

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff]")
BLANKS = re.compile(r"\n\s*\n+")


def clean(text: str) -> str:
    """Plain paragraphs: what a paste from Word brings along beside its words is dropped."""
    text = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))
    text = text.replace("\t", " ").replace("\xa0", " ")
    lines = [line.strip(" ") for line in text.split("\n")]
    return BLANKS.sub("\n", "\n".join(lines)).strip()
