"""What is known of a race as of a lap, cut out of what is known at the end."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from random import Random

import numpy as np
import pytest

from pitlive.messages import Entry
from pitlive.race.fold import RaceState
from pitlive.race.forecasting.field import field
from pitlive.race.forecasting.view import View, view
from tests import races


def seen(entries: list[Entry], declared: dict[str, object]) -> View:
    """The view of a fold of these entries alone."""
    race = RaceState(declared)
    race.outcome(entries)
    return view(race)


def differing(one: View, other: View) -> list[str]:
    """The names of what two views do not share, cars that one has not heard of apart."""
    rows = [other.cars.index(car) for car in one.cars]
    found = []
    for name in (part.name for part in fields(View)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if name in ("cars", "drivers"):
            theirs = tuple(theirs[row] for row in rows)
        elif name in ("grid", "at", "time", "place", "mark"):
            theirs = theirs[rows]
        elif name in ("stops", "done"):
            mine = np.column_stack((np.array(rows, np.int64)[mine[:, 0]], mine[:, 1:]))
        if not np.array_equal(mine, theirs):
            found.append(name)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_real_race_cut_short_is_what_the_whole_log_says_of_that_lap(
    data_dir: Path, seed: int
) -> None:
    """One car's clock runs a minute ahead, so its stops come long after their in-laps."""
    declared = races.spec(data_dir)
    entries = races.checked(races.real(data_dir), declared)
    whole = seen(entries, declared)
    for lap in [209, 438, *Random(seed).sample(range(1, whole.lap), 7)]:
        now = int(whole.lead_at[lap])
        cut = seen([entry for entry in entries if entry.at_ms <= now], declared)
        assert (lap, differing(cut, whole.until(lap))) == (lap, [])


def test_a_car_whose_clock_is_ahead_of_the_leaders_stands_where_it_was_scored(
    data_dir: Path,
) -> None:
    """It seems to have completed the leader's lap alone, and is not second for that."""
    declared = races.spec(data_dir)
    now = seen(races.checked(races.real(data_dir), declared), declared).until(431)
    of, car = field(now), now.cars.index("71")
    row = of.rows.tolist().index(car)

    assert now.standing[car] == 2
    assert of.standing[row] == of.place[row] == now.place[car, 431] == 14
