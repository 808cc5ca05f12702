"""NASCAR's national series: a folder of CSV files → sessions.

There is no absolute crossing time in them. One is made up from the grid and the lap times,
then dealt out again within each lap in the order of the scored places, because sums alone
put one neighbour in nine the wrong way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from pitlive.race.circuits.names import circuit
from pitlive.race.history.csv_files import read
from pitlive.race.history.session import CARS, CAUTIONS, LAPS, STOPS, RaceSession, Session, records
from pitlive.race.history.tracks import track_type

SERIES = {1: "cup", 2: "xfinity", 3: "truck"}

GRID_MS = 100
"""Time between two cars of the grid at the start."""

STOPS_SINCE = 2022
"""First season whose stops are in the data."""

_RACES = {
    **dict.fromkeys(("race_id", "series_id", "race_season", "race_type_id"), "BIGINT"),
    **dict.fromkeys(("race_name", "track_name", "race_date", "restrictor_plate"), "VARCHAR"),
    **dict.fromkeys(("scheduled_laps", "actual_laps"), "BIGINT"),
    "scheduled_distance": "DOUBLE",
    **{f"stage_{n}_laps": "BIGINT" for n in (1, 2, 3, 4)},
}
_OF = {"race_id": "BIGINT", "car": "VARCHAR"}
_RUN = {**_OF, "lap": "BIGINT", "time_ms": "BIGINT", "pos": "BIGINT"}
_ENTERED = {**_OF, "driver": "VARCHAR", "finish": "BIGINT"}
_CAUTIONS = {"race_id": "BIGINT", "start_lap": "BIGINT", "end_lap": "BIGINT", "reason": "VARCHAR"}
_TIRES = ("lf", "lr", "rf", "rr")
_STOPS = {
    **_OF,
    **dict.fromkeys(("lap_count", "pit_in_flag_status", *_TIRES), "BIGINT"),
    **dict.fromkeys(("total_duration", "pit_stop_duration", "in_travel_duration"), "DOUBLE"),
    "pit_stop_type": "VARCHAR",
}


def sessions(folder: Path) -> Iterator[Session]:
    """Read all races of a folder, season by season.

    Raises:
        BadFile: A file is missing or a cell will not do.
    """
    races = records(read(folder / "races.csv.gz", _RACES))
    tables = [
        _by_race(read(folder / name, columns))
        for name, columns in (
            ("entries.csv.gz", _ENTERED),
            ("pitstops.csv.gz", _STOPS),
            ("cautions.csv.gz", _CAUTIONS),
        )
    ]
    for season, series in sorted({(race["race_season"], race["series_id"]) for race in races}):
        file = folder / f"laps_{SERIES[series]}_{season}.csv.gz"
        run = _by_race(read(file, _RUN)) if file.is_file() else {}
        of_season = (r for r in races if (r["race_season"], r["series_id"]) == (season, series))
        for race in of_season:
            number = race["race_id"]
            others = (table.get(number, _none(c)) for table, c in zip(tables, _OTHERS, strict=True))
            yield _session(race, run.get(number, _none(_RUN)), *others)


_OTHERS = (_ENTERED, _STOPS, _CAUTIONS)


def _by_race(table: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    return dict(list(table.groupby("race_id")))


def _none(columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in columns})


def _session(
    race: dict[str, Any],
    run: pd.DataFrame,
    entered: pd.DataFrame,
    stopped: pd.DataFrame,
    cautions: pd.DataFrame,
) -> Session:
    laps, grid = _laps(run)
    raced = _raced(stopped)
    stops = _stops(raced, laps)
    dropped = {
        "laps after one without a time": int((run.lap > 0).sum()) - len(laps),
        "stops on laps that are not there": len(raced) - len(stops),
    }
    tables = _cars(entered, grid), laps, stops, _under_caution(cautions)
    return Session(_race(race, len(laps) > 0), *tables, dropped)


def _race(row: dict[str, Any], has_laps: bool) -> RaceSession:
    laps, track = row["scheduled_laps"], row["track_name"]
    lengths = [n for n in (row.get(f"stage_{k}_laps", 0) for k in (1, 2, 3, 4)) if n > 0]
    plate = row["restrictor_plate"] == "True"
    known = circuit("nascar", track, row["race_season"])
    return RaceSession(
        series=f"nascar-{SERIES[row['series_id']]}",
        season=row["race_season"],
        id=str(row["race_id"]),
        name=row["race_name"],
        track=known.name if known else track,
        track_type=known.track_type
        if known
        else track_type(track, row["scheduled_distance"] / laps, plate),
        date=row["race_date"][:10],
        laps=laps,
        run=row["actual_laps"],
        stages=(*(end for end in accumulate(lengths) if end < laps), laps),
        points=row["race_type_id"] == 1,
        has_laps=has_laps,
        has_stops=row["race_season"] >= STOPS_SINCE,
    )


def _laps(run: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The laps with crossing times, and the grid by car."""
    run = run.sort_values(["car", "lap"]).drop_duplicates(["car", "lap"])
    grid = run[run.lap == 0].set_index("car").pos
    laps = run[run.lap > 0].rename(columns={"pos": "place"})
    begun = laps.car.map(grid).fillna(len(grid) + 1)
    known = laps.time_ms.notna().groupby(laps.car).cummin()
    summed = GRID_MS * (begun - 1) + laps.time_ms.fillna(0).groupby(laps.car).cumsum()
    laps = laps[known].assign(at_ms=summed[known])
    return _as_scored(laps)[list(LAPS)].astype({"lap": "int64"}), grid


def _as_scored(laps: pd.DataFrame) -> pd.DataFrame:
    """Deal the crossing times of each lap out in the order of the scored places."""
    by_place = laps.sort_values(["lap", "place"], kind="stable")
    at = by_place.sort_values(["lap", "at_ms"], kind="stable").at_ms.to_numpy()
    return by_place.assign(at_ms=at).sort_values(["car", "lap"])


def _cars(entered: pd.DataFrame, grid: pd.Series) -> pd.DataFrame:
    named = entered.drop_duplicates("car")
    return named.assign(grid=named.car.map(grid))[list(CARS)]


def _raced(stopped: pd.DataFrame) -> pd.DataFrame:
    """The stops of the race itself, one for each in-lap."""
    raced = stopped[stopped.pit_in_flag_status.isin((1, 2, 3)) & (stopped.lap_count >= 0)]
    return raced.assign(lap=raced.lap_count + 1).drop_duplicates(["car", "lap"])


def _stops(raced: pd.DataFrame, laps: pd.DataFrame) -> pd.DataFrame:
    """Stops of the race; the lap says when, on the clock of the crossing times.

    A car enters the pits towards the end of its in-lap, as long before the line as it took
    to its box: the records' own clock is another one.
    """
    crossed = raced.merge(laps[["car", "lap", "time_ms", "at_ms"]], on=["car", "lap"])
    travel = _known_ms(crossed.in_travel_duration).clip(1, crossed.time_ms / 2).fillna(1)
    lane = _known_ms(crossed.total_duration)
    entered_ms = (crossed.at_ms - travel).round()
    changed = crossed[list(_TIRES)].sum(axis=1)
    unclassed = (crossed.pit_stop_type == "OTHER") & (changed == 0)
    stops = crossed.assign(
        in_ms=entered_ms,
        out_ms=entered_ms + lane,
        lane_ms=lane,
        service_ms=_known_ms(crossed.pit_stop_duration),
        tires=changed.astype("float64").where(~unclassed),
    )
    return stops[list(STOPS)]


def _known_ms(seconds: pd.Series) -> pd.Series:
    return (seconds.where(seconds >= 0) * 1000).round()


def _under_caution(cautions: pd.DataFrame) -> pd.DataFrame:
    """Cautions as they came out: the yellow is shown on the lap before the recorded one."""
    first = (cautions.start_lap - 1).clip(lower=1)
    last = cautions.end_lap.clip(lower=first)
    spans = cautions.assign(first_lap=first, last_lap=last)
    return spans.sort_values("first_lap")[list(CAUTIONS)]
