"""Documents of a live feed: polled from an address, or recorded in a file or a folder.

https://…/series_1/5651                 each document of the feed, asked for again and again
recording/live-feed.json.gz             one document
recording.txt, recording.jsonl, -       one JSON document a line
records.csv.gz                          one document a row
TrackStatus.jsonStream                  one line of a topic after the other
recording/                              all of these; names that begin alike (0017-…) together
"""

from __future__ import annotations

import csv
import gzip
import heapq
import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import orjson

from pitlive.client.patience import ReconnectPolicy
from pitlive.errors import BadFile
from pitlive.messages import Json

Document = tuple[str, Json] | None
"""Its name and what it says; None: nothing more has come for now."""

TIMEOUT_S = 10.0

WHEN = re.compile(r"^[\dTZ:._-]+[._-]")
"""What stands before the name of a document that was recorded several times."""


def documents(
    where: str, wanted: Sequence[str], every_s: float, say: Callable[[str], None]
) -> Iterator[Document]:
    """Yield the documents there are at a place.

    Args:
        where: An address, a file, a folder, or - for standard input.
        wanted: What the feed has below an address, in the order in which it is read.
        every_s: How long to wait before an address is asked again [s].
        say: Told what goes wrong on the way.

    Raises:
        BadFile: There is nothing such, or it is none of the forms above.
    """
    if "://" in where:
        return _polled(where, wanted, every_s, say)
    if where == "-":
        return _lines("standard input", open(0, "rb", closefd=False))
    path = Path(where)
    if path.is_dir():
        return _folder(path, [_stem(name) for name in wanted])
    return _file(path)


def _polled(
    address: str, wanted: Sequence[str], every_s: float, say: Callable[[str], None]
) -> Iterator[Document]:
    """Ask for ever; what has not changed is not read again, and what is not there is no news."""
    alone = not wanted or address.endswith(".json")
    urls = [address] if alone else [f"{address.rstrip('/')}/{name}" for name in wanted]
    tags: dict[str, str] = {}
    patience, known = ReconnectPolicy(), set[str]()
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
        while True:
            found = [_asked(client, url, tags) for url in urls]
            yield from (one for one in found if isinstance(one, tuple))
            yield None
            troubles = {one for one in found if isinstance(one, str)}
            for trouble in sorted(troubles - known):
                say(f"{trouble}; asking again")
            known = troubles
            if len(troubles) == len(urls):
                time.sleep(max(every_s, patience.wait_s()))
            else:
                patience = ReconnectPolicy()
                time.sleep(every_s)


def _asked(client: httpx.Client, url: str, tags: dict[str, str]) -> Document | str:
    """Return a document, None if it has not changed, or what is wrong."""
    try:
        answer = client.get(url, headers={"If-None-Match": tags[url]} if url in tags else {})
    except httpx.RequestError as error:
        return f"{url}: {error or type(error).__name__}"
    if answer.status_code == 304:
        return None
    if answer.status_code != 200:
        return f"{url}: answered {answer.status_code}, want 200"
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        return f"{url}: not JSON ({error})"
    if tag := answer.headers.get("etag"):
        tags[url] = tag
    return _stem(httpx.URL(url).path), document


def _folder(folder: Path, wanted: Sequence[str]) -> Iterator[Document]:
    """Yield what was recorded, in the order of its time; at one time in the feed's own."""
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise BadFile(f"{folder}: no files, want recorded documents")
    if streams := [path for path in files if path.name.endswith(".jsonStream")]:
        lines = [_file(path) for path in sorted(streams)]
        return heapq.merge(*lines, key=lambda one: str(one and one[1])[:12])  # 00:04:12.337{…

    def at(path: Path) -> tuple[str, int, str]:
        when, name = WHEN.match(path.name), _stem(path.name)
        order = wanted.index(name) if name in wanted else len(wanted)
        return (when[0] if when else ""), order, path.name

    return (one for path in sorted(files, key=at) for one in _file(path))


def _file(path: Path) -> Iterator[Document]:
    """Yield the documents of a file; what is in it, its name says."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        if kind == "jsonStream":
            lines = raw.decode("utf-8-sig").splitlines()
            return iter([(_stem(path.name), line) for line in lines if line.strip()])
        if kind == "csv":
            rows = csv.DictReader(io.StringIO(raw.decode()))
            return ((_stem(path.name), row) for row in rows)
        if kind in ("jsonl", "txt", "ndjson"):
            return _lines(path.name, io.BytesIO(raw))
        return iter([(_stem(path.name), orjson.loads(raw))])
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}, want a file or a folder") from None
    except EOFError as error:
        raise BadFile(f"{path}: {error}, want a whole gzip file") from None
    except (UnicodeDecodeError, orjson.JSONDecodeError) as error:
        raise BadFile(f"{path}: {error}, want a JSON document, or lines of a .jsonl") from None


def _lines(name: str, lines: io.BufferedIOBase) -> Iterator[Document]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield "", orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise BadFile(f"{name}, line {number}: not JSON ({error})") from None


def _stem(name: str) -> str:
    """Return the name of a document without folder, time and ending.

    >>> _stem("live/0017-live-feed.json.gz"), _stem("laps"), _stem("TrackStatus.jsonStream")
    ('live-feed', 'laps', 'TrackStatus')
    """
    return WHEN.sub("", name.rpartition("/")[2]).partition(".")[0]
