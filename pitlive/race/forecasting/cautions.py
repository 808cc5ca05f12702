"""Cautions of a race as forecasts count them: those that were not planned."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Ints
from pitlive.race.forecasting.view import FIRST, View

BREAK = 2
"""Laps after the end of a stage within which its planned caution comes out."""


def unplanned(view: View) -> Ints:
    """Return the first laps of the cautions that are not the break after a stage."""
    first = view.cautions[:, FIRST]
    ends = np.array([end for end in view.stages if end < view.scheduled], np.int64)
    after = first[:, None] - ends
    return first[~((after >= 0) & (after <= BREAK)).any(axis=1)]
