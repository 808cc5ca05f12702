"""Scores as tables: ours, the baseline's, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pitlive.numerics.scores.auc import auc
from pitlive.numerics.scores.bootstrap import bootstrap
from pitlive.numerics.scores.reliability import reliability
from pitlive.race.forecasting.scoring import COVERAGE, MAIN
from pitlive.race.registry import EVERY

THIRDS = {n: ("first third", "middle third", "last third")[min(n * 3 // 10, 2)] for n in range(10)}


def summary(rows: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return one row per figure, horizon, score and group (and what else is asked for).

    Args:
        rows: As `walk.Result.rows`.
        by: More columns to tell apart by, such as `track_type`.

    Returns:
        `n` forecasts in `races` races, mean scores `ours` and `base`, their difference
        `diff` with its 95 % interval `low` to `high`, clustered by race.
    """
    keys = ["figure", "ahead", "score", "group", *by]
    found = []
    for key, of in rows.groupby(keys, sort=False):
        by_race = of.groupby("race")[["n", "ours", "base"]].sum()
        n = by_race.n.to_numpy()
        diff = bootstrap((by_race.ours - by_race.base).to_numpy(), n)
        means = {"ours": by_race.ours.sum() / n.sum(), "base": by_race.base.sum() / n.sum()}
        counts = {"n": int(n.sum()), "races": len(by_race)}
        scores = {"diff": diff.mean, "low": diff.low, "high": diff.high}
        found.append(dict(zip(keys, key, strict=True)) | counts | means | scores)
    return pd.DataFrame(found)


def horizon(figure: str, ahead: int) -> str:
    """Return what a column of a figure is about, in words.

    >>> horizon("position", 5), horizon("finish", 0), horizon("undercut", 1)
    ('5 laps', 'end', 'overcut')
    """
    options: Sequence[str] = getattr(EVERY[figure], "OPTIONS", ())
    if options:
        return options[ahead]
    return f"{ahead} lap{'s' if ahead > 1 else ''}" if ahead else "end"


def main_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the score that each figure is judged by first."""
    main = table.figure.map({name: MAIN[figure.kind] for name, figure in EVERY.items()})
    return table[table.score == main]


def covered(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that say how often a band held."""
    return table[table.score.isin(list(COVERAGE))]


def thirds(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the part of the race in words, where it is known."""
    return rows.assign(part=rows.tenth.map(THIRDS)).dropna(subset=["part"])


def errors(chances: Mapping[tuple[str, int], Sequence[tuple[float, float, float]]]) -> pd.DataFrame:
    """Return reliability error and AUC of each chance, ours and the baseline's."""
    found = []
    for (figure, ahead), predicted in chances.items():
        ours, base, observed = np.array(predicted).T
        error = {
            "ours": reliability(ours, observed).error,
            "base": reliability(base, observed).error,
        }
        scores = {"auc": auc(ours, observed), "auc_base": auc(base, observed)}
        found.append({"figure": figure, "ahead": ahead, "n": len(predicted), **error, **scores})
    return pd.DataFrame(found)
