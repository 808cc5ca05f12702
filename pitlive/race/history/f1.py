"""Formula 1, as FastF1 exports it: a folder of CSV files → sessions.

Crossing times are measured. A safety car, a virtual one and a red flag are all cautions
here, told apart by their reason. The scheduled laps are not in the data: those the winner
ran stand for them, which is wrong for the few races that were cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pitlive.race.circuits.names import circuit
from pitlive.race.history.csv_files import read
from pitlive.race.history.session import CARS, CAUTIONS, LAPS, STOPS, RaceSession, Session
from pitlive.race.history.spans import spans

_LAPS = {
    **{"round": "BIGINT", "driver": "VARCHAR", "car": "VARCHAR", "lap": "BIGINT"},
    **dict.fromkeys(("lap_time_s", "session_time_s", "pit_in_s", "pit_out_s", "pos"), "DOUBLE"),
    "track_status": "VARCHAR",
}
_RACES = {"season": "BIGINT", "round": "BIGINT", "event": "VARCHAR"}
REASONS = {"5": "red flag", "4": "safety car", "6": "virtual safety car"}
"""Digits of a lap's track status that make it a caution, the gravest first."""


def sessions(folder: Path) -> Iterator[Session]:
    """Read all races of a folder, season by season.

    Raises:
        BadFile: A file is missing or a cell will not do.
    """
    names = read(folder / "races.csv", _RACES).set_index(["season", "round"]).event
    for file in sorted(folder.glob("laps_*.csv.gz")):
        season = int(file.name[5:9])
        laps = read(file, _LAPS)
        for number in sorted(laps["round"].unique().tolist()):
            name = names.get((season, number), f"round {number}")
            yield _session(season, number, name, laps[laps["round"] == number])


def _session(season: int, number: int, name: str, run: pd.DataFrame) -> Session:
    rows = len(run)
    run = run.sort_values(["car", "lap"]).drop_duplicates(["car", "lap"])
    dropped = {"laps that are there twice": rows - len(run)}
    ends_s = _ends(run)
    start_s = _start(run, ends_s)
    laps = run.assign(
        time_ms=(run.lap_time_s * 1000).round(),
        at_ms=((ends_s - start_s) * 1000).round(),
        place=run.pos,
    )
    cautions = spans(_reasons(laps))
    known = circuit("f1", name, season)
    race = RaceSession(
        series="f1",
        season=season,
        id=str(number),
        name=name,
        track=known.name if known else name,
        track_type=known.track_type if known else "road",
        laps=int(run.lap.max()),
        run=int(run.lap.max()),
        stages=(int(run.lap.max()),),
        points=True,
        timed=True,
    )
    cars = run.drop_duplicates("car").reindex(columns=list(CARS))
    tables = cars, laps[list(LAPS)], _stops(laps, start_s), cautions[list(CAUTIONS)]
    return Session(race, *tables, dropped)


def _ends(run: pd.DataFrame) -> pd.Series:
    """When each lap ended, on the clock of the session [s]: if need be, where the next began."""
    begun = (run.session_time_s - run.lap_time_s).groupby(run.car).shift(-1)
    following = run.lap.groupby(run.car).shift(-1) == run.lap + 1
    return run.session_time_s.fillna(begun.where(following))


def _start(run: pd.DataFrame, ends_s: pd.Series) -> float:
    """When the race began, on the clock of the session [s].

    That is where the first lap did. If none has a time, it is a usual lap before the first
    crossing that there is: where the clock begins changes nothing but what it shows.
    """
    begun = (ends_s - run.lap_time_s)[run.lap == 1].min()
    usual = ends_s.min() - run.lap_time_s.median() * run.lap.min()
    return float(begun if begun == begun else usual)


def _reasons(laps: pd.DataFrame) -> pd.Series:
    """Why each of the leader's laps was not green, None where it was."""
    led = laps.sort_values("at_ms").drop_duplicates("lap").set_index("lap").sort_index()
    return led.track_status.map(
        lambda seen: next((why for digit, why in REASONS.items() if digit in str(seen)), None)
    )


def _stops(laps: pd.DataFrame, start_s: float) -> pd.DataFrame:
    """In-laps, each with the next time that the car left the pits."""
    entering = laps[laps.pit_in_s.notna()]
    left = laps[["car", "lap", "pit_out_s"]].assign(lap=laps.lap - 1)
    both = entering[["car", "lap", "pit_in_s"]].merge(left, on=["car", "lap"], how="left")
    into, out = (((both[name] - start_s) * 1000).round() for name in ("pit_in_s", "pit_out_s"))
    lane = (out - into).where(out > into)
    return both.assign(in_ms=into, out_ms=out.where(out > into), lane_ms=lane).reindex(
        columns=list(STOPS)
    )
