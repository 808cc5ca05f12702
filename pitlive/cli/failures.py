"""Parts of `pitlive up` that end by themselves: said at once, and how often in a row."""

from __future__ import annotations

import time

import click

from pitlive.cli.supervise import Supervisor

TRIES = 3
"""So often may a part fail in a row; once or twice may pass, as when the Redis of a run that
was killed is about to end."""

IN_A_ROW_S = 60.0
"""A failure that long after the one before is the first of a new row."""


class PartFailures:
    """What has failed since the start, part by part."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._rows: dict[str, tuple[int, float]] = {}

    def tell(self) -> None:
        """Print which parts have failed since last time, and the last words of each."""
        for part in self._supervisor.failed():
            self._count(part)
            words = self._supervisor.last_words(part)
            click.echo(f"{part} has failed, and is started again:\n{words}", err=True)

    def again_and_again(self) -> list[str]:
        """Name the parts that have failed too often in a row."""
        return [part for part, (many, _) in self._rows.items() if many >= TRIES]

    def forget(self, part: str) -> None:
        """Begin to count anew."""
        self._rows.pop(part, None)

    def _count(self, part: str) -> None:
        now = time.monotonic()
        many, before = self._rows.get(part, (0, now))
        self._rows[part] = (many + 1 if now - before < IN_A_ROW_S else 1, now)
