"""How far a file has been sent to a source, so that a second run goes on from there.

One small JSON file per server, source and content. It names an entry of the source's log that
is not before what was acknowledged, and holds where that entry is: a log that has one has all
before it. Else the past is another one (an older folder was put back, a replica that lagged was
promoted, the source began anew), and everything is sent again. It is written after the server
has acknowledged, so a crash costs repeats, which change nothing, and never a gap.
"""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

import orjson

from pitlive.cli.connection import Server
from pitlive.client.refusal import refusal
from pitlive.messages import Json

SAVE_S = 0.5
"""Written at most this often, and at the end."""

AT_MOST = 1000
"""Entries that are looked through for the newest one, after those that are folded in."""

START = "0-0"
"""The id before the first entry."""


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
        self._saved = 0.0

    def rows(self) -> int:
        """Return how many rows were acknowledged and are in the source's log."""
        if self._file is None or not self._file.exists():
            return 0
        try:
            kept = orjson.loads(self._file.read_bytes())
            entry, rows = str(kept["entry"]), int(kept["rows"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return 0  # cut off while it was written: sending again does no harm
        return rows if holds(self._server, self._source, entry) else 0

    def others(self) -> int:
        """Return how many entries the source holds if none of them is known to be ours."""
        return 0 if self.rows() else int(_known(self._server, self._source).get("entries", 0))

    def save(self, rows: int, now: bool = False) -> None:
        """Keep how many rows have been acknowledged."""
        if self._file is None or (not now and time.monotonic() - self._saved < SAVE_S):
            return
        if (entry := newest(self._server, self._source)) == START:
            return  # it is not known, or there is none
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        about = {"url": self._server.url, "source": self._source}
        new.write_bytes(orjson.dumps({**about, "entry": entry, "rows": rows}))
        new.replace(self._file)
        self._saved = time.monotonic()


def newest(server: Server, source: str) -> str:
    """Return the id of the newest entry of a source; `START` where too many are not folded in."""
    folded = str(_known(server, source).get("folded", START))
    logged = _logged(server, source, folded, AT_MOST) or []
    if len(logged) == AT_MOST:
        return START
    return logged[-1] if logged else folded


def holds(server: Server, source: str, entry: str) -> bool:
    """Tell whether an entry is in the log of a source, and so all that were before it."""
    if not (found := re.fullmatch(r"(\d{1,15})-(\d{1,15})", entry)):
        return False
    before = f"{found[1]}-{max(0, int(found[2]) - 1)}"
    logged = _logged(server, source, before, 1)
    return logged is not None and (entry == START or logged == [entry])


def _logged(server: Server, source: str, after: str, limit: int) -> list[str] | None:
    """The ids of entries after one; None where the server does not know the source."""
    asked = {"after": after, "limit": limit}
    answer = server.ask("GET", f"/api/v1/sources/{source}/entries", params=asked)
    if answer.status_code == 404:
        return None
    if answer.status_code != 200:
        raise refusal(answer)
    return [str(one["id"]) for one in answer.json()["entries"]]


def _known(server: Server, source: str) -> dict[str, Json]:
    """What the server says about a source; empty where it does not know it."""
    sources = server.get("/api/v1/sources")["sources"]
    return next((known for known in sources if known["source"] == source), {})
