"""The published baseline of the Indianapolis 500, to every digit; and our row beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pitlive.numerics import Floats
from pitlive.race.forecasting.view import View, view
from pitlive.race.forecasts import position
from pitlive.race.history import indycar
from pitlive.race.history.entries import entries, spec
from pitlive.race.kind import RACE as kind
from tests.race.backtest.two_laps import current, two_laps


@pytest.fixture(scope="module")
def races(data_dir: Path) -> list[View]:
    """The Indianapolis 500s of 2013 to 2018, without 2016."""
    found = []
    for session in indycar.sessions(data_dir / "indycar"):
        if session.race.id == "indy500":
            race = kind.fold(spec(session))
            race.outcome(entries(session))
            found.append(view(race))
    return found


@pytest.mark.data
def test_staying_where_one_is_scores_what_was_published(races: list[View]) -> None:
    """2018, two laps on: CurRank as the authors' own code has it."""
    found = two_laps(races[-1], current)
    assert round(found.mae, 6) == 1.339513
    assert round(found.top1, 6) == 0.718085
    assert (round(found.normal, 6), round(found.pit, 6)) == (0.213701, 1.990248)
    assert found.n == 5340


@pytest.mark.data
def test_our_forecast_trained_on_the_years_before_beats_it(races: list[View]) -> None:
    """Better over all laps and near stops, and no worse on normal laps."""
    prior = position.fit([position.sample(race) for race in races[:-1]])

    def ours(now: View) -> Floats:
        predicted = position.forecast(now, prior)
        places = np.full(len(now.cars), np.nan)
        places[predicted.rows] = predicted.value[:, position.AHEAD.index(2)]
        return places

    found, base = two_laps(races[-1], ours), two_laps(races[-1], current)
    print(found, base)
    assert found.mae < base.mae
    assert found.pit < base.pit
    assert found.normal <= base.normal
