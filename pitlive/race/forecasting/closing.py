"""Two cars that follow each other: the time between them lap by lap, and how fast it shrinks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.race.forecasting.view import View

LAPS = 10
"""Green laps looked back: more would be other tyres, fewer are noise."""

FEWEST = 5
"""Green laps without which two cars have no rate."""

FAR_S = 30.0
"""Time behind beyond which a car does not follow the one ahead."""


class Closing(NamedTuple):
    """Cars that follow another one on its lap, m of them; arrays of shape (m,).

    Attributes:
        rows: Row of each.
        ahead: Row of the running car ahead of each in the order.
        to_ahead_s: Time between them on the last lap of the one behind [s].
        rate_s: What it loses a lap, by least squares over the last green laps [s/lap].
        lately_s: The same over the last `FEWEST` of them.
        wobble_s: How far the time was off a steady rate [s], root mean square.
        n: Green laps that the rate is made of, `FEWEST` to `LAPS`.
    """

    rows: Ints
    ahead: Ints
    to_ahead_s: Floats
    rate_s: Floats
    lately_s: Floats
    wobble_s: Floats
    n: Ints


def closing(view: View) -> Closing:
    """Return the running cars that have run some green laps behind the same car."""
    order = view.order[view.running[view.order]]
    rows, ahead = order[1:], order[:-1]
    laps = view.last[rows, None] + np.arange(1 - LAPS, 1)
    gap_ms, green = between(view, rows, ahead, laps)
    together = np.logical_and.accumulate(green[:, ::-1], axis=1)[:, ::-1]  # since the last stop
    n = together.sum(axis=1)
    kept = (n >= FEWEST) & (gap_ms[:, -1] < 1000 * FAR_S)
    gap_s, together = gap_ms[kept] / 1000, together[kept]
    lately = together & (np.arange(LAPS) >= LAPS - FEWEST)
    (rate, wobble), (now, _) = _line(gap_s, together), _line(gap_s, lately)
    return Closing(rows[kept], ahead[kept], gap_s[:, -1], -rate, -now, wobble, n[kept])


def between(view: View, rows: Ints, ahead: Ints, laps: Ints) -> tuple[Floats, Bools]:
    """Return the time by which cars crossed after others, and where it was green for both.

    Args:
        view: The race.
        rows, ahead: The cars behind and ahead, shape (m,).
        laps: Laps to look at, there or not, shape (m, k).

    Returns:
        Times [ms], and whether both ran that lap under green, shape (m, k) each.
    """
    there = (laps > 0) & (laps < view.at.shape[1])
    at = np.where(there, laps, 0)
    both = (rows[:, None], at), (ahead[:, None], at)
    known = there & (view.at[both[0]] >= 0) & (view.at[both[1]] >= 0)
    gap = (view.at[both[0]] - view.at[both[1]]).astype(np.float64)
    return gap, np.asarray(known & view.green[both[0]] & view.green[both[1]])


def _line(values: Floats, mask: Bools) -> tuple[Floats, Floats]:
    """Slope of each row over its columns that count, and root mean square off that line."""
    n = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    column = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    x, y = (
        np.where(mask, of - np.where(mask, of, 0).sum(1, keepdims=True) / n, 0.0)
        for of in (column, values)
    )
    slope = (x * y).sum(axis=1) / np.maximum((x**2).sum(axis=1), 1)
    return slope, np.sqrt(((y - slope[:, None] * x) ** 2).sum(axis=1) / n[:, 0])
