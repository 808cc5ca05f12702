"""Track → type of track → series → all races: what is not known of one is taken from the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from pitlive.race.forecasting.view import View

T = TypeVar("T")


def levels(series: str, track_type: str, track: str) -> list[str]:
    """Return the keys under which a race is known, the nearest first.

    >>> levels("f1", "road", "Monza")
    ['f1/road/Monza', 'f1/road', 'f1', '*/road', '']
    """
    known = series or "?"  # an empty one would be the key of all races
    narrow = [f"{known}/{track_type}/{track}", f"{known}/{track_type}"]
    return [*narrow, known, f"*/{track_type}", ""]


def levels_for(view: View) -> list[str]:
    """Return the keys under which the race of a view is known, the nearest first."""
    return levels(view.series, view.track_type, view.track)


def nearest(known: Mapping[str, T], keys: Iterable[str]) -> T:
    """Return the value of the nearest key that there is; the last, '', is always there."""
    return next(known[key] for key in keys if key in known)


def rates(races: Sequence[tuple[list[str], float, float]], strength: float) -> dict[str, float]:
    """Return events per exposure at every level, each pulled towards the next wider one.

    A series is pulled towards the others by no more than they are alike: where series differ
    much more than their races do, the others say next to nothing of it.

    Args:
        races: Keys as `levels` gives them, events and exposure of each race.
        strength: Exposure that the wider level counts for.

    >>> rates([(levels("f1", "road", "Monza"), 2, 100)], 100)["f1/road/Monza"]
    0.02
    """
    events: dict[str, float] = defaultdict(float)
    exposure: dict[str, float] = defaultdict(float)
    for keys, observed, over in races:
        for key in keys:
            events[key] += observed
            exposure[key] += over
    found = {"": events[""] / max(exposure[""], 1.0)}
    alike = _alike(races)
    for key, wider in next_wider(events).items():
        own = min(strength, alike.get(key, strength))
        found[key] = (events[key] + found[wider] * own) / (exposure[key] + own or 1.0)
    return found


def _alike(races: Sequence[tuple[list[str], float, float]]) -> dict[str, float]:
    """Return the exposure of each series that says as much of it as all others do.

    So many of its races as their rates scatter more than those of series do; a series is left
    out if series do not differ by more than their races.

    Source:
        Bühlmann and Straub (1970): the credibility of what is known of one against all.
    """
    of_series: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for keys, observed, over in races:
        if over > 0:
            of_series[keys[2]].append((observed / over, over))
    each = {series: np.array(of) for series, of in of_series.items()}
    size = np.array([len(of) for of in each.values()], np.float64)
    free = size.sum() - len(each)
    if len(each) < 2 or not free:
        return {}
    rate = np.array([of[:, 0].mean() for of in each.values()])
    scatter = [of[:, 0].var() * len(of) for of in each.values()]
    within = sum(scatter) / free
    apart = size @ (rate - np.average(rate, weights=size)) ** 2 - (len(each) - 1) * within
    between = apart / (size.sum() - size @ size / size.sum())
    if between <= 0:
        return {}
    return {series: float(within / between * of[:, 1].mean()) for series, of in each.items()}


def next_wider(keys: Iterable[str]) -> dict[str, str]:
    """Return the next wider key of each but the widest, the wide ones first.

    >>> next_wider(levels("f1", "road", "Monza"))
    {'f1': '', '*/road': '', 'f1/road': 'f1', 'f1/road/Monza': 'f1/road'}
    """
    ordered = sorted((key for key in keys if key), key=lambda k: (k.count("/"), k))
    return {
        key: "" if key.startswith("*/") else "/".join(key.split("/", 2)[:-1]) for key in ordered
    }
