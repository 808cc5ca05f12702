"""The race for notebooks: a pandas table of laps in, tables of figures out; no server.

The same fold as live, so a figure in a notebook is the figure on the page. See
`docs/notebook.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pitlive.errors import BadFile
from pitlive.messages import Entry, Json, Row
from pitlive.race.kind import RACE as kind
from pitlive.race.standings import COLUMNS

LAP = ("at_ms", "lap_ms", "place", "to_leader_ms", "mark")
"""Columns of a row of the channel `laps/<car>`."""


def figures(
    laps: pd.DataFrame, flags: pd.DataFrame | None = None, stops: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the standings after some laps: one row a car, the leader first.

    Args:
        laps: One row per car and lap: `car`, `lap`, `at_ms`, and `lap_ms`, `place` where known.
        flags: One row a flag: `flag`, `at_ms`, and `lap`, `reason`, `comment` where known.
            Without it no lap is green, so there is no pace.
        stops: One row per `pit_in` and `pit_out`, told apart by `type`: `car`, `at_ms`, and
            `lap`, `lane_ms`, `service_ms`, `tires` where known.

    Returns:
        The fields of the channel `standings`, indexed by car; NaN where absent.

    Raises:
        BadFile: A row cannot be taken; the message says which, and what would do.

    >>> laps = pd.DataFrame({"car": ["24", "9"], "lap": 1, "at_ms": [16200, 16500]})
    >>> figures(laps)[["place", "to_leader_ms"]].loc["9"].tolist()
    [2.0, 300.0]
    """
    rows = told(laps, flags, stops).get("standings", {})
    table = pd.DataFrame(list(rows.values()), columns=["car", *COLUMNS])
    return table.sort_values("place").set_index("car")


def lap_figures(
    laps: pd.DataFrame, flags: pd.DataFrame | None = None, stops: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the figures of every lap: one row per car and lap; arguments as for `figures`.

    Returns:
        The columns of `LAP`, indexed by car and lap; `mark` as in `docs/protocol.md`.

    Raises:
        BadFile: A row cannot be taken; the message says which, and what would do.

    >>> laps = pd.DataFrame({"car": "24", "lap": [1, 2], "at_ms": [16200, 32100]})
    >>> lap_figures(laps).lap_ms.loc["24", 2]
    np.float64(15900.0)
    """
    channels = told(laps, flags, stops)
    rows = {
        (channel.removeprefix("laps/"), int(lap)): row
        for channel, of_car in channels.items()
        if channel.startswith("laps/")
        for lap, row in of_car.items()
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["car", "lap"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(LAP)).sort_index()


def told(
    laps: pd.DataFrame, flags: pd.DataFrame | None = None, stops: pd.DataFrame | None = None
) -> dict[str, dict[str, Row]]:
    """Return all channels of the race, as a reader would have them; arguments as for `figures`.

    Raises:
        BadFile: A row cannot be taken; the message says which, and what would do.
    """
    entries = [
        *_entries(laps, "laps", {"type": "lap"}),
        *_entries(flags, "flags", {"type": "flag"}),
        *_entries(stops, "stops", {}),
    ]
    outcome = kind.fold(kind.spec({})).outcome(entries)
    if outcome.rejected:
        raise BadFile(_complaint("laps", "", outcome.rejected[0]))
    return outcome.rows


def _entries(table: pd.DataFrame | None, name: str, common: dict[str, Json]) -> Sequence[Entry]:
    """Read a table as entries, whose fields may be absent (NaN)."""
    found = []
    for number, row in enumerate(_rows(table)):
        entry = kind.entry({**row, **common}, {}, seen_ms=0)
        if not isinstance(entry, Entry):
            raise BadFile(_complaint(name, f" row {number}", entry))
        found.append(entry)
    return found


def _complaint(name: str, where: str, aside: Any) -> str:
    return f"{name}{where}, {aside.field}: got {aside.got!r}, want {aside.want}"


def _rows(table: pd.DataFrame | None) -> Iterator[dict[str, Json]]:
    if table is None:
        return
    for row in table.to_dict("records"):
        yield {str(name): _plain(value) for name, value in row.items() if not pd.isna(value)}


def _plain(value: Any) -> Json:
    """A number as JSON would have it: whole ones are integers, even in a column of floats.

    >>> _plain(16200.0), _plain("24")
    (16200, '24')
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value
