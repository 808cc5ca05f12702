"""Tables (CSV with a header, or JSONL with flat objects) → entries, column by column.

Rows are laps unless a column `type` or a constant says otherwise. Empty cells are absent.
Columns that mean nothing to PitLive travel along under their own names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pitlive.errors import BadFile
from pitlive.feeds.columns import OWN_UNIT, Column, columns, value
from pitlive.feeds.lines import Refused, Reported, Unfit, objects, shown
from pitlive.messages import Json

CELL_LIMIT = 2**20
"""Longest cell read [characters]; the csv module's own limit is 128 KiB and a bare error."""


LAP = ("car", "lap", "at_ms")
"""What every lap says."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read.

    Attributes:
        given: Columns declared; the others are recognised or kept.
        constants: Fields that every entry gets (`{"type": "pit_in"}`).
        where: Only rows for which all conditions hold, over the cells as text.
    """

    given: Sequence[Column] = ()
    constants: Sequence[tuple[str, Json]] = ()
    where: Sequence[Callable[[dict[str, str]], bool]] = ()


def rows(lines: Iterable[str], reading: Reading | None = None) -> Iterator[Reported | Refused]:
    r"""Turn a CSV table into entries, in the order of the file.

    Raises:
        BadFile: The header cannot be used. A bad row is a `Refused` instead.

    >>> for one in rows(["car,lap,elapsed_s,gust\n", "1,1,42.7829,NW\n", "1,x,3,\n"]):
    ...     print(one)
    Reported(line=2, entry={'type': 'lap', 'car': '1', 'lap': 1, 'at_ms': 42783, 'gust': 'NW'})
    line 3, lap: got 'x', want a whole number
    """
    reading = reading or Reading()
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(lines, strict=True)
    header = _header(reader)
    found = columns(header, reading.given)
    _complete(found, reading)
    for line, cells in _cells(reader):
        if isinstance(cells, Refused):
            yield cells
        elif len(cells) != len(header):
            want = f"{len(header)} cells, as in the header"
            yield Refused(line, "", f"{len(cells)} cells: {shown(','.join(cells))}", want)
        elif _kept(dict(zip(header, cells, strict=True)), reading):
            yield _entry(line, zip(found, cells, strict=True), reading)


def flat_objects(
    lines: Iterable[bytes | str], reading: Reading | None = None
) -> Iterator[Reported | Refused]:
    """Turn flat JSON objects, one a line, into entries as `rows` does with cells.

    >>> for one in flat_objects(['{"car": 7, "lap": 2, "t": 9.5}']):
    ...     print(one)
    Reported(line=1, entry={'type': 'lap', 'car': '7', 'lap': 2, 'at_ms': 9500})
    """
    reading = reading or Reading()
    for read in objects(lines):
        if isinstance(read, Refused):
            yield read
            continue
        cells = {name: _text(cell) for name, cell in read.entry.items() if cell is not None}
        given = [column for column in reading.given if column.name in cells]
        try:
            found = columns([*cells], given)
        except BadFile as error:
            yield Refused(read.line, "", str(error), "each field once")
            continue
        if _kept(cells, reading):
            yield _entry(read.line, zip(found, cells.values(), strict=True), reading)


def condition(text: str) -> Callable[[dict[str, str]], bool]:
    """Read a condition on a row, `column=value` or `column!=value`.

    Raises:
        BadFile: It is neither.

    >>> condition("round=1")({"round": "1"}), condition("lap!=0")({"lap": "0"})
    (True, False)
    """
    if not (match := re.fullmatch(r"([^=!]+)(!?=)(.*)", text)):
        raise BadFile(f"where: got {text!r}, want column=value or column!=value")
    name, operator, wanted = match.groups()
    return lambda row: (row.get(name, "") == wanted) == (operator == "=")


def constant(text: str) -> tuple[str, Json]:
    """Read a constant, `field=value`, the value in the field's own unit.

    Raises:
        BadFile: It is not one.

    >>> constant("type=pit_in"), constant("lap=7")
    (('type', 'pit_in'), ('lap', 7))
    """
    field, sign, given = text.partition("=")
    if not (field and sign):
        raise BadFile(f"set: got {text!r}, want field=value, such as type=pit_in")
    try:
        return field, value(given, OWN_UNIT.get(field, "text"))
    except Unfit as want:
        raise BadFile(f"set {field}: got {given!r}, want {want}") from None


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise BadFile(f"line 1: {error}, want a header of column names") from None
    if not header:
        raise BadFile("line 1: got nothing, want a header of column names")
    return [name.removeprefix("\ufeff").strip() for name in header]


def _complete(found: Sequence[Column], reading: Reading) -> None:
    """Miss a column at the header already, and not in every row."""
    there = {column.field for column in found} | {field for field, _ in reading.constants}
    if "type" not in there and (missing := [field for field in LAP if field not in there]):
        names = ", ".join(column.name for column in found)
        wanted = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise BadFile(f"line 1: got the columns {shown(names)}, want {wanted} (or a column type)")


def _cells(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Refused]]:
    """Rows with the line each ends on; one that breaks the CSV rules is refused alone."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            line: int = reader.line_num  # type: ignore[attr-defined] # typeshed hides the reader's type
            yield line, Refused(line, "", str(error), "a row of CSV")
            continue
        if cells is None:
            return
        if cells:
            yield reader.line_num, cells  # type: ignore[attr-defined] # as above


def _kept(row: dict[str, str], reading: Reading) -> bool:
    return all(holds(row) for holds in reading.where)


def _entry(line: int, cells: Iterable[tuple[Column, str]], reading: Reading) -> Reported | Refused:
    entry: dict[str, Json] = {"type": "lap"}
    for column, cell in cells:
        if not (text := cell.strip()):
            continue
        try:
            entry[column.field] = value(text, column.unit)
        except Unfit as want:
            return Refused(line, column.name, text, str(want))
    return Reported(line, entry | dict(reading.constants))


def _text(cell: Json) -> str:
    return cell if isinstance(cell, str) else str(cell)
