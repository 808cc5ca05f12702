"""The channel `race`: what stands above the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pitlive.messages import Json, Row
from pitlive.numerics import Ints
from pitlive.race.flags import Flags, LeaderAtLine, first_green_lap
from pitlive.race.laps import Laps
from pitlive.race.standings import Standings

DECLARED = {
    "name": "name",
    "series": "series",
    "track": "track",
    "laps": "laps_total",
    "stages": "stages",
}
"""Fields of the declaration, and the row that each becomes."""


def declared_rows(spec: Mapping[str, Json]) -> dict[str, Row]:
    """Return the rows that are known before the race."""
    return {row: spec[name] for name, row in DECLARED.items() if spec.get(name) is not None}


def status(finished: bool, newest_ms: int | None) -> str:
    """Return `waiting`, `running` or `finished`."""
    if finished:
        return "finished"
    return "waiting" if newest_ms is None else "running"


def flag_rows(flags: Flags, line: LeaderAtLine, cautions: Sequence[Row]) -> dict[str, Row]:
    """Return the rows about flags; none before the first flag, when nothing is known."""
    if not flags.shown:
        return {}
    rows = {
        "flag": flags.shown[-1].data["flag"],
        "cautions": len(cautions),
        "caution_laps": sum(row["laps"] for row in cautions),
    }
    running = flags.green_runs and flags.green_runs[-1].end is None and line.closed_ms is None
    if running:
        rows["green_run"] = max(0, line.last - first_green_lap(flags.green_runs[-1], line) + 1)
    return rows


def leader_rows(leader: Ints, last: int, cars: list[str]) -> dict[str, Row]:
    """Return the rows about who leads; none before a lap was led.

    Args:
        leader: Row of the car that led each lap, -1 for none, shape (laps,).
        last: The last lap led.
        cars: Car of each row.
    """
    if not last:
        return {}
    led = leader[leader >= 0]
    return {
        "lap": last,
        "leader": cars[leader[last]],
        "lead_changes": int(np.count_nonzero(led[1:] != led[:-1])),
        "leaders": int(np.count_nonzero(np.bincount(led))),
    }


def fastest(standings: Standings, laps: Laps, text_rank: Ints) -> Row | None:
    """Return the fastest lap of the race, the earliest of equals; None if there is none."""
    best = standings.figure("best_ms")
    rows = (best == np.fmin.reduce(best, initial=np.nan)).nonzero()[0]
    if not len(rows):
        return None
    lap = standings.figure("best_lap")[rows].astype(np.int64)
    first = np.lexsort((text_rank[rows], laps.at[rows, lap]))[0] if len(rows) > 1 else 0
    row = rows[first]
    return {"car": laps.cars[row], "lap": int(lap[first]), "lap_ms": int(best[row])}
