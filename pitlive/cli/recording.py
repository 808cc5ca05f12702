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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pitlive.cli.terminal import Reader, terminal_of
from pitlive.errors import BadFile
from pitlive.feeds import table
from pitlive.feeds.lines import LineRefused, Reported
from pitlive.messages import Json

IDLE_S = 0.02
"""Standard input silent for so long: what has come is sent without waiting for more."""

Opened = io.BufferedReader | gzip.GzipFile

RecordedRow = Reported | LineRefused | None
"""None says that nothing more has come for now."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Rows in the order in which they are sent.

    Attributes:
        rows: To be iterated once.
        read: How much of the file has been read, 0–1; None where nobody knows.
        key: Names content and order; None where another run cannot read the same.
        is_once: What has been read cannot be read again, not even by this run.
        declared: How the source is declared, where the rows say it.
        counted: Field of an entry that counts how far the source has come; shown while sending.
    """

    rows: Iterator[RecordedRow]
    read: Callable[[], float | None]
    key: str | None
    is_once: bool = False
    declared: dict[str, Json] | None = None
    counted: str = ""


@contextmanager
def play(
    file: str,
    reading: table.TableReading | None,
    sort: bool | None,
    options: str = "",
    spec: Mapping[str, Json] | None = None,
) -> Iterator[Recording]:
    """Open a file, or standard input for `-`, as long as the context lasts.

    Args:
        file: Its path.
        reading: How to read columns; None: as they are recognised.
        sort: By time. Default: tables yes, they are often in order of car; lines as they came.
        options: What was asked for, as part of the key.
        spec: How the source is declared; None: not at all, so it is of the default kind.

    Raises:
        BadFile: It cannot be opened, or is of no kind we know.
        BadSpec: The declaration cannot be taken.
    """
    terminal, counted = terminal_of(spec or {}), terminal_of(spec or {}).counted
    if file == "-":
        with open(0, "rb", closefd=False) as stdin:
            name = secrets.token_hex(4)  # what comes there a second time is something else
            rows, _ = _rows(stdin, "standard input", reading, terminal.reader(spec or {}, name))
            arriving = _sorted(rows) if sort else _as_it_comes(rows)
            yield Recording(arriving, lambda: None, None, is_once=True, counted=counted)
        return
    path = Path(file)
    reader = terminal.reader(spec or {}, path.name)
    with _open(path) as raw:
        rows, is_table = _rows(raw, path.name, reading, reader)
        in_order = _sorted(rows) if (is_table if sort is None else sort) else rows
        size, key = path.stat().st_size or 1, f"{_digest(path)} {options} {reader.key}"
        yield Recording(in_order, lambda: raw.tell() / size, key, counted=counted)


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
    reading: table.TableReading | None,
    reader: Reader,
) -> tuple[Iterator[Reported | LineRefused], bool]:
    """The rows of a file, and whether it is a table."""
    unpacked = _unpacked(raw, name)
    begins = b"".join(_peek(unpacked, name).split())
    if begins.startswith(b"[{"):
        raise BadFile(
            f"{name}: got a JSON array, want one object a line (`jq -c '.[]'` makes that)"
        )
    lines = _lines(unpacked, name)
    if begins.startswith(b"{") or not begins:
        return reader.of_objects(lines, reading), False
    return _named(reader.of_table(_text(lines, name), reading), name), True


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


def _named(rows: Iterator[Reported | LineRefused], name: str) -> Iterator[Reported | LineRefused]:
    """Name the file in what is wrong with its header."""
    try:
        yield from rows
    except BadFile as error:
        text = str(error)
        raise BadFile(text if text.startswith(name) else f"{name}, {text}") from None


def _sorted(rows: Iterator[Reported | LineRefused]) -> Iterator[Reported | LineRefused]:
    """By time, equal times as in the file; what was refused, and has no time, first."""
    yield from sorted(rows, key=lambda row: at_ms(row) or -1)


def at_ms(row: RecordedRow) -> int | None:
    """When the entry of a row happened, if it says so with a number."""
    at = row.entry.get("at_ms") if isinstance(row, Reported) else None
    return at if isinstance(at, int) else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_it_comes(rows: Iterator[Reported | LineRefused]) -> Iterator[RecordedRow]:
    """Read in a thread, and say when nothing has come for a while."""
    waiting: queue.Queue[Reported | LineRefused | BadFile | None] = queue.Queue(maxsize=10_000)

    def read() -> None:
        try:
            for row in rows:
                waiting.put(row)
            waiting.put(None)
        except BadFile as error:
            waiting.put(error)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            row = waiting.get(timeout=IDLE_S)
        except queue.Empty:
            yield None
            continue
        if row is None:
            return
        if isinstance(row, BadFile):
            raise row
        yield row
