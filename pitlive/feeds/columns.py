"""Which column of a table is which field of an entry, and in what unit.

    at_ms=session_time_s:s     the field at_ms is the column session_time_s, in seconds
    car=driver                 the field car is the column driver, as text

What is declared wins. A column of a name in `KNOWN` is recognised; every other one is
kept under its own name, and never guessed at.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pitlive.errors import BadFile
from pitlive.feeds.lines import Unfit
from pitlive.messages import Json


class FileColumn(NamedTuple):
    """A column: the field it states, its name in the file, its unit."""

    field: str
    name: str
    unit: str


def _ms(factor: float) -> Callable[[str], Json]:
    def convert(text: str) -> Json:
        value = float(text) * factor
        if not math.isfinite(value):
            raise ValueError
        return round(value)

    return convert


def _clock(text: str) -> Json:
    """Read h:mm:ss.sss or m:ss.sss."""
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return _ms(1000)(str(seconds))


def _whole(base: int) -> Callable[[str], Json]:
    def convert(text: str) -> Json:
        value = int(text, base)
        if abs(value) >= 2**63:
            raise ValueError
        return value

    return convert


UNITS: dict[str, tuple[Callable[[str], Json], str]] = {
    "ms": (_ms(1), "a number of milliseconds"),
    "s": (_ms(1000), "a number of seconds"),
    "min": (_ms(60_000), "a number of minutes"),
    "clock": (_clock, "a time such as 1:02:03.456 or 1:23.456"),
    "int": (_whole(10), "a whole number"),
    "hex": (_whole(16), "a whole number in hexadecimal"),
    "text": (str, "text"),
}
"""Units of a column: how its text is read, and what is wanted of it."""

OWN_UNIT = {
    "at_ms": "ms",
    "lap_ms": "ms",
    "lane_ms": "ms",
    "service_ms": "ms",
    "lap": "int",
    "place": "int",
    "tires": "int",
    "revision": "int",
}
"""Unit of a field where none is declared; every other field is text."""

KNOWN = {
    "lap_time_s": ("lap_ms", "s"),
    "lap_time": ("lap_ms", "s"),
    "lap_time_ms": ("lap_ms", "ms"),
    "elapsed_s": ("at_ms", "s"),
    "elapsed_ms": ("at_ms", "ms"),
    "t": ("at_ms", "s"),
    "lane_s": ("lane_ms", "s"),
    "stop_s": ("service_ms", "s"),
    "service_s": ("service_ms", "s"),
    "pos": ("place", "int"),
    "position": ("place", "int"),
    "rank": ("place", "int"),
    **{field: (field, unit) for field, unit in OWN_UNIT.items()},
}
"""Columns recognised by name. `time` is not: it may be of day, of race or of lap."""

_DECLARED = re.compile(r"(?P<field>[a-z_]+)=(?P<name>.+?)(?::(?P<unit>\w+))?")


def declared(text: str) -> FileColumn:
    """Read one declared column, `field=column[:unit]`.

    Raises:
        BadFile: It is not of that form, or there is no such unit.

    >>> declared("at_ms=session_time_s:s")
    FileColumn(field='at_ms', name='session_time_s', unit='s')
    """
    if not (match := _DECLARED.fullmatch(text)):
        raise BadFile(f"map: got {text!r}, want field=column[:unit], such as at_ms=elapsed_s:s")
    unit = match["unit"] or OWN_UNIT.get(match["field"], "text")
    if unit not in UNITS:
        raise BadFile(f"map {text}: got the unit {unit!r}, want one of {', '.join(UNITS)}")
    return FileColumn(match["field"], match["name"], unit)


def columns(header: Sequence[str], given: Sequence[FileColumn]) -> list[FileColumn]:
    """Say for each column of a header what it is.

    Raises:
        BadFile: A declared column is not there, a name is there twice, or two columns
            would state one field.

    >>> columns(["car", "rank"], [declared("car=car")])[1:]
    [FileColumn(field='place', name='rank', unit='int')]
    """
    if twice := repeated(header):
        raise BadFile(f"line 1: got the column {twice!r} twice, want each once")
    by_name = {column.name: column for column in given}
    if missing := by_name.keys() - set(header):
        raise BadFile(f"map: got {min(missing)!r}, want one of the columns {', '.join(header)}")
    taken = {column.field for column in given}
    found = [by_name.get(name) or _recognised(name, taken) for name in header]
    if twice := repeated([column.field for column in found]):
        both = " and ".join(c.name for c in found if c.field == twice)
        raise BadFile(f"columns {both}: both mean {twice}, want one declared: --map {twice}=…")
    return found


def _recognised(name: str, taken: set[str]) -> FileColumn:
    """What an undeclared column is; it gives way where its field was declared."""
    field, unit = KNOWN.get(name, (name, "text"))
    if field in taken:
        field, unit = (f"{name}_" if name in taken else name), "text"
    return FileColumn(field, name, unit)


def repeated(names: Sequence[str]) -> str | None:
    """Return a name that is there twice, None if each is there once."""
    return next((name for name, times in Counter(names).items() if times > 1), None)


def value(cell: str, unit: str) -> Json:
    """Read a cell in the unit of its column.

    Raises:
        Unfit: It is not a value of that unit.

    >>> value("42.3679", "s"), value("1:02.5", "clock"), value("1F", "hex")
    (42368, 62500, 31)
    """
    convert, want = UNITS[unit]
    try:
        return convert(cell)
    except (ValueError, OverflowError):
        raise Unfit(want) from None
