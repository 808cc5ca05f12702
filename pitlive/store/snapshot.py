"""The state of a source at one cursor, read a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import orjson

from pitlive.errors import Gone, StoreUnavailable
from pitlive.messages import Cursor, Row, is_personal
from pitlive.store import records, walk
from pitlive.store.client import Redis

PART = 1000
"""Rows that are put into words in one go: less than a millisecond."""

TRIES = 5
"""Times a state is read again because events were forgotten meanwhile."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State of the asked channels at one cursor; rows are JSON text.

    Attributes:
        text: All of it as `encode` gives it, where somebody has put it together already.
    """

    cursor: Cursor
    available: list[str]
    channels: dict[str, dict[str, bytes]] = field(default_factory=dict)
    text: bytes = field(default=b"", repr=False)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.channels.values()))

    def encode(self) -> bytes:
        """Return `channels` as JSON text without decoding any row."""
        return self.text or b"".join(self.parts())

    def parts(self) -> Iterator[bytes]:
        """Yield that text a bit at a time, for it may be of a hundred megabytes."""
        opening = b"{"
        for name, rows in self.channels.items():
            yield opening + orjson.dumps(name) + b":{"
            items, comma = iter(rows.items()), b""
            while some := list(islice(items, PART)):
                yield comma + b",".join(orjson.dumps(key) + b":" + row for key, row in some)
                comma = b","
            yield b"}"
            opening = b","
        yield b"}" if self.channels else b"{}"

    def encoded(self, pause: Callable[[], None]) -> Snapshot:
        """Return the same with its text kept, having called `pause` after each part of it."""
        parts = []
        for part in self.parts():
            parts.append(part)
            pause()
        return replace(self, text=b"".join(parts))

    def decode(self) -> dict[str, dict[str, Row]]:
        """Return `channels` as values."""
        return {
            name: {row: records.row(value) for row, value in rows.items()}
            for name, rows in self.channels.items()
        }


def snapshot(client: Redis, source: str, patterns: Sequence[str] | None = None) -> Snapshot:
    """Return the state of the channels that match any of the patterns, at one cursor.

    However large it is, Redis is never busy with it for long (`store.walk`).

    Args:
        patterns: None for all, also those that are for one user alone.

    Raises:
        UnknownSource: The source has not been declared.
        StoreUnavailable: Events went out of the log faster than the state could be read.
    """
    for _ in range(TRIES):
        try:
            return _whole(walk.pages(client, source, patterns))
        except Gone:
            continue
    raise StoreUnavailable(
        f"{source}: its state was published anew {TRIES} times while it was read"
    )


def _whole(pages: Iterable[walk.WalkPage]) -> Snapshot:
    names: set[str] = set()
    channels: dict[str, dict[str, bytes]] = {}
    for page in pages:
        names.update(page.available, page.channels)
        for name, rows in page.channels.items():
            known = channels.setdefault(name, {})
            for row, value in rows.items():
                if value is None:
                    known.pop(row, None)
                else:
                    known[row] = value
        cursor = page.cursor
    there = {name: channels[name] for name in sorted(channels) if channels[name]}
    return Snapshot(cursor, public(sorted(names)), there)


def public(names: Iterable[str]) -> list[str]:
    """Return those of some channels that are not for one user alone."""
    return [name for name in names if not is_personal(name)]
