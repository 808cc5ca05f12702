"""Walk forward: a race is forecast only with what was learnt from earlier seasons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pitlive.errors import BadFile
from pitlive.race.backtest.replay import Scored, replay, samples
from pitlive.race.forecasting.protocol import Prior, Sample
from pitlive.race.history.archive import Archive
from pitlive.race.history.session import RaceSession
from pitlive.race.registry import EVERY

ProgressCallback = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Result(NamedTuple):
    """What a backtest found.

    Attributes:
        rows: Sums of scores, one row per race and `Key`; see `ScoreTally.rows`.
        chances: Figure and horizon → said, the baseline's, what came; of all races.
    """

    rows: pd.DataFrame
    chances: Mapping[tuple[str, int], list[tuple[float, float, float]]]


@contextmanager
def workers(jobs: int, address: str | None = None) -> Iterator[Executor]:
    """Begin worker processes here, or use those of a dask scheduler.

    Raises:
        BadFile: An address was given, and dask.distributed is not installed.
    """
    if address is None:
        os.environ["PYTHONSAFEPATH"] = "1"  # or they import what lies in the current folder
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            yield pool
        return
    try:
        from distributed import Client  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise BadFile(
            f"address: got {address} and no dask.distributed, want pip install 'pitlive[dask]'"
        ) from None
    with Client(address) as client, client.get_executor() as pool:
        yield pool


def races(folder: Path, glob: str = "*") -> list[RaceSession]:
    """Return the races with laps whose key fits, oldest first."""
    return [race for race, _ in Archive(folder).races(glob) if race.has_laps]


def learn(
    pool: Executor,
    folder: Path,
    known: Sequence[RaceSession],
    figures: tuple[str, ...],
    tell: ProgressCallback,
) -> dict[str, dict[str, Sample]]:
    """Return what each race teaches each figure, by key."""
    calls = {race.key: (samples, folder, race.key, figures) for race in known}
    return _gather(pool, calls, "learning", tell)


def fit(figures: Sequence[str], taught: Sequence[Mapping[str, Sample]]) -> dict[str, Prior]:
    """Fit figures to what some races teach."""
    return {name: EVERY[name].fit([of[name] for of in taught]) for name in figures}


class Season(NamedTuple):
    """Races that are forecast alike.

    Attributes:
        asked: These races.
        taught: Races that their forecasts learn from.
        against: Those that the baseline learns from, if it is the same forecast; else nothing,
            and the baseline is the naive one.
    """

    asked: Sequence[RaceSession]
    taught: Sequence[RaceSession]
    against: Sequence[RaceSession] | None = None


Split = Callable[[Sequence[RaceSession], Sequence[RaceSession]], Iterable[Season]]
"""Races that are asked for, and all that are kept → what each learns from."""


def earlier(asked: Sequence[RaceSession], known: Sequence[RaceSession]) -> Iterator[Season]:
    """Let every race be forecast by what earlier seasons taught, of any series."""
    for season in sorted({race.season for race in asked}):
        yield Season(
            [race for race in asked if race.season == season],
            [race for race in known if race.season < season],
        )


def walk(
    pool: Executor,
    folder: Path,
    glob: str,
    figures: tuple[str, ...],
    every: int,
    tell: ProgressCallback,
    split: Split = earlier,
) -> Result:
    """Forecast the races whose key fits, each from what others taught.

    Raises:
        BadFile: No race fits, or none has a season before it.
    """
    if not (asked := races(folder, glob)):
        raise BadFile(f"races: got {glob}, want a pattern of keys, see `pitlive history list`")
    seasons = [of for of in split(asked, races(folder)) if of.taught and of.against != []]
    if not seasons:
        raise BadFile(f"races: got {glob}, want races with a season before them to learn from")
    needed = {race.key: race for of in seasons for race in (*of.taught, *(of.against or ()))}
    taught = learn(pool, folder, list(needed.values()), figures, tell)
    calls: dict[str, tuple[Any, ...]] = {}
    for of in seasons:
        priors, against = (
            None if history is None else fit(figures, [taught[race.key] for race in history])
            for history in (of.taught, of.against)
        )
        given = priors, every, against
        calls |= {race.key: (replay, folder, race.key, *given) for race in of.asked}
    found: dict[str, Scored] = _gather(pool, calls, "forecasting", tell)
    return _together([found[key] for key in calls])


def _gather(
    pool: Executor, calls: Mapping[str, tuple[Any, ...]], what: str, tell: ProgressCallback
) -> dict[str, Any]:
    """Make all calls, and return what each returned by its key."""
    tell(what, 0, len(calls))
    futures = {pool.submit(*call): key for key, call in calls.items()}
    found = {}
    for done, future in enumerate(as_completed(futures), 1):
        found[futures[future]] = future.result()
        tell(what, done, len(calls))
    return found


def _together(scored: Sequence[Scored]) -> Result:
    chances: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for one in scored:
        for key, predicted in one.chances.items():
            chances.setdefault(key, []).extend(predicted)
    return Result(pd.concat([one.rows for one in scored], ignore_index=True), chances)
