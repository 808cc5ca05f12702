"""When each row is due, and which rows travel together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pitlive.cli.recording import RecordedRow, at_ms
from pitlive.errors import BadFile
from pitlive.feeds.lines import LineRefused, Reported

BATCH = 1000
"""Most rows of one request: some 100 KB, a few milliseconds of the server's time."""

TICK_S = 0.02
"""Paced rows are sent at most this often; what is due meanwhile travels together."""

PacedReports = list[Reported | LineRefused]


@dataclass(slots=True)
class Pacing:
    """When rows are due, on a clock that starts with the first of them.

    Attributes:
        speed: Multiple of event time; None is as fast as the server takes them.
        every_s: A fixed time between rows instead.
        from_ms: When the clock starts at the earliest; rows before that are due at once.
        clock, sleep: The machine's, unless a test brings its own.
    """

    speed: float | None = None
    every_s: float | None = None
    from_ms: int | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _began: float | None = None
    _start_ms: int | None = None
    _rows: int = 0

    def due(self, row: Reported | LineRefused) -> float:
        """Say when a row is due; rows without a time are due at once."""
        if self._began is None:
            self._began = self.clock()
        self._rows += 1
        if self.every_s is not None:
            return self._began + (self._rows - 1) * self.every_s
        if self.speed is None or (at := at_ms(row)) is None:
            return self._began
        if self._start_ms is None:
            self._start_ms = max(at, self.from_ms or at)
        return self._began + (at - self._start_ms) / 1000 / self.speed

    def again(self) -> None:
        """Begin with the first row once more on the same clock: what was due is due at once."""
        self._rows = 0

    def batches(self, rows: Iterable[RecordedRow]) -> Iterator[PacedReports]:
        """Group rows into batches, each yielded when its last row is due.

        A file that turns out broken is raised after what was read of it has been sent.
        """
        batch: PacedReports = []
        broken: list[BadFile] = []
        sent = self.clock() - TICK_S
        for row in _until_broken(rows, broken):
            due = self.due(row) if row is not None else float("inf")
            if batch and (len(batch) >= BATCH or due > self.clock()):
                yield batch
                batch, sent = [], self.clock()
            if row is None:
                continue
            if (wait := max(due, sent + TICK_S) - self.clock()) > 0 and due > self.clock():
                self.sleep(wait)
            batch.append(row)
        if batch:
            yield batch
        if broken:
            raise broken[0]


def _until_broken(rows: Iterable[RecordedRow], broken: list[BadFile]) -> Iterator[RecordedRow]:
    try:
        yield from rows
    except BadFile as error:
        broken.append(error)
