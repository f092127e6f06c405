"""The page on which a sent list is compared: one for every kind of list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from villages.lists import NEW, SAME, WRONG, Compared

WORDS = {NEW: ("ok", "新登记"), SAME: ("plain", "没有变化"), WRONG: ("err", "要改")}


@dataclass(frozen=True)
class Row:
    number: int
    title: str
    cells: tuple[tuple[str, str], ...]
    kind: str
    word: str
    why: str
    is_same: bool


@dataclass(frozen=True)
class ListPage:
    """A list beside what there is; `title_at` says which column names a line. `back` is where the register is."""

    title: str
    columns: Sequence[str]
    title_at: int
    template: str
    send: str
    write: str
    back: str
    compared: Compared[Any] | None = None

    @property
    def rows(self) -> list[Row]:
        return [self._row(line) for line in self.compared.lines] if self.compared else []

    @property
    def heads(self) -> list[str]:
        return [self.columns[self.title_at], *self._rest(self.columns)]

    def _rest(self, cells: Sequence[str]) -> list[str]:
        return [cell for at, cell in enumerate(cells) if at != self.title_at]

    def _row(self, line: Any) -> Row:
        told = tuple(zip(self._rest(self.columns), self._rest(line.cells), strict=True))
        kind, word = WORDS[line.does]
        return Row(line.number, line.cells[self.title_at], told, kind, word, line.why, line.does == SAME)
