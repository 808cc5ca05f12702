"""The append-only file of the embedded Redis, mended while none runs.

Redis refuses a file whose form is broken, and its own tool cuts off all that comes after. Here
only the broken transaction goes: what a script of ours wrote in one step stays whole or is gone.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

FOLDER = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"

_MULTI, _EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"
_NUMBER = re.compile(rb"[*$](\d{1,10})\r\n")
_NAME = re.compile(rb"[A-Za-z]+")
_MOST_WORDS = 2**20
"""Of a command: far more than any script of ours writes in one."""


class Cut(NamedTuple):
    """A part of a file that is no command, or belongs to a transaction with such a part.

    Attributes:
        at: Where the form is broken; it begins before, if it is within a transaction.
    """

    file: Path
    start: int
    end: int
    at: int


class _Broken(Exception):
    """There is no whole command here."""


def files(redis: Path) -> list[Path]:
    """Return the files of a Redis folder that hold commands, in the order of their loading."""
    manifest = redis / FOLDER / MANIFEST
    lines = manifest.read_text().splitlines() if manifest.exists() else []
    names = [words[1] for line in lines if len(words := line.split()) > 5 and words[5] in "bi"]
    return [redis / FOLDER / name for name in names if not name.endswith(".rdb")]


def cuts(file: Path) -> Iterator[Cut]:
    """Yield what has to go from a file so that Redis loads the rest."""
    if not file.stat().st_size:
        return
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = begin = last = 0  # where we are, where its transaction and the command before began
        while at < len(data):
            try:
                name, end = _command(data, at)
            except _Broken:
                start = begin if begin < at else last if data[at : at + 1] == b"$" else at
                end = _next(data, at, is_inside=begin < at)
                yield Cut(file, start, end, at)
                at = begin = last = end
                continue
            last, is_inside = at, begin < at or name == b"MULTI"
            at = end
            if not is_inside or name == b"EXEC":
                begin = end
        if begin < at:  # a transaction without its end, which is that of the file
            yield Cut(file, begin, at, at)


def cut_out(file: Path, found: list[Cut], kept: Path) -> list[Path]:
    """Take parts out of a file, and keep each in a folder; return those files.

    Raises:
        OSError: There is no room; the file is as it was.
    """
    kept.mkdir(mode=0o700, exist_ok=True)
    mended = file.with_suffix(".mended")
    made, at = [], 0
    with file.open("rb") as data, mended.open("wb") as new:
        for one in found:
            _copy(data, new, one.start - at)
            made.append(kept / f"{file.name}-{one.start}")
            with made[-1].open("wb") as out:
                _copy(data, out, one.end - one.start)
            at = one.end
        _copy(data, new, file.stat().st_size - at)
    mended.replace(file)
    return made


def _command(data: mmap.mmap, at: int) -> tuple[bytes, int]:
    """Return the name of the command at a place, and where it ends.

    Raises:
        _Broken: There is none.
    """
    if data[at : at + 1] == b"#":  # a note of the time
        end = data.find(b"\r\n", at)
        if end < 0:
            raise _Broken
        return b"", end + 2
    words, end = _number(data, at, b"*")
    if not 0 < words <= _MOST_WORDS:
        raise _Broken
    name = b""
    for n in range(words):
        length, start = _number(data, end, b"$")
        end = start + length + 2
        if data[end - 2 : end] != b"\r\n":
            raise _Broken
        name = name if n else data[start : end - 2]
    if not _NAME.fullmatch(name):
        raise _Broken
    return name.upper(), end


def _number(data: mmap.mmap, at: int, sign: bytes) -> tuple[int, int]:
    """Return the number after a sign, and where it ends."""
    found = _NUMBER.match(data, at)
    if found is None or data[at : at + 1] != sign:
        raise _Broken
    return int(found[1]), found.end()


def _next(data: mmap.mmap, at: int, *, is_inside: bool) -> int:
    """Return where the next command begins that belongs to nothing broken."""
    multi, done = data.find(_MULTI, at), data.find(_EXEC, at)
    multi = len(data) if multi < 0 else multi
    if 0 <= done < multi:  # what is broken is, or was begun by, a transaction
        return done + len(_EXEC)
    while not is_inside and 0 <= (at := data.find(b"\r\n*", at)) < multi:
        at += 2
        try:
            _command(data, at)
        except _Broken:
            continue
        return at
    return multi


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy so many bytes, and see to it that they are on the disk."""
    while size:
        part = source.read(min(size, 2**20))
        target.write(part)
        size -= len(part)
    target.flush()
    os.fsync(target.fileno())
