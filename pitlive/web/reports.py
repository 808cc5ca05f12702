"""What a body reports, one thing after the other: JSON, lines of JSON, or CSV.

What cannot be read on its own (a broken line, a row with too many cells) comes out as
`Rejection` in its place, so that the rest can go on. Lines and rows are read as
those of files are, by `pitlive.feeds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import NamedTuple

import orjson

from pitlive.errors import BadBody, BodyTooLarge, UnsupportedContent
from pitlive.feeds import lines as feeds
from pitlive.feeds.lines import BOM, LineRefused
from pitlive.feeds.sheet import SheetRow, cells
from pitlive.messages import Json, Rejection

MOST_THINGS = 250_000
"""In one body: more would hold up whoever waits for the answer; send them in parts."""

MOST_COLUMNS = 200
"""Cells a row may have: ten times what a timing file has."""

LONGEST_CELL = 2**17
"""Characters: far longer than an entry may be; files have longer ones in columns to leave out."""


READ_TOGETHER = 64 * 1024
"""Bytes of lines that are read in one go: half a millisecond."""


class BodyFormat(NamedTuple):
    """A way to write entries: how it is read, and whether its values are text.

    `read` raises `BadBody` where the whole body is not of that format, and `BodyTooLarge`
    where there are more than `MOST_THINGS` in it.
    """

    read: Callable[[bytes], Iterable[Json | Rejection]]
    text: bool = False


def format_of(mimetype: str, charset: str = "utf-8") -> BodyFormat:
    """Return how a body of that type is read.

    Raises:
        UnsupportedContent: It is not one of ours.
    """
    if mimetype not in FORMATS:
        raise UnsupportedContent(
            f"Content-Type: got {mimetype[:80]!r}, want one of {', '.join(FORMATS)}"
        )
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedContent(f"Content-Type: got charset {charset[:40]!r}, want utf-8")
    return FORMATS[mimetype]


def json(body: bytes) -> list[Json]:
    """Read one object, or an array of them.

    >>> json(b'{"type": "lap"}')
    [{'type': 'lap'}]
    """
    value = _parse(body)
    if not isinstance(value, dict | list):
        raise BadBody(f"body: got {ascii(value)[:80]}, want an object or an array of objects")
    things = value if isinstance(value, list) else [value]
    _bound(len(things))
    return things


def json_object(mimetype: str, body: bytes) -> dict[str, Json]:
    """Read exactly one object.

    Raises:
        UnsupportedContent: The body is not said to be JSON.
        BadBody: It is not JSON, or not an object.
    """
    if mimetype != "application/json":
        raise UnsupportedContent(f"Content-Type: got {mimetype[:80]!r}, want application/json")
    value = _parse(body)
    if not isinstance(value, dict):
        raise BadBody(f"body: got {ascii(value)[:80]}, want one object")
    return value


def lines(body: bytes) -> Iterator[Json | Rejection]:
    r"""Read one object a line; empty lines are skipped.

    >>> list(lines(b'{"lap": 1}\n\n{"lap": NaN}\n'))[1].got
    '{"lap": NaN}'
    """
    _bound(body.count(b"\n"))
    rest = BytesIO(body.removeprefix(BOM))
    while some := rest.readlines(READ_TOGETHER):
        yield from _values(some)


def table(body: bytes) -> Iterator[Mapping[str, str] | Rejection]:
    r"""Read a header row, then one entry a row; empty cells are absent.

    >>> list(table(b'type,car,lap\nlap,24,\n'))
    [{'type': 'lap', 'car': '24'}]
    """
    _bound(body.count(b"\n"))
    rows = cells(StringIO(_decode(body), newline=""), ",", LONGEST_CELL)
    columns = _header(next(rows, None))
    for row in rows:
        if isinstance(row, LineRefused):
            yield Rejection("", "entry", f"line {row.line}", f"CSV ({row.got})")
        elif len(row.cells) > len(columns):
            got, want = ",".join(row.cells)[:100], f"{len(columns)} cells, as the header"
            yield Rejection("", "entry", got, want)
        else:
            yield {k: cell for k, cell in zip(columns, row.cells, strict=False) if cell}


def _parse(body: bytes) -> Json:
    try:
        return orjson.loads(body.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise BadBody(f"body: got no JSON ({error}), want an object or an array") from None


def _values(lines: Sequence[bytes]) -> Sequence[Json | Rejection]:
    """What lines say: read at once, and one after the other where one is empty or no JSON."""
    try:
        return [*map(orjson.loads, lines)]
    except orjson.JSONDecodeError:
        return [_value(text) for line in lines if (text := line.strip())]


def _value(line: bytes) -> Json | Rejection:
    parsed = feeds.value(line)
    if not isinstance(parsed, orjson.JSONDecodeError):
        return parsed
    got = line[:100].decode("utf-8", "backslashreplace")
    return Rejection("", "entry", got, f"one JSON object a line ({parsed.msg[:100]})")


def _bound(things: int) -> None:
    if things > MOST_THINGS:
        raise BodyTooLarge(
            f"body: got {things} entries, want at most {MOST_THINGS}: send them in parts"
        )


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadBody(f"body: got no UTF-8 ({error}), want UTF-8") from None


def _header(first: SheetRow | LineRefused | None) -> list[str]:
    if isinstance(first, LineRefused):
        raise BadBody(f"header: got no CSV ({first.got}), want the names of the columns")
    columns = [name.strip() for name in first.cells] if first else []
    if not all(columns) or not 0 < len(columns) <= MOST_COLUMNS or len({*columns}) < len(columns):
        raise BadBody(
            f"header: got {ascii(columns)[:200]}, want the names of 1 to {MOST_COLUMNS} columns, "
            "each once"
        )
    return columns


FORMATS: Mapping[str, BodyFormat] = {
    "application/json": BodyFormat(json),
    "application/x-ndjson": BodyFormat(lines),
    "text/csv": BodyFormat(table, text=True),
}
"""Content type → how it is read."""
