"""Lines of a file → JSON objects, each with the number of the line it came from.

A line that cannot be read becomes a `LineRefused` in its place, and the rest goes on:
nothing is guessed, and one bad line does not cost the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import orjson

from pitlive.messages import Json

BOM = b"\xef\xbb\xbf"
"""What spreadsheets write before UTF-8."""


class Reported(NamedTuple):
    """One entry to be sent, and the line of the file that stated it."""

    line: int
    entry: dict[str, Json]


class LineRefused(NamedTuple):
    """Something in a file that could not be taken: where, what was there, what would do."""

    line: int
    field: str
    got: Json
    want: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.field}" if self.field else f"line {self.line}"
        return f"{where}: got {shown(self.got)}, want {self.want}"


class Unfit(Exception):
    """A field holds what it cannot hold; the message says what would do."""


def value(line: bytes | str) -> Json | orjson.JSONDecodeError:
    """Return what a line says, of a file or of a body, or why it is no JSON.

    >>> value(b'{"car": "24"}'), type(value("NaN")).__name__
    ({'car': '24'}, 'JSONDecodeError')
    """
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:  # also broken UTF-8, NaN and lone surrogates
        return error


def objects(lines: Iterable[bytes | str]) -> Iterator[Reported | LineRefused]:
    r"""Read one JSON object a line; empty lines are passed over.

    What spreadsheets write before UTF-8 is no part of the first.

    >>> for read in objects(['{"car": "24"}', '', '[1]']):
    ...     print(read)
    Reported(line=1, entry={'car': '24'})
    line 3: got '[1]', want a JSON object
    """
    rest = iter(lines)
    first = without_bom(next(rest, b""))
    for number, line in enumerate(chain([first], rest), 1):
        if not (text := line.strip()):
            continue
        parsed = value(text)
        if isinstance(parsed, dict):
            yield Reported(number, parsed)
        else:
            why = f" ({parsed})" if isinstance(parsed, orjson.JSONDecodeError) else ""
            yield LineRefused(number, "", _text(text), f"a JSON object{why}")


def without_bom(text: bytes | str) -> bytes | str:
    """Return a text without what spreadsheets write before UTF-8; it is never meant."""
    return text.removeprefix(BOM) if isinstance(text, bytes) else text.removeprefix("\ufeff")


def shown(value: Json, width: int = 80) -> str:
    """Show a value on one line, cut where it is long.

    >>> shown("x" * 90, width=10)
    "'xxxxxxxx…"
    """
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _text(line: bytes | str) -> str:
    return line.decode("utf-8", "replace") if isinstance(line, bytes) else line
