"""IndyCar: a folder of CSV files → sessions, with crossing times as timing measured them.

The Indianapolis 500s say who stopped and what was run under yellow; the other races have
laps alone, so their flags and stops are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pitlive.race.circuits.names import circuit
from pitlive.race.history.csv_files import read
from pitlive.race.history.session import CARS, CAUTIONS, LAPS, STOPS, RaceSession, Session, empty
from pitlive.race.history.spans import spans

_INDY = {
    **{"car": "VARCHAR", "lap": "BIGINT", "lap_time_s": "DOUBLE", "rank": "BIGINT"},
    **{"caution": "BIGINT", "pit": "BIGINT", "elapsed_s": "DOUBLE"},
}
_OTHER = {"car": "VARCHAR", "lap": "BIGINT", "rank": "BIGINT", "elapsed_s": "DOUBLE"}
INDY_LAPS = 200


def sessions(folder: Path) -> Iterator[Session]:
    """Read all races of a folder.

    Raises:
        BadFile: A cell will not do.
    """
    for file in sorted(folder.glob("indy500_[0-9]*.csv.gz")):
        yield _indy500(file, int(file.name[8:12]))
    for file in sorted(folder.glob("laps_*_*.csv.gz")):
        if match := re.fullmatch(r"laps_(\d{4})_(\w+)\.csv\.gz", file.name):
            yield _other(file, int(match[1]), match[2])


def _indy500(file: Path, season: int) -> Session:
    run = read(file, _INDY).sort_values(["car", "lap"])
    laps = run.assign(
        time_ms=(run.lap_time_s * 1000).round(),
        at_ms=(run.elapsed_s * 1000).round(),
        place=run["rank"],
    )
    under = laps[laps.at_ms == laps.groupby("lap").at_ms.transform("min")]
    cautions = spans(under.set_index("lap").caution.gt(0).map({True: "", False: None}))
    race = RaceSession(
        series="indycar",
        season=season,
        id="indy500",
        name="Indianapolis 500",
        track="Indianapolis Motor Speedway",
        track_type="large",
        laps=INDY_LAPS,
        run=int(run.lap.max()),
        stages=(INDY_LAPS,),
        points=True,
        timed=True,
    )
    stops = _stops(laps[laps.pit > 0])
    return Session(race, _cars(laps), laps[list(LAPS)], stops, cautions[list(CAUTIONS)])


def _stops(stopped: pd.DataFrame) -> pd.DataFrame:
    """The lap of a stop is all that is known of it: the in-lap, on which the car was slow."""
    in_ms = stopped.at_ms - 1
    unknown = stopped.assign(in_ms=in_ms).reindex(columns=list(STOPS))
    return unknown.astype({"car": "str"})


def _other(file: Path, season: int, track: str) -> Session:
    read_in = read(file, _OTHER).sort_values(["car", "lap"])
    run = read_in.drop_duplicates(["car", "lap"])
    dropped = {"laps that are there twice": len(read_in) - len(run)}
    at = (run.elapsed_s * 1000).round()
    time = at - at.groupby(run.car).shift()
    laps = run.assign(at_ms=at, time_ms=time.where(time > 0), place=run["rank"])
    grid = laps[laps.lap == 0].set_index("car")["rank"]
    laps = laps[laps.lap > 0]
    known = circuit("indycar", track, season)
    race = RaceSession(
        series="indycar",
        season=season,
        id=track,
        name=track,
        track=known.name if known else track,
        track_type=known.track_type if known else "road",
        laps=int(laps.lap.max()),
        run=int(laps.lap.max()),
        points=True,
        timed=True,
        has_stops=False,
        has_flags=False,
    )
    tables = _cars(laps, grid), laps[list(LAPS)], empty(STOPS), empty(CAUTIONS)
    return Session(race, *tables, dropped)


def _cars(laps: pd.DataFrame, grid: pd.Series | None = None) -> pd.DataFrame:
    cars = pd.DataFrame({"car": sorted(laps.car.unique())})
    if grid is not None:
        cars["grid"] = cars.car.map(grid)
    return cars.reindex(columns=list(CARS))
