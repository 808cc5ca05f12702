"""The one shape in which the races of all series are kept.

Unknown is missing (NaN, None), never 0: a series that does not say who stopped has no
stops *and* `has_stops` false, which is not the same as a race without a stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pandas as pd

CARS = {"car": "VARCHAR", "driver": "VARCHAR", "grid": "BIGINT", "finish": "BIGINT"}
LAPS = {
    "car": "VARCHAR",
    "lap": "BIGINT",
    "time_ms": "BIGINT",
    "at_ms": "BIGINT",
    "place": "BIGINT",
}
STOPS = {
    "car": "VARCHAR",
    "lap": "BIGINT",
    "in_ms": "BIGINT",
    "out_ms": "BIGINT",
    "lane_ms": "BIGINT",
    "service_ms": "BIGINT",
    "tires": "BIGINT",
}
CAUTIONS = {"first_lap": "BIGINT", "last_lap": "BIGINT", "reason": "VARCHAR"}

TABLES = {"cars": CARS, "laps": LAPS, "stops": STOPS, "cautions": CAUTIONS}
"""Tables of a session, their columns, and the type of each as it is kept."""


@dataclass(frozen=True, slots=True)
class RaceSession:
    """What is known of a race as a whole.

    Attributes:
        series: Such as `nascar-cup`, `indycar`, `f1`.
        season: Year.
        id: What the source of the data calls it, unique in its series and season.
        name: What people call it.
        track: Where.
        track_type: superspeedway, large, intermediate, short, road or dirt.
        date: Day, as 2022-05-29; empty if unknown.
        laps: Scheduled laps, None if unknown.
        run: Laps the winner completed, None if unknown.
        stages: Last lap of each stage, the race's own last among them.
        points: Counts for the championship, None if unknown.
        timed: Crossing times are measured; False: they are sums of lap times.
        has_laps, has_stops, has_flags: The data says how laps went; who stopped; what flags
            were shown.
    """

    series: str
    season: int
    id: str
    name: str
    track: str
    track_type: str
    date: str = ""
    laps: int | None = None
    run: int | None = None
    stages: tuple[int, ...] = ()
    points: bool | None = None
    timed: bool = False
    has_laps: bool = True
    has_stops: bool = True
    has_flags: bool = True

    @property
    def key(self) -> str:
        """Its name in the archive, and what a GLOB is held against.

        >>> RaceSession("f1", 2019, "3", "Chinese Grand Prix", "Chinese Grand Prix", "road").key
        'f1-2019-003'
        """
        return f"{self.series}-{self.season}-{self.id:0>3}"


@dataclass(frozen=True, slots=True)
class Session:
    """A race and its tables, columns as in `TABLES`; lap 0 is none.

    Attributes:
        race: The race as a whole.
        cars: One row a car: driver, grid position and official finish where known.
        laps: One row per car and lap: lap time, crossing on the race clock, place then.
        stops: One row a stop: its in-lap, and times on the race clock.
        cautions: One row a caution: first and last lap that are not wholly green.
        dropped: Rows of the files that nothing could be made of, by what was the matter.
    """

    race: RaceSession
    cars: pd.DataFrame = field(default_factory=lambda: empty(CARS))
    laps: pd.DataFrame = field(default_factory=lambda: empty(LAPS))
    stops: pd.DataFrame = field(default_factory=lambda: empty(STOPS))
    cautions: pd.DataFrame = field(default_factory=lambda: empty(CAUTIONS))
    dropped: Mapping[str, int] = field(default_factory=dict)

    def digest(self) -> str:
        """Return what all of it adds up to: the same content, the same digest."""
        sums = sha256(repr(self.race).encode())
        for name, columns in TABLES.items():
            table: pd.DataFrame = getattr(self, name)
            sums.update(table[list(columns)].to_csv(index=False).encode())
        return sums.hexdigest()[:16]


def empty(columns: dict[str, str]) -> pd.DataFrame:
    """Return a table without rows."""
    return pd.DataFrame({name: [] for name in columns})


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; what is unknown is left out.

    >>> records(pd.DataFrame({"car": ["0"], "grid": [3.0], "finish": [None]}))
    [{'car': '0', 'grid': 3}]
    """
    columns = [(str(name), table[name].tolist()) for name in table]
    return [
        {name: _whole(values[n]) for name, values in columns if not _unknown(values[n])}
        for n in range(len(table))
    ]


def _unknown(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell != cell


def _whole(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
