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
from pitlive.feeds.lines import Refused, shown

CELL_LIMIT = 2**20
"""Longest cell read [characters]; the csv module's own limit is 128 KiB and a bare error."""

DELIMITERS = ",;\t|"
"""What may stand between cells; the most frequent in the header does."""


class Row(NamedTuple):
    """The cells of one row, as many as the header has."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose header has been read; its rows can be iterated once."""

    header: list[str]
    rows: Iterator[Row | Refused]


def sheet(lines: Iterable[str]) -> Sheet:
    r"""Read the header of a table.

    Raises:
        BadFile: There is none.

    >>> table = sheet(["car;lap\n", "24;1\n", "9\n"])
    >>> table.header, next(table.rows)
    (['car', 'lap'], Row(line=2, cells=['24', '1']))
    """
    csv.field_size_limit(CELL_LIMIT)
    lines = iter(lines)
    first = next(lines, "")
    reader = csv.reader(chain([first], lines), delimiter=_delimiter(first), strict=True)
    header = _header(reader)
    return Sheet(header, _rows(reader, len(header)))


def _delimiter(first: str) -> str:
    return max(DELIMITERS, key=first.count)


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise BadFile(f"line 1: {error}, want a header of column names") from None
    if not header:
        raise BadFile("line 1: got nothing, want a header of column names")
    return [name.removeprefix("\ufeff").strip() for name in header]


def _rows(reader: Iterator[list[str]], width: int) -> Iterator[Row | Refused]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            line: int = reader.line_num  # type: ignore[attr-defined] # typeshed hides the reader's type
            yield Refused(line, "", str(error), "a row of CSV")
            continue
        if cells is None:
            return
        line = reader.line_num  # type: ignore[attr-defined] # as above
        if cells and len(cells) != width:
            got = f"{len(cells)} cells: {shown(','.join(cells))}"
            yield Refused(line, "", got, f"{width} cells, as in the header")
        elif cells:
            yield Row(line, cells)
