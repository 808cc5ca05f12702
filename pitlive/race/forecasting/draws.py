"""The random numbers of a lap: the same log gives the same ones, however rows are numbered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats

DRAWS = 96
"""Futures: the expected finish is then known to a quarter of a place."""

SEED = 18
"""Of all races; the lap is added."""


class Luck(NamedTuple):
    """Random numbers: the caution of each draw, shape (draws,), and of each car (draws, m)."""

    caution: Floats
    stint: Floats
    late: Floats
    pace: Floats
    service: Floats
    eager: Floats
    fuel: Floats
    finish: Floats


def draw(lap: int, standing: Floats) -> Luck:
    """Return the luck of a lap: by where a car runs, so that rows may be numbered at will."""
    random = np.random.default_rng([SEED, lap])
    at = np.argsort(np.argsort(standing))
    even = (np.arange(DRAWS) + 0.5) / DRAWS
    finish = random.permuted(np.tile(even, (len(at), 1)), axis=1).T[:, at]
    normal = random.standard_normal((3, DRAWS, len(at)))[:, :, at]
    flat = random.random((3, DRAWS, len(at)))[:, :, at]
    caution = random.permutation(even)
    return Luck(caution, normal[0], flat[0], normal[1], normal[2], flat[1], flat[2], finish)
