"""One past race through the fold that runs live, and every figure at its laps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from pitlive.numerics import Ints
from pitlive.race.backtest.tally import ScoreTally
from pitlive.race.forecasting.protocol import Forecast, Prior, Sample
from pitlive.race.forecasting.view import View, view
from pitlive.race.history.archive import Archive
from pitlive.race.history.entries import entries, spec
from pitlive.race.kind import RACE as kind
from pitlive.race.registry import EVERY


class Scored(NamedTuple):
    """What a race says of the figures.

    Attributes:
        rows: As `ScoreTally.rows`, with `race`, `series`, `season`, `track_type`.
        chances: Figure and horizon → what was said, what the baseline said, what came.
    """

    rows: pd.DataFrame
    chances: Mapping[tuple[str, int], list[tuple[float, float, float]]]


def past(folder: Path, key: str) -> View:
    """Fold a race of the archive whole."""
    session = Archive(folder).session(key)
    race = kind.fold(spec(session))
    race.outcome(entries(session))
    return view(race)


def samples(folder: Path, key: str, figures: tuple[str, ...]) -> dict[str, Sample]:
    """Return what a race teaches each figure."""
    race = past(folder, key)
    return {name: EVERY[name].sample(race) for name in figures}


def replay(
    folder: Path,
    key: str,
    priors: Mapping[str, Prior],
    every: int,
    against: Mapping[str, Prior] | None = None,
) -> Scored:
    """Forecast a race at every so-many laps, and score it.

    Args:
        folder: Of the archive.
        key: Of the race.
        priors: Figure → what it learnt from earlier races.
        every: Laps from one forecast to the next.
        against: What else it may have learnt: what it says by that is the baseline then.
    """
    race = past(folder, key)
    tally = scored(race, priors, every, against)
    about = {"race": key, "series": race.series, "track_type": race.track_type}
    return Scored(tally.rows().assign(**about), dict(tally.chances))


def scored(
    race: View,
    priors: Mapping[str, Prior],
    every: int,
    against: Mapping[str, Prior] | None = None,
) -> ScoreTally:
    """Do the same with a race that is folded."""
    tally = ScoreTally()
    for now in _views(race, every):
        for name, prior in priors.items():
            figure = EVERY[name]
            predicted = figure.forecast(now, prior)
            base = figure.forecast(now, against[name]) if against else figure.baseline(now, prior)
            if len(predicted.rows) and len(base.rows) == len(predicted.rows):
                predicted, base = _shared(predicted, base.ahead), _shared(base, predicted.ahead)
                observed, both = figure.outcome(race, now, predicted), (predicted, base)
                tally.add(figure, now.fraction, both, observed, figure.groups(race, now, predicted))
    return tally


def _shared(of: Forecast, ahead: Ints) -> Forecast:
    """Return the columns that another forecast has too: history may know more options."""
    which = np.flatnonzero(np.isin(of.ahead, ahead))
    if len(which) == len(of.ahead):
        return of
    return replace(
        of,
        ahead=of.ahead[which],
        value=of.value[:, which],
        quantiles=None if of.quantiles is None else of.quantiles[:, which],
        options=tuple(of.options[n] for n in which.tolist()),
    )


def _views(race: View, every: int) -> Iterator[View]:
    return (race.until(lap) for lap in range(1, race.lap, every))
