"""Rows → a source on a server, acknowledged batch by batch."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import httpx
import orjson

from pitlive.cli.bookmark import START, Bookmark
from pitlive.cli.connection import Server
from pitlive.cli.pacing import PacedReports, Pacing
from pitlive.cli.recording import RecordedRow, Recording
from pitlive.cli.showing import SentTally, Show
from pitlive.client.refusal import refusal
from pitlive.errors import OtherPast
from pitlive.feeds.lines import LineRefused, Reported
from pitlive.messages import Json

GZIP_FROM = 4096
"""Bytes of a body from which packing it pays."""

UNDECLARED: dict[str, Json] = {}
"""How a source is declared that is fed before anybody has: of the server's default kind."""

SHOWN = 50
"""Refusals printed one by one; the rest is counted."""


@dataclass(slots=True)
class EntryDelivery:
    """Sends rows to one source and keeps count.

    Attributes:
        newest: Id of the newest entry that the log had at the last acknowledgement.
    """

    server: Server
    source: str
    show: Show
    bookmark: Bookmark
    tally: SentTally = field(default_factory=SentTally)
    newest: str = START

    @property
    def path(self) -> str:
        """The source's address on the server."""
        return f"/api/v1/sources/{self.source}"

    def declare(self, spec: dict[str, Json] | None) -> None:
        """Declare the source.

        Args:
            spec: None: as it is, or of the default kind where there is none yet.

        Raises:
            RequestRefused: The server will not have it.
        """
        if spec is None and self.server.ask("GET", self.path).status_code != 404:
            return
        answer = self.server.ask("PUT", self.path, json=UNDECLARED if spec is None else spec)
        if answer.status_code not in (200, 201, 204):
            raise refusal(answer)

    def send(self, recording: Recording, pacing: Pacing, skip: int = 0) -> None:
        """Send all rows but the first `skip`, which were acknowledged before.

        Raises:
            RequestRefused: The server does not take entries from us at all.
            ServerAway: Our patience with it ended.
            OtherPast: The log has lost what was sent before, and the recording can be played again.
            BadFile: The file turned out broken; what was read of it has been sent.
        """
        done, self.newest = skip, self.bookmark.entry if skip else START
        try:
            for batch in pacing.batches(_without(recording.rows, skip)):
                self._send(batch, is_once=recording.is_once)
                done += len(batch)
                self.bookmark.reach(done, self.newest)
                self.show.advance(self.tally, recording.read())
        finally:
            self.bookmark.save()

    def flush(self) -> None:
        """Tell the source that its stream has ended."""
        answer = self.server.ask("POST", f"{self.path}/flush")
        if answer.status_code != 200 and not _is_unknown(answer):
            raise refusal(answer)

    def _send(self, batch: PacedReports, *, is_once: bool) -> None:
        """Send a batch; of what can be read only once the rest goes into whatever log there is."""
        for refused in (row for row in batch if isinstance(row, LineRefused)):
            self._refuse(refused)
        if rows := [row for row in batch if isinstance(row, Reported)]:
            try:
                self._post(rows)
            except OtherPast as error:
                if not is_once:
                    raise
                self.show.say(f"{error}; what it lacks cannot be read again, the rest is sent")
                self.newest = START
                self._post(rows)
            self.tally.follow(row.entry for row in rows)
        self.tally.rows += len(batch)

    def _post(self, rows: list[Reported]) -> None:
        """Post rows; a body that as a whole is too much or unreadable is halved.

        Raises:
            OtherPast: The log does not have what it had at the last acknowledgement.
        """
        asked = {"params": {"holds": self.newest}, **_body(rows)}
        answer = self.server.ask("POST", f"{self.path}/entries", **asked)
        if answer.status_code == httpx.codes.PRECONDITION_FAILED:
            raise OtherPast(f"the log of {self.source} has lost entries that it had acknowledged")
        if "refused" in (result := _result(answer)):
            self.tally.accepted += result.get("accepted", 0)
            self.tally.repeats += result.get("repeats", 0)
            for one in result["refused"]:
                line = rows[one["index"]].line
                self._refuse(LineRefused(line, one.get("field", ""), one.get("got"), one["want"]))
        elif answer.status_code not in (413, 422):
            raise refusal(answer)
        elif len(rows) > 1:
            self._post(rows[: len(rows) // 2])
            self._post(rows[len(rows) // 2 :])
        else:
            self._refuse(LineRefused(rows[0].line, "", rows[0].entry, str(refusal(answer))))
        self.newest = str(result.get("newest", self.newest))

    def _refuse(self, refused: LineRefused) -> None:
        self.tally.refused += 1
        if self.tally.refused <= SHOWN:
            self.show.say(f"refused: {refused}")
        elif self.tally.refused == SHOWN + 1:
            self.show.say("refused: more; they are counted below, and listed under set-aside")


def _without(rows: Iterable[RecordedRow], skip: int) -> Iterator[RecordedRow]:
    rows = iter(rows)
    real = (row for row in rows if row is not None)
    for _ in islice(real, skip):
        pass
    return iter(rows)


def _body(rows: list[Reported]) -> dict[str, object]:
    body = b"\n".join(orjson.dumps(row.entry) for row in rows)
    headers = {"content-type": "application/x-ndjson"}
    if len(body) >= GZIP_FROM:
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)  # fast: it is for a few ms of wire
    return {"content": body, "headers": headers}


def _result(answer: httpx.Response) -> dict[str, Json]:
    """What the server says about the entries; empty where it says something else."""
    if answer.status_code not in (200, 422) or "json" not in answer.headers.get("content-type", ""):
        return {}
    result = answer.json()
    return result if isinstance(result, dict) else {}


def _is_unknown(answer: httpx.Response) -> bool:
    """Tell whether the source knows no flush: nothing closes in one of its kind."""
    refused = _result(answer).get("refused")
    first = refused[0] if isinstance(refused, list) and refused else None
    return isinstance(first, dict) and (first.get("field"), first.get("got")) == ("type", "flush")
