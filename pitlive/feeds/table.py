"""Tables (CSV with a header, or JSONL with flat objects) → entries, column by column.

Rows are laps unless a column `type` or a constant says otherwise. Empty cells are absent.
Columns that mean nothing to PitLive travel along under their own names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pitlive.errors import BadFile
from pitlive.feeds.columns import OWN_UNIT, FileColumn, columns, repeated, value
from pitlive.feeds.lines import LineRefused, Reported, Unfit, objects, shown
from pitlive.feeds.sheet import sheet
from pitlive.messages import Json

LAP = ("car", "lap", "at_ms")
"""What every lap says."""


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a table is to be read.

    Attributes:
        given: Columns declared; the others are recognised or kept.
        constants: Fields that every entry gets (`{"type": "pit_in"}`).
        where: Only rows for which all conditions hold, over the cells as text.
    """

    given: Sequence[FileColumn] = ()
    constants: Sequence[tuple[str, Json]] = ()
    where: Sequence[Callable[[dict[str, str]], bool]] = ()


def rows(
    lines: Iterable[str], reading: TableReading | None = None
) -> Iterator[Reported | LineRefused]:
    r"""Turn a CSV table into entries, in the order of the file.

    Raises:
        BadFile: The header cannot be used. A bad row is a `LineRefused` instead.

    >>> for one in rows(["car,lap,elapsed_s,gust\n", "1,1,42.7829,NW\n", "1,x,3,\n"]):
    ...     print(one)
    Reported(line=2, entry={'type': 'lap', 'car': '1', 'lap': 1, 'at_ms': 42783, 'gust': 'NW'})
    line 3, lap: got 'x', want a whole number
    """
    reading, table = reading or TableReading(), sheet(lines)
    found = columns(table.header, reading.given)
    _complete(found, reading)
    for row in table.rows:
        if isinstance(row, LineRefused):
            yield row
        elif _kept(dict(zip(table.header, row.cells, strict=True)), reading):
            yield _entry(row.line, zip(found, row.cells, strict=True), reading)


def records(
    lines: Iterable[str], reading: TableReading, entry: Callable[[dict[str, str]], dict[str, Json]]
) -> Iterator[Reported | LineRefused]:
    r"""Turn a table into entries as somebody else reads its rows, in the order of the file.

    Columns without a name, such as the row numbers that R and pandas write, are left out.

    Raises:
        BadFile: The header cannot be used. A bad row is a `LineRefused` instead.

    >>> [one.entry for one in records(["a,b\n", "1,x\n"], TableReading(), dict)]
    [{'a': '1', 'b': 'x'}]
    """
    table = sheet(lines)
    if twice := repeated([name for name in table.header if name]):
        raise BadFile(f"line 1: got the column {twice!r} twice, want each once")
    for row in table.rows:
        if isinstance(row, LineRefused):
            yield row
            continue
        cells = {name: cell for name, cell in zip(table.header, row.cells, strict=True) if name}
        if _kept(cells, reading):
            yield Reported(row.line, entry(cells) | dict(reading.constants))


def flat_objects(
    lines: Iterable[bytes | str], reading: TableReading | None = None
) -> Iterator[Reported | LineRefused]:
    """Turn flat JSON objects, one a line, into entries as `rows` does with cells.

    >>> for one in flat_objects(['{"car": 7, "lap": 2, "t": 9.5}']):
    ...     print(one)
    Reported(line=1, entry={'type': 'lap', 'car': '7', 'lap': 2, 'at_ms': 9500})
    """
    reading = reading or TableReading()
    for read in objects(lines):
        if isinstance(read, LineRefused):
            yield read
            continue
        cells = {name: _text(cell) for name, cell in read.entry.items() if cell is not None}
        given = [column for column in reading.given if column.name in cells]
        try:
            found = columns([*cells], given)
        except BadFile as error:
            yield LineRefused(read.line, "", str(error), "each field once")
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


def _complete(found: Sequence[FileColumn], reading: TableReading) -> None:
    """Miss a column at the header already, and not in every row."""
    there = {column.field for column in found} | {field for field, _ in reading.constants}
    if "type" not in there and (missing := [field for field in LAP if field not in there]):
        names = ", ".join(column.name for column in found)
        wanted = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise BadFile(f"line 1: got the columns {shown(names)}, want {wanted} (or a column type)")


def _kept(row: dict[str, str], reading: TableReading) -> bool:
    return all(holds(row) for holds in reading.where)


def _entry(
    line: int, cells: Iterable[tuple[FileColumn, str]], reading: TableReading
) -> Reported | LineRefused:
    entry: dict[str, Json] = {"type": "lap"}
    for column, cell in cells:
        if not (text := cell.strip()):
            continue
        try:
            entry[column.field] = value(text, column.unit)
        except Unfit as want:
            return LineRefused(line, column.name, text, str(want))
    return Reported(line, entry | dict(reading.constants))


def _text(cell: Json) -> str:
    return cell if isinstance(cell, str) else str(cell)
