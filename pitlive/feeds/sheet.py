"""A table as text: its header, and its rows with the line each ends on.

A row that breaks the rules of CSV is refused alone, and the rest goes on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from pitlive.errors import BadFile
from pitlive.feeds.lines import LineRefused, shown

CELL_LIMIT = 2**20
"""Longest cell read [characters]; the csv module's own limit is 128 KiB and a bare error."""

DELIMITERS = ",;\t|"
"""What may stand between cells; the most frequent in the header does."""


class SheetRow(NamedTuple):
    """The cells of one row."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose header has been read; its rows can be iterated once."""

    header: list[str]
    rows: Iterator[SheetRow | LineRefused]


def sheet(lines: Iterable[str]) -> Sheet:
    r"""Read the header of a table.

    Raises:
        BadFile: There is none.

    >>> table = sheet(["car;lap\n", "24;1\n", "9\n"])
    >>> table.header, next(table.rows)
    (['car', 'lap'], SheetRow(line=2, cells=['24', '1']))
    """
    lines = iter(lines)
    first = next(lines, "")
    rows = cells(chain([first], lines), _delimiter(first), CELL_LIMIT)
    header = _header(next(rows, None))
    return Sheet(header, _of_width(rows, len(header)))


def cells(lines: Iterable[str], delimiter: str, longest: int) -> Iterator[SheetRow | LineRefused]:
    r"""Read rows of CSV, of a file or of a body, each as long as it is.

    The first is the header, whatever is in it; empty rows after it are passed over. A row that
    breaks the rules is refused, with what is wrong as `got`.

    Args:
        longest: Characters that a cell may have.

    >>> [row.cells for row in cells(["car,lap\n", "\n", "24,1,x\n"], ",", 100)]
    [['car', 'lap'], ['24', '1', 'x']]
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    is_header = True
    while True:
        csv.field_size_limit(longest)  # of the whole process, in which others may read as well
        try:
            found = next(reader, None)
        except csv.Error as error:
            yield LineRefused(reader.line_num, "", str(error), "a row of CSV")
        else:
            if found is None:
                return
            if found or is_header:
                yield SheetRow(reader.line_num, found)
        is_header = False


def _delimiter(first: str) -> str:
    return max(DELIMITERS, key=first.count)


def _header(first: SheetRow | LineRefused | None) -> list[str]:
    if isinstance(first, LineRefused):
        raise BadFile(f"line 1: {first.got}, want a header of column names")
    if not first or not first.cells:
        raise BadFile("line 1: got nothing, want a header of column names")
    return [name.removeprefix("\ufeff").strip() for name in first.cells]


def _of_width(
    rows: Iterable[SheetRow | LineRefused], width: int
) -> Iterator[SheetRow | LineRefused]:
    for row in rows:
        if isinstance(row, SheetRow) and len(row.cells) != width:
            got = f"{len(row.cells)} cells: {shown(','.join(row.cells))}"
            yield LineRefused(row.line, "", got, f"{width} cells, as in the header")
        else:
            yield row
