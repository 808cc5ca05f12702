"""Track → type of track → series → all races: what is not known of one is taken from the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pitlive.race.forecast.view import View

Value = TypeVar("Value")


def levels(series: str, track_type: str, track: str) -> list[str]:
    """Return the keys under which a race is known, the nearest first.

    >>> levels("f1", "road", "Monza")
    ['f1/road/Monza', 'f1/road', 'f1', '*/road', '']
    """
    known = series or "?"  # an empty one would be the key of all races
    narrow = [f"{known}/{track_type}/{track}", f"{known}/{track_type}"]
    return [*narrow, known, f"*/{track_type}", ""]


def of(view: View) -> list[str]:
    """Return the keys under which the race of a view is known, the nearest first."""
    return levels(view.series, view.track_type, view.track)


def nearest(known: Mapping[str, Value], keys: Iterable[str]) -> Value:
    """Return the value of the nearest key that there is; the last, '', is always there."""
    return next(known[key] for key in keys if key in known)


def rates(races: Sequence[tuple[list[str], float, float]], strength: float) -> dict[str, float]:
    """Return events per exposure at every level, each pulled towards the next wider one.

    Args:
        races: Keys as `levels` gives them, events and exposure of each race.
        strength: Exposure that the wider level counts for.

    >>> rates([(levels("f1", "road", "Monza"), 2, 100)], 100)["f1/road/Monza"]
    0.02
    """
    events: dict[str, float] = defaultdict(float)
    exposure: dict[str, float] = defaultdict(float)
    for keys, came, over in races:
        for key in keys:
            events[key] += came
            exposure[key] += over
    found = {"": events[""] / max(exposure[""], 1.0)}
    for key, wider in next_wider(events).items():
        pull = found[wider] * strength
        found[key] = (events[key] + pull) / (exposure[key] + strength)
    return found


def next_wider(keys: Iterable[str]) -> dict[str, str]:
    """Return the next wider key of each but the widest, the wide ones first.

    >>> next_wider(levels("f1", "road", "Monza"))
    {'f1': '', '*/road': '', 'f1/road': 'f1', 'f1/road/Monza': 'f1/road'}
    """
    ordered = sorted((key for key in keys if key), key=lambda k: (k.count("/"), k))
    return {
        key: "" if key.startswith("*/") else "/".join(key.split("/", 2)[:-1]) for key in ordered
    }
