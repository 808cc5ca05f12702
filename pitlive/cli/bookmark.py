"""How far a file has been sent to a source, so that a second run goes on from there.

One small JSON file per server, source and content. It names the newest entry that the source's
log had when it acknowledged, and holds where that entry is: a log that has one has all before
it, but for what a repair has taken out since, so repairs are counted too. Else the past is
another one (an older folder was put back, a replica that lagged was promoted, the source began
anew), and everything is sent again. A feed that runs has each post name the entry that the
acknowledgement before it named (`holds=`), so no bookmark ever spans two pasts. It is written
after the server has acknowledged, so a crash costs repeats, which change nothing, and never a
gap; and it takes the entry from the acknowledgement, so it needs no server to be written.
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

    Attributes:
        entry: Id of the newest entry that the log is known to have.
    """

    def __init__(self, folder: Path, server: Server, source: str, key: str | None) -> None:
        self._server, self._source = server, source
        name = hashlib.sha256(f"{server.url} {source} {key}".encode()).hexdigest()[:24]
        self._file = folder / f"{source}-{name}.json" if key is not None else None
        self.entry = START
        self._done, self._repairs = 0, 0
        self._saved = 0.0

    @cached_property
    def rows(self) -> int:
        """How many rows were acknowledged before and are in the source's log, up to `entry`."""
        if self._file is None:
            return 0
        self._repairs = repairs(self._server, self._source)
        rows, entry, seen = self._kept()
        if rows and seen != self._repairs:
            self._server.say(f"the log of {self._source} was repaired; so all is sent again")
            return 0
        if not rows or not holds(self._server, self._source, entry):
            return 0
        self.entry = entry
        return rows

    def _kept(self) -> tuple[int, str, int]:
        """What was saved: rows, entry, and how often the log had been repaired before them."""
        try:
            kept = orjson.loads(self._file.read_bytes() if self._file else b"")
            return int(kept["rows"]), str(kept["entry"]), int(kept.get("repairs", 0))
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return 0, START, 0  # none, or cut off while it was written: sending again does no harm

    def others(self) -> int:
        """Return how many entries the source holds if none of them is known to be ours."""
        return 0 if self.rows else int(_known(self._server, self._source).get("entries", 0))

    def reach(self, rows: int, entry: str) -> None:
        """Note how many rows have been acknowledged, and keep it if that was not done just now.

        Args:
            entry: Id of the newest entry that the log had then; `START` if nothing was in it.
        """
        self._done, self.entry = rows, entry
        if time.monotonic() - self._saved >= SAVE_S:
            self._saved = time.monotonic()
            self.save()

    def save(self) -> None:
        """Keep how many rows have been acknowledged, if any are in the log; asks nobody."""
        if self._file is None or not self._done or self.entry == START:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        about = {"url": self._server.url, "source": self._source}
        kept = {"entry": self.entry, "rows": self._done, "repairs": self._repairs}
        new.write_bytes(orjson.dumps({**about, **kept}))
        new.replace(self._file)


def newest(server: Server, source: str) -> str:
    """Return the id of the newest entry of a source; `START` where there or known is none."""
    return str(_known(server, source).get("newest", START))


def repairs(server: Server, source: str) -> int:
    """Return how often the log of a source was repaired: each may have freed what it had."""
    return int(_known(server, source).get("repairs", 0))


def holds(server: Server, source: str, entry: str) -> bool:
    """Tell whether an entry is in the log of a source, and so the past that it had then.

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
