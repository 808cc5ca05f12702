"""How far a file has been sent to a source, so that a second run goes on from there.

One small JSON file per server, source and content. It holds for one life of the source's
log: when its epoch is another one, everything is sent again. It is written after the
server has acknowledged, so a crash costs repeats, which change nothing, and never a gap.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import orjson

from pitlive.cli.connection import Server
from pitlive.messages import Json

SAVE_S = 0.5
"""Written at most this often, and at the end."""


class Bookmark:
    """The place in a file up to which its rows have been acknowledged.

    Args:
        folder: Where bookmarks lie.
        server: The server that is fed.
        source: The source that is fed.
        key: Names content and order of the file; None keeps no bookmark.
    """

    def __init__(self, folder: Path, server: Server, source: str, key: str | None) -> None:
        self._server, self._source = server, source
        name = hashlib.sha256(f"{server.url} {source} {key}".encode()).hexdigest()[:24]
        self._file = folder / f"{source}-{name}.json" if key is not None else None
        self._epoch: str | None = None
        self._saved = 0.0

    def rows(self) -> int:
        """Return how many rows were acknowledged in the running life of the source's log."""
        if self._file is None or not self._file.exists():
            return 0
        try:
            kept = orjson.loads(self._file.read_bytes())
            epoch, rows = str(kept["epoch"]), int(kept["rows"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return 0  # cut off while it was written: sending again does no harm
        self._epoch = epoch_of(self._server, self._source)
        return rows if epoch == self._epoch else 0

    def others(self) -> int:
        """Return how many entries the source holds if none of them is known to be ours."""
        return 0 if self.rows() else int(_known(self._server, self._source).get("entries", 0))

    def save(self, rows: int, now: bool = False) -> None:
        """Keep how many rows have been acknowledged."""
        if self._file is None or (not now and time.monotonic() - self._saved < SAVE_S):
            return
        self._epoch = self._epoch or epoch_of(self._server, self._source)
        if self._epoch is None:  # no engine has begun it yet
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        about = {"url": self._server.url, "source": self._source}
        new.write_bytes(orjson.dumps({**about, "epoch": self._epoch, "rows": rows}))
        new.replace(self._file)
        self._saved = time.monotonic()


def epoch_of(server: Server, source: str) -> str | None:
    """Which life of its log a source is in; None while it has none."""
    return str(_known(server, source).get("cursor") or "").partition(".")[0] or None


def _known(server: Server, source: str) -> dict[str, Json]:
    """What the server says about a source; empty where it does not know it."""
    sources = server.get("/api/v1/sources")["sources"]
    return next((known for known in sources if known["source"] == source), {})
