"""What a feed shows while it runs: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

import click

from pitlive.messages import Json

PLAIN_S = 5.0
"""Without a terminal: a line this often, for a log and not for an eye."""


class SentTally:
    """What became of the rows sent so far, and how far the source has come.

    Attributes:
        counted: Field of an entry that counts how far it has come; empty: there is none.
        at_ms, count: The newest time, and the largest count.
    """

    def __init__(self) -> None:
        self.accepted = self.repeats = self.refused = self.rows = 0
        self.counted = ""
        self.at_ms: int | None = None
        self.count: int | None = None
        self.began = time.monotonic()

    def follow(self, entries: Iterable[Mapping[str, Json]]) -> None:
        """Note how far the source has come."""
        for entry in entries:
            at_ms, count = entry.get("at_ms"), entry.get(self.counted)
            if isinstance(at_ms, int):
                self.at_ms = max(at_ms, self.at_ms or 0)
            if isinstance(count, int):
                self.count = max(count, self.count or 0)

    @property
    def rate(self) -> float:
        """Rows per second since the start."""
        return self.rows / max(time.monotonic() - self.began, 1e-3)

    def __str__(self) -> str:
        return f"{self.accepted} accepted, {self.repeats} repeats, {self.refused} refused"


class Show(Protocol):
    """Shows how a feed is getting on, on stderr."""

    def say(self, text: str) -> None:
        """Print a line."""

    def advance(self, tally: SentTally, read: float | None) -> None:
        """Show what became of the rows, and how much of the file has been read."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class ProgressLines:
    """For a log: a line every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line."""
        click.echo(text, err=True)

    def advance(self, tally: SentTally, read: float | None) -> None:
        """Print a line, if the last one is old enough."""
        if time.monotonic() - self._last >= PLAIN_S:
            self._last = time.monotonic()
            share = "" if read is None else f"{read:4.0%}, "
            self.say(f"{share}{tally.rows} entries, {tally.rate:.0f}/s, {where(tally)}")

    def close(self) -> None:
        """Nothing was opened."""


class Bar:
    """For an eye: a bar with rate, clock and what the kind counts."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]} entries  {task.fields[rate]}/s  {task.fields[where]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(title, total=None, rows=0, rate=0, where="")
        self._progress.start()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def advance(self, tally: SentTally, read: float | None) -> None:
        """Move the bar."""
        self._progress.update(
            self._task,
            total=None if read is None else 1.0,
            completed=read or 0.0,
            rows=tally.rows,
            rate=f"{tally.rate:.0f}",
            where=where(tally),
        )

    def close(self) -> None:
        """Stop redrawing."""
        self._progress.stop()


def show(title: str) -> Show:
    """Choose by what stderr is."""
    return Bar(title) if sys.stderr.isatty() else ProgressLines()


def where(tally: SentTally) -> str:
    """Say how far the source has come: its clock and count, as far as they are known."""
    at = "" if tally.at_ms is None else f"clock {clock(tally.at_ms)}"
    return at if tally.count is None else f"{at}  {tally.counted} {tally.count}".strip()


def clock(ms: int) -> str:
    """Write a time since the start; Unix times come out as time of day (UTC).

    >>> clock(3_723_000), clock(1_763_822_400_000)
    ('1:02:03', '14:40:00')
    """
    seconds = ms // 1000 % 86_400 if ms > 10**11 else ms // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
