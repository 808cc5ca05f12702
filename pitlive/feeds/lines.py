"""Lines of a file → JSON objects, each with the number of the line it came from.

A line that cannot be read becomes a `Refused` in its place, and the rest goes on:
nothing is guessed, and one bad line does not cost the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from pitlive.messages import Json


class Reported(NamedTuple):
    """One entry to be sent, and the line of the file that stated it."""

    line: int
    entry: dict[str, Json]


class Refused(NamedTuple):
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


def objects(lines: Iterable[bytes | str]) -> Iterator[Reported | Refused]:
    r"""Read one JSON object a line; empty lines are passed over.

    >>> for read in objects(['{"car": "24"}', '', '[1]']):
    ...     print(read)
    Reported(line=1, entry={'car': '24'})
    line 3: got '[1]', want a JSON object
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _object(number, line)


def shown(value: Json, width: int = 80) -> str:
    """Show a value on one line, cut where it is long.

    >>> shown("x" * 90, width=10)
    "'xxxxxxxx…"
    """
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _object(number: int, line: bytes | str) -> Reported | Refused:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:  # also broken UTF-8, NaN and lone surrogates
        return Refused(number, "", _text(line), f"a JSON object ({error})")
    if not isinstance(value, dict):
        return Refused(number, "", _text(line), "a JSON object")
    return Reported(number, value)


def _text(line: bytes | str) -> str:
    return (line.decode("utf-8", "replace") if isinstance(line, bytes) else line).strip()
