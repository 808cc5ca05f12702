"""A file or standard input as rows to be sent: opened, unpacked, recognised, in order.

What kind of file it is, its first bytes say: `1f 8b` is gzip, `{` is JSON Lines, anything
else is a table with a header.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import queue
import secrets
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pitlive.declared.edge.rows import DeclaredRows
from pitlive.declared.spec import SourceSpec
from pitlive.errors import BadFile
from pitlive.feeds import table
from pitlive.feeds.lines import Refused, Reported
from pitlive.messages import Json
from pitlive.race.feeds import race_document, timing

IDLE_S = 0.02
"""Standard input silent for so long: what has come is sent without waiting for more."""

Opened = io.BufferedReader | gzip.GzipFile

Row = Reported | Refused | None
"""None says that nothing more has come for now."""


@dataclass(frozen=True, slots=True)
class Tape:
    """Rows in the order in which they are sent.

    Attributes:
        rows: To be iterated once.
        read: How much of the file has been read, 0–1; None where nobody knows.
        key: Names content and order; None where another run cannot read the same.
        is_once: What has been read cannot be read again, not even by this run.
        declared: How the source is declared, where the rows say it.
    """

    rows: Iterator[Row]
    read: Callable[[], float | None]
    key: str | None
    is_once: bool = False
    declared: dict[str, Json] | None = None


@contextmanager
def play(
    file: str,
    reading: table.Reading | None,
    sort: bool | None,
    options: str = "",
    declared: SourceSpec | None = None,
) -> Iterator[Tape]:
    """Open a file, or standard input for `-`, as long as the context lasts.

    Args:
        file: Its path.
        reading: How to read columns; None: as they are recognised.
        sort: By time. Default: tables yes, they are often in order of car; lines as they came.
        options: What was asked for, as part of the key.
        declared: The declaration that says what its columns are; None: those of a race.

    Raises:
        BadFile: It cannot be opened, or is of no kind we know.
    """
    if file == "-":
        with open(0, "rb", closefd=False) as stdin:
            name = secrets.token_hex(4)  # what comes there a second time is something else
            rows, _ = _rows(stdin, "standard input", reading, declared, name)
            come = _sorted(rows) if sort else _as_it_comes(rows)
            yield Tape(come, lambda: None, None, is_once=True)
        return
    path = Path(file)
    with _open(path) as raw:
        rows, is_table = _rows(raw, path.name, reading, declared, path.name)
        in_order = _sorted(rows) if (is_table if sort is None else sort) else rows
        size = path.stat().st_size or 1
        yield Tape(in_order, lambda: raw.tell() / size, f"{_digest(path)} {options}")


@contextmanager
def text(file: str) -> Iterator[Iterator[str]]:
    """Open the text of a CSV table as long as the context lasts.

    Raises:
        BadFile: It cannot be opened, or is something else.
    """
    path = Path(file)
    with _open(path) as raw:
        unpacked = _unpacked(raw, path.name)
        if _peek(unpacked, path.name).lstrip()[:1] in (b"{", b"["):
            raise BadFile(f"{path.name}: got JSON, want a CSV table with a header")
        yield _text(_lines(unpacked, path.name), path.name)


def beside(file: str) -> dict[str, Json] | None:
    """Return the declaration beside a file: `<name>.toml`, `<name>.race.json` or `race.json`.

    Raises:
        BadFile: It is there but cannot be read.
    """
    if file == "-":
        return None
    path = Path(file)
    candidates = (
        stem(path).with_suffix(".toml"),
        path.with_name(f"{path.name.partition('.')[0]}.race.json"),
        path.with_name("race.json"),
    )
    found = next((one for one in candidates if one.is_file()), None)
    return spec(found) if found else None


def stem(path: Path) -> Path:
    """Return a path without what a file's name ends with: `data/scores` of `scores.csv.gz`."""
    return path.with_name(path.name.partition(".")[0])


def spec(path: Path) -> dict[str, Json]:
    """Read a declaration, TOML or JSON.

    Raises:
        BadFile: It cannot be read, or is none.
        WrongDeclaration: Something in it cannot be taken; each line says where.
    """
    from pitlive.cli.declaration import load, parsed  # which need not be loaded for a race

    try:
        found = parsed(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: {error}, want a TOML or JSON file in UTF-8") from None
    return load(path) if found.get("kind") == "declared" else race_document.spec(found)


def look(file: str) -> None:
    """Look whether there is such a file, before anybody is asked about it.

    Raises:
        BadFile: There is none.
    """
    if file != "-":
        _open(Path(file)).close()


def _open(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}, want a file, or - for standard input") from None


def _rows(
    raw: io.BufferedReader,
    name: str,
    reading: table.Reading | None,
    declared: SourceSpec | None,
    called: str,
) -> tuple[Iterator[Reported | Refused], bool]:
    """The rows of a file, and whether it is a table."""
    of = DeclaredRows(declared, called) if declared else None
    unpacked = _unpacked(raw, name)
    begins = b"".join(_peek(unpacked, name).split())
    if begins.startswith(b"[{"):
        raise BadFile(
            f"{name}: got a JSON array, want one object a line (`jq -c '.[]'` makes that)"
        )
    lines = _lines(unpacked, name)
    if begins.startswith(b"{") or not begins:
        if of:
            return of.of_objects(lines), False
        return (table.flat_objects(lines, reading) if reading else timing.entries(lines)), False
    text = _text(lines, name)
    return _named(of.of_table(text, reading) if of else table.rows(text, reading), name), True


def _unpacked(raw: io.BufferedReader, name: str) -> Opened:
    packed = _peek(raw, name)[:2] == b"\x1f\x8b"
    return gzip.GzipFile(fileobj=raw) if packed else raw


def _peek(file: Opened, name: str) -> bytes:
    try:
        return file.peek(512)
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile(f"{name}: {error}, want a whole gzip file") from None


def _lines(file: Opened, name: str) -> Iterator[bytes]:
    """Lines as they come; a file that ends within its gzip stream says where."""
    number = 0
    try:
        for line in file:
            number += 1
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadFile(f"{name}, after line {number}: {error}, want a whole gzip file") from None


def _text(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise BadFile(f"{name}, line {number}: {error.reason}, want UTF-8") from None


def _named(rows: Iterator[Reported | Refused], name: str) -> Iterator[Reported | Refused]:
    """Name the file in what is wrong with its header."""
    try:
        yield from rows
    except BadFile as error:
        text = str(error)
        raise BadFile(text if text.startswith(name) else f"{name}, {text}") from None


def _sorted(rows: Iterator[Reported | Refused]) -> Iterator[Reported | Refused]:
    """By time, equal times as in the file; what was refused, and has no time, first."""
    yield from sorted(rows, key=lambda row: at_ms(row) or -1)


def at_ms(row: Row) -> int | None:
    """When the entry of a row happened, if it says so with a number."""
    at = row.entry.get("at_ms") if isinstance(row, Reported) else None
    return at if isinstance(at, int) else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_it_comes(rows: Iterator[Reported | Refused]) -> Iterator[Row]:
    """Read in a thread, and say when nothing has come for a while."""
    come: queue.Queue[Reported | Refused | BadFile | None] = queue.Queue(maxsize=10_000)

    def read() -> None:
        try:
            for row in rows:
                come.put(row)
            come.put(None)
        except BadFile as error:
            come.put(error)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            row = come.get(timeout=IDLE_S)
        except queue.Empty:
            yield None
            continue
        if row is None:
            return
        if isinstance(row, BadFile):
            raise row
        yield row
