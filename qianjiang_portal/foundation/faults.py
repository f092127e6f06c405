"""The page of a fault while DEBUG is on, told in short.

Django writes every variable of every frame out in full before it cuts it to a page's width. Where one of them is the
register of a village that takes minutes, during which the process answers nobody.
"""

import reprlib
from typing import Any

from django.views.debug import ExceptionReporter

WIDEST = 300


class _Told:
    """A variable as text, so that nobody looks into it again."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _teller() -> reprlib.Repr:
    teller = reprlib.Repr()
    teller.maxstring = teller.maxother = WIDEST
    teller.maxlist = teller.maxtuple = teller.maxset = teller.maxdict = 20
    return teller


class BriefReporter(ExceptionReporter):
    """Django's own page, with the beginning of each variable."""

    def get_traceback_frames(self) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = super().get_traceback_frames()
        teller = _teller()
        for frame in frames:
            frame["vars"] = [(name, _Told(teller.repr(value))) for name, value in frame["vars"]]
        return frames
