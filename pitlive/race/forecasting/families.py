"""Chances by family: races in which cars stop alike, each fitted by itself if it has enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.fits.logistic import logistic
from pitlive.race.forecasting import levels

RIDGE = 2.0
"""Doubt in every coefficient."""

FEWEST = 1000
"""Cases without which a type of track is not fitted by itself."""

OWN = 200
"""The same of a series: it is more like its own other tracks than like another series."""

Cases = tuple[Sequence[str], Floats, Floats]
"""Keys of a race as `levels` gives them, circumstances of shape (n, wide), what came, (n,)."""

T = TypeVar("T")


def families_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the families of a race, the nearest first: by type of track, by series, any.

    >>> families_of(["nascar-cup/short/Bristol", "nascar-cup/short", "nascar-cup", "*/short", ""])
    ('nascar/short', 'nascar', '')
    """
    family = of_series(keys[2])
    return (f"{family}/{keys[3].removeprefix('*/')}", family, "")


def of_series(series: str) -> str:
    """Return the family of a series.

    >>> of_series("nascar-cup"), of_series("f1")
    ('nascar', 'f1')
    """
    return "nascar" if series.startswith("nascar") else series


def within(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the same, with what the series has of its own before its family.

    >>> within(["nascar-cup/short/Bristol", "nascar-cup/short", "nascar-cup", "*/short", ""])
    ('nascar-cup/short', 'nascar/short', 'nascar', '')
    """
    return tuple(dict.fromkeys((keys[1], *families_of(keys))))


def by_series(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the families of a race whatever its track: its series, the family of it, any.

    >>> by_series(["nascar-cup/short/Bristol", "nascar-cup/short", "nascar-cup", "*/short", ""])
    ('nascar-cup', 'nascar', '')
    """
    return tuple(dict.fromkeys((keys[2], *families_of(keys)[1:])))


def all_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Return what `both` looks for: the families of a race, and its series by itself.

    >>> all_of(["nascar-cup/short/Bristol", "nascar-cup/short", "nascar-cup", "*/short", ""])
    ('nascar-cup/short', 'nascar-cup', 'nascar/short', 'nascar', '')
    """
    return tuple(dict.fromkeys((keys[1], keys[2], *families_of(keys))))


def apart(key: str, n: Mapping[str, int]) -> bool:
    """Tell whether a series teaches what its family does not: more of that is of others.

    Args:
        key: Family or series, as `all_of` gives it.
        n: Cases of each.

    >>> [apart(key, {"nascar-cup": 70, "nascar-truck": 30, "nascar": 100}) for key in
    ...  ("nascar-cup", "nascar-truck", "nascar")]
    [False, True, True]
    """
    series, slash, track_type = key.partition("/")
    family = f"{of_series(series)}{slash}{track_type}"
    return key == family or 2 * n[key] < n[family]


def both(known: Mapping[str, T], keys: Sequence[str]) -> tuple[T, T]:
    """Return what the series of a race teaches by itself, and its family; they count alike.

    A series of few races is often wrong, and its family is about others: halfway between was
    near the better of them or better than both. Where a series is not `apart`, its family
    speaks alone.

    >>> keys = levels.levels("nascar-truck", "short", "Bristol")
    >>> both({"nascar-truck": 1, "nascar/short": 2, "": 3}, keys)
    (1, 2)
    """
    return levels.nearest(known, all_of(keys)), levels.nearest(known, families_of(keys))


def enough(key: str, n: int, fewest: int = FEWEST) -> bool:
    """Tell whether a family is fitted by itself, so that no other is asked.

    Args:
        key: The family, as `of` gives it; what all races teach is always fitted.
        n: Cases of it.
        fewest: Cases without which a type of track is told by its series.
    """
    return not key or n >= (fewest if "/" in key else OWN)


def fit(races: Iterable[Cases], wide: int) -> dict[str, Floats]:
    """Return the coefficients of each family, shape (wide,); of all races under ''."""
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": [(np.empty((0, wide)), np.empty(0))]}
    for keys, x, y in races:
        for family in families_of(keys):
            cases.setdefault(family, []).append((x, y))
    joined = {
        key: (np.concatenate([x for x, _ in case]), np.concatenate([y for _, y in case]))
        for key, case in cases.items()
    }
    return {
        key: logistic(x, y, doubt(len(y), wide, RIDGE, FEWEST))
        for key, (x, y) in joined.items()
        if enough(key, len(y))
    }


def doubt(n: int, wide: int, ridge: float, fewest: int) -> Floats:
    """Return the ridge of each coefficient: the fewer cases, the nearer to how often it came true.

    Args:
        n: Cases.
        wide: Coefficients; the first is that of a column of ones.
        ridge: Where there are enough cases.
        fewest: Cases that are enough.

    >>> doubt(500, 3, 2.0, 1000)
    array([2., 4., 4.])
    """
    found = np.full(wide, ridge * max(1.0, fewest / max(n, 1)))
    found[:1] = ridge
    return found
