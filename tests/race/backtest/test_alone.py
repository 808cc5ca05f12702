"""No series is scored worse for the others: the short form of the law, over every figure.

The long form is `pitlive backtest --alone`, over all that is kept (docs/forecasts.md).
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pandas as pd
import pytest

from pitlive.race.backtest.replay import scored
from pitlive.race.backtest.score_table import main_scores
from pitlive.race.backtest.walk_forward import fit
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.view import View, view
from pitlive.race.forecasts.what_if import OPTIONS
from pitlive.race.history import f1
from pitlive.race.history.entries import entries, spec
from pitlive.race.kind import RACE as kind
from pitlive.race.registry import EVERY
from tests.race.test_parts import past

OWN, OTHERS = 6, 18
"""Races learnt from: all of Formula 1 are a quarter of history, and stand together in it."""

SELDOM = {"service_time", "undercut"}
"""Figures that are not in the data, or come true too seldom to be scored."""

HELD = 4
"""Races scored, those after."""

NOISE = 0.05
"""Share of its score by which a figure may differ: so few races say no more."""

COUNTED = 20
"""Forecasts without which a score says nothing."""


def real(folder: Path) -> list[View]:
    """The first races of Formula 1 in the data, folded whole."""
    found = []
    for session in islice(f1.sessions(folder), OWN + HELD):
        race = kind.fold(spec(session))
        race.outcome(entries(session))
        found.append(view(race))
    return found


@pytest.fixture(scope="module")
def table(data_dir: Path) -> pd.DataFrame:
    """Scores of Formula 1 with made races of another series beside it, and alone."""
    races = real(data_dir / "f1")
    made = [past("nascar-cup", seed) for seed in range(OTHERS)]
    own, others = (
        [{name: figure.sample(race) for name, figure in EVERY.items()} for race in of]
        for of in (races[:OWN], made)
    )
    beside, alone = fit([*EVERY], [*own, *others]), fit([*EVERY], own)
    rows = [scored(race, beside, every=4, against=alone).rows() for race in races[OWN:]]
    keys = ["figure", "ahead", "score", "group"]
    summed = pd.concat(rows).groupby(keys, as_index=False)[["n", "ours", "base"]].sum()
    return main_scores(summed[(summed.group == "all") & (summed.n >= COUNTED)])


@pytest.mark.data
@pytest.mark.parametrize("name", EVERY)
def test_formula_1_is_scored_no_worse_with_another_series_beside_it(
    table: pd.DataFrame, name: str
) -> None:
    """Ovals of a minute's laps, other stints and other cautions teach it nothing wrong."""
    of = table[table.figure == name]
    assert len(of) or name in SELDOM
    assert (of.ours <= (1 + NOISE) * of.base).all(), of.to_string()


def test_options_that_only_one_history_knows_are_not_compared() -> None:
    """Trucks alone have too few stops for fuel: what they would have been worth is not said."""
    race, prior = past("nascar-cup", 3), shipped().figures["what_if"]
    less = {**prior, "saved": {}}
    rows = scored(race, {"what_if": prior}, 30, against={"what_if": less}).rows()
    every = scored(race, {"what_if": prior}, 30, against={"what_if": prior}).rows()
    known = {OPTIONS.index(option) for option in ("two", "fuel")}
    assert {*rows.ahead} == {*every.ahead} - known
