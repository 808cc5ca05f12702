"""Who gets to the end of a race without another stop, if it stays green: from history.

How long fuel lasts is nowhere said, and made to last: so it is learnt from who stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.fits.logistic import probability
from pitlive.race.forecasting import families, levels
from pitlive.race.forecasting.field import field
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import CAR, LAP, LAST, View

LOOKS = 8
"""Looks at the last green run of a race."""

WIDE = 8
"""Circumstances of a car."""


class Looked(NamedTuple):
    """Cars in last green runs, n of them, each of shape (n,).

    Attributes:
        age: Laps since the stop before, or the start.
        usual: The median of the field.
        left: Laps that were left.
        stopped: 1 if it stopped once more, else 0.
    """

    age: Floats
    usual: Floats
    left: Floats
    stopped: Floats


def sample(past: View) -> Looked:
    """Return who stopped once more after the last caution of a race."""
    found = [np.empty((4, 0))]
    begin = max(int(past.cautions[:, LAST].max(initial=0)), 1)
    if not len(past.stops) or begin >= past.lap:
        return Looked(*found[0])  # nobody wrote them down, or it never was green again
    for lap in np.unique(np.linspace(begin, past.lap - 1, LOOKS).astype(np.int64)).tolist():
        of = field(past.until(lap))
        if of.yellow >= 0 or not len(of.rows):
            continue
        later = past.stops[past.stops[:, LAP] > lap]
        observed = np.isin(of.rows, later[:, CAR]) * 1.0
        same = np.ones(len(of.rows))
        left = float(past.lap - lap)
        there = past.last[of.rows] >= of.last + 0.9 * left  # who retires does not tell
        case = np.stack((of.age, np.median(of.age) * same, left * same, observed))
        found.append(case[:, there & ~of.stopped])
    return Looked(*np.concatenate(found, axis=1))


def fit(races: Sequence[tuple[Sequence[str], Looked]], typical: Prior) -> dict[str, Floats]:
    """Learn what another stop hangs on, by family.

    Args:
        races: Keys as `levels` gives them, and what was seen.
        typical: Stints as `pit_cycle.fit` gives them.
    """
    return families.fit((_case(keys, of, typical) for keys, of in races), WIDE)


def _case(keys: Sequence[str], of: Looked, typical: Prior) -> families.Cases:
    stint = float(levels.nearest(typical, keys)[0])
    return keys, circumstances(of.age, of.usual, of.left, stint), of.stopped


def circumstances(age: Floats, usual: Floats, left: Floats, stint: float) -> Floats:
    """Return what another stop hangs on, shape (n, WIDE)."""
    total = np.clip((age + left) / stint, 0, 3)
    apart = np.clip((age - usual) / stint, -1, 1)
    to_go = np.clip(left / stint, 0, 2)
    columns = (
        *(np.ones(len(age)), total, np.maximum(total - 1, 0), np.maximum(total - 1.3, 0)),
        *(to_go, np.exp(-to_go / 0.1), np.exp(-to_go / 0.4), apart),
    )
    return np.stack(columns, axis=-1)


def chance(age: Floats, left: float, stint: float, slope: Floats) -> Floats:
    """Return the chance of each car of a field to stop once more if it stays green."""
    same = np.ones(len(age))
    return probability(circumstances(age, np.median(age) * same, left * same, stint), slope)
