"""How far a file has been sent to a source, so that a second run goes on from there.

One small JSON file per server, source and content. It names an entry of the source's log that
is not before what was acknowledged, and holds where that entry is: a log that has one has all
before it. Else the past is another one (an older folder was put back, a replica that lagged was
promoted, the source began anew), and everything is sent again. It is written after the server
has acknowledged, so a crash costs repeats, which change nothing, and never a gap. The entry is
the one that the acknowledgement names, so a server that is away keeps nobody from writing it.
"""

from __future__ import annotations

import hashlib
import re
import time
from functools import cached_property
from pathlib import Path

import orjson

from pitlive.cli.connection import Server
from pitlive.client.refusal import refusal
from pitlive.errors import RequestRefused
from pitlive.messages import Json

SAVE_S = 0.5
"""Written at most this often, and at the end."""

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
        self._done = 0
        self._reached = (0, START)
        self._saved = 0.0

    @cached_property
    def rows(self) -> int:
        """How many rows were acknowledged before and are in the source's log."""
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
        return 0 if self.rows else int(_known(self._server, self._source).get("entries", 0))

    def reach(self, rows: int, last: str) -> None:
        """Note how many rows have been acknowledged, and keep it if that was not done just now.

        Args:
            last: Id of the newest entry that the log took of the newest rows; empty if it took
                none, for they were repeats.
        """
        self._done = rows
        if last:
            self._reached = rows, last
        if time.monotonic() - self._saved >= SAVE_S:
            self._saved = time.monotonic()
            self.ask()
            self.save()

    def ask(self) -> None:
        """Ask the server where it is, if no acknowledgement of the newest rows has said it."""
        if self._file is None or self._reached[0] == self._done:
            return
        if (entry := newest(self._server, self._source)) != START:
            self._reached = self._done, entry

    def save(self) -> None:
        """Keep how many rows have been acknowledged, as far as an entry is known; asks nobody."""
        rows, entry = self._reached
        if self._file is None or not rows:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        about = {"url": self._server.url, "source": self._source}
        new.write_bytes(orjson.dumps({**about, "entry": entry, "rows": rows}))
        new.replace(self._file)


def newest(server: Server, source: str) -> str:
    """Return the id of the newest entry of a source; `START` where there or known is none."""
    return str(_known(server, source).get("newest", START))


def holds(server: Server, source: str, entry: str) -> bool:
    """Tell whether an entry is in the log of a source, and so all that were before it.

    A log that cannot be read there does not, which is said: its server may still take entries.
    """
    if not (found := re.fullmatch(r"(\d{1,15})-(\d{1,15})", entry)):
        return False
    before = f"{found[1]}-{max(0, int(found[2]) - 1)}"
    try:
        logged = _logged(server, source, before, 1)
    except RequestRefused as error:
        server.say(f"{error}; so it is not known what {source} has, and all is sent again")
        return False
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
    """What the server says about a source; empty where it does not know it, or says nothing."""
    answer = server.ask("GET", "/api/v1/sources")
    sources = answer.json()["sources"] if answer.status_code == 200 else []
    return next((known for known in sources if known["source"] == source), {})
