"""The real race to 1,000 pages: what its messages weigh on the wire, and what they cost.

The race is folded as the engine folds it, an entry at a time, on a green run 22 minutes into
it, and published four times as fast as it was. Each event is given a number and a time for
the readers' checks, some 50 bytes that nobody needs otherwise. The full state is what a page
would be sent without patches: all rows of `race` and `standings` each time something in them
changes. (The page shows all channels; those two are the smaller part.)
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import cast

import orjson

from benchmarks.judge import delivered
from benchmarks.stream import payloads
from benchmarks.stream.machine import spent
from benchmarks.stream.ours import LINK, PitLive
from benchmarks.stream.servers import ROOT, Server
from benchmarks.stream.trial import Result, Trial, wrong
from pitlive.engine.mirror import Mirror
from pitlive.kind import kinds
from pitlive.messages import Cursor
from pitlive.store.publish import ChannelChange
from tests import races

FROM_MS = 1_300_000
"""A green run at 22 minutes, before the first caution and through its stops."""

STEPS, A_SECOND = 100, 10
"""Entries that are published, and how many a second."""

SHOWN = ("race", "standings")


class Step:
    """What one entry of the race did: its changes, and the state after it as JSON text."""

    def __init__(self, changes: list[ChannelChange], state: bytes, everything: int) -> None:
        self.changes = changes
        self.state = state
        self.everything = everything


def race_data() -> Path:
    """Return the folder of the real race.

    Raises:
        LookupError: It is not there.
    """
    folder = Path(os.environ.get("PITLIVE_DATA") or ROOT / "../shared/data")
    if not (folder / "main_race").is_dir():
        raise LookupError(f"no real race in {folder}: set PITLIVE_DATA to its folder")
    return folder


@cache
def steps() -> list[Step]:
    """Fold the race up to its green run, and return what the entries from there on did."""
    folder = race_data()
    declared = races.spec(folder)
    entries = races.checked(races.real(folder), declared)
    kind = kinds()["race"]
    fold, mirror = kind.fold(kind.spec(declared)), Mirror()
    mirror.record(fold.outcome([]).rows)
    mirror.record(fold.outcome([e for e in entries if e.at_ms < FROM_MS]).rows)
    found = []
    for entry in (e for e in entries if e.at_ms >= FROM_MS):
        rows = fold.outcome([entry]).rows
        changes = mirror.changes(rows, entry.at_ms)
        mirror.record(rows)
        if changes:
            found.append(Step(changes, *_states(mirror)))
        if len(found) == STEPS:
            break
    return found


def laps(server: Server, readers: int) -> Result:
    """Send the same stretch of the race to all readers."""
    with Trial(server, readers) as trial:
        publish = _ours if isinstance(server, PitLive) else _full_state
        trial.ready()
        trial.load.ask("reset")
        before = trial.read()
        first, last = trial.seq, publish(server, trial.seq)
        said = trial.load.ask(f"seq {last} 30000")
        used = spent(before, trial.read())
        return {
            **used,
            "cpu_us": used["cpu_s"] * 1e6 / (STEPS * readers),
            "wire_b": said["bytes"] / (STEPS * readers),
            "all_channels_b": sum(step.everything for step in steps()) / STEPS,
            "p50_us": said["p50_us"],
            "p99_us": said["p99_us"],
            "wrong": wrong(said),
            "proofs": delivered(said, readers, last - first),
        }


def _ours(server: Server, seq: int) -> int:
    """Publish the changes through the store, as the engine does."""
    pitlive = cast(PitLive, server)
    at = Cursor(pitlive.cursor.epoch, seq, LINK)
    for step in _paced(steps()):
        changes = [_numbered(change, at.seq + n) for n, change in enumerate(step.changes, 1)]
        at = pitlive.publish(pitlive.client, at, changes)
    return at.seq


def _full_state(server: Server, seq: int) -> int:
    """Publish the state after each entry."""
    with socket.create_connection(("127.0.0.1", server.publish_port)) as publisher:
        for step in _paced(steps()):
            seq += 1
            text = _with_number(step.state, seq)
            number = b"%010d" % seq
            publisher.sendall(payloads.frame(text).replace(payloads.SEQ, number))
    return seq


def _paced(found: Sequence[Step]) -> Iterable[Step]:
    began = time.monotonic()
    for n, step in enumerate(found):
        time.sleep(max(0.0, began + n / A_SECOND - time.monotonic()))
        yield step


def _numbered(change: ChannelChange, seq: int) -> ChannelChange:
    return ChannelChange(change.channel, _with_number(change.message, seq), change.rows)


def _with_number(message: bytes, seq: int) -> bytes:
    """Put the number and the time where the readers look for them."""
    return b'{"s":"%010d","t":"%019d",%s' % (seq, time.monotonic_ns(), message[1:])


def _states(mirror: Mirror) -> tuple[bytes, int]:
    shown = {name: rows for name, rows in mirror.rows.items() if name in SHOWN}
    return orjson.dumps(shown), len(orjson.dumps(dict(mirror.rows)))
