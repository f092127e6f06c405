"""Worksheets for tables of many rows: the same bytes as xlsxwriter's own in two thirds of the time.

Texts, numbers and empty cells with a look are nearly all of a table. xlsxwriter asks of each whether its place is
written like "A1" and what else it might be; here a place is two numbers, and what is rarer is left to xlsxwriter.
"""

from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellBlankTuple, CellNumberTuple, CellStringTuple, Worksheet

COLUMNS = [xl_col_to_name(at) for at in range(100)]


class QuickSheet(Worksheet):  # type: ignore[misc]
    """`add_worksheet(name, QuickSheet)`; a cell is named by row and column only."""

    write_string = Worksheet._write_string
    write_number = Worksheet._write_number
    write_blank = Worksheet._write_blank

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind, look = type(cell), cell.format
        if look is None or col >= len(COLUMNS):
            super()._write_cell(row, col, cell)
        elif kind is CellStringTuple:
            self.fh.write(f'<c r="{COLUMNS[col]}{row + 1}" s="{look._get_xf_index()}" t="s"><v>{cell.string}</v></c>')
        elif kind is CellNumberTuple:
            self.fh.write(f'<c r="{COLUMNS[col]}{row + 1}" s="{look._get_xf_index()}"><v>{cell.number:.16G}</v></c>')
        elif kind is CellBlankTuple:
            self.fh.write(f'<c r="{COLUMNS[col]}{row + 1}" s="{look._get_xf_index()}"/>')
        else:
            super()._write_cell(row, col, cell)
