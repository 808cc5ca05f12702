"""Rows of the channels `laps/<car>`, `stops/<car>` and `stints/<car>`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pitlive.messages import Row, Rows
from pitlive.race.cars import Pits
from pitlive.race.laps import MARKS, NONE, Laps
from pitlive.race.reports import StopVerdict
from pitlive.race.stints import NAMES


def lap_rows(laps: Laps) -> Rows:
    """Return the rows of all laps that were touched; they are untouched then."""
    rows, columns = laps.drain_touched()
    layers = (laps.at, laps.time, laps.place, laps.to_leader, laps.mark)
    values = (layer[rows, columns].tolist() for layer in layers)
    out: Rows = {}
    for row, lap, *value in zip(rows.tolist(), columns.tolist(), *values, strict=True):
        out.setdefault(f"laps/{laps.cars[row]}", {})[str(lap)] = _lap_row(*value)
    return out


def _lap_row(at: int, time: int, place: int, to_leader: int, mark: int) -> Row | None:
    if at < 0:
        return None
    return [at, time or None, place or None, None if to_leader == NONE else to_leader, MARKS[mark]]


Believed = Callable[[int], StopVerdict | None]
"""Lap → what operators say of a stop on it, if they agree."""


def stop_rows(pits: Pits, flag_at: Callable[[int], str | None], believed: Believed) -> list[Row]:
    """Return the rows of the stops of one car, oldest first."""
    taken = {lap for lap in pits.into if lap >= 0}
    return [_stop_row(pits, n, flag_at, believed, taken) for n in range(len(pits.stops))]


def _stop_row(
    pits: Pits, n: int, flag_at: Callable[[int], str | None], believed: Believed, taken: set[int]
) -> Row:
    entered, left = pits.stops.ins[n], pits.stops.outs[n]
    timing = {} if left is None else left.data
    into, out = pits.into[n], pits.out[n]
    row: dict[str, Any] = {"in_ms": entered.at_ms, "lap": entered.data.get("lap")}
    row |= {"in_lap": None if into < 0 else into, "out_lap": None if out < 0 else out}
    row |= {"in_lap_ms": pits.times[0][n] or None, "out_lap_ms": pits.times[1][n] or None}
    if left is not None:
        row |= {"out_ms": left.at_ms, "lane_ms": timing.get("lane_ms", left.at_ms - entered.at_ms)}
    row |= {"flag": flag_at(entered.at_ms), "tires": timing.get("tires")}
    if "service_ms" in timing:
        row |= {"service_ms": timing["service_ms"], "service_from": "timing"}
    if verdict := _of_stop(into, believed, taken):
        if "service_ms" not in timing:
            row |= {"service_ms": verdict.service_ms, "service_from": "report"}
        if row["tires"] is None:
            row["tires"] = verdict.tires
    return {name: value for name, value in row.items() if value is not None}


def _of_stop(into: int, believed: Believed, taken: set[int]) -> StopVerdict | None:
    """What operators say of the in-lap, else of a lap next to it that is no other in-lap."""
    if into < 0:
        return None
    near = (lap for lap in (into - 1, into + 1) if lap not in taken)
    found = (believed(lap) for lap in (into, *near))
    return next((verdict for verdict in found if verdict is not None), None)


def stint_row(figures: list[float], tires: int | None) -> Row:
    """Return the row of one stint.

    Args:
        figures: In the order of `stints.NAMES`, NaN unknown.
        tires: How many were changed before it.
    """
    row: dict[str, Any] = {
        name: value if name == "mean_ms" else int(value)
        for name, value in zip(NAMES, figures, strict=True)
        if value == value
    }
    return row if tires is None else row | {"tires": tires}


def numbered(old: list[Row], new: list[Row]) -> dict[str, Row | None]:
    """Return the rows, keyed by their number from "1", in which a list differs from an older one.

    >>> numbered(["a", "b", "c"], ["a", "x"])
    {'2': 'x', '3': None}
    """
    rows = {str(n): row for n, row in enumerate(new, 1) if n > len(old) or old[n - 1] != row}
    return rows | {str(n): None for n in range(len(new) + 1, len(old) + 1)}
