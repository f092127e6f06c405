"""Workbooks as village offices send them, turned into award lines. Knows files and cells, and nothing of the database.

A file is read in a child process with a memory cap (`reader.py`), because a parser that meets a hostile file may ask
for all the memory there is, and must not take the worker with it.
"""

from points.workbooks.limits import BadWorkbook

__all__ = ["BadWorkbook"]
