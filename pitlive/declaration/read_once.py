"""Declarations as values, read once: every entry of a source needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from pitlive.messages import Json

MOST_KEPT = 1000
"""Declarations of one kind whose values are kept."""

T = TypeVar("T")


def read_once(read: Callable[[Mapping[str, Json]], T]) -> Callable[[Mapping[str, Json]], T]:
    """Have a declaration read once as long as it is the same object, not only an equal one.

    >>> values, spec = read_once(dict), {"kind": "table"}
    >>> values(spec) is values(spec), values(spec) is values({"kind": "table"})
    (True, False)
    """
    kept: dict[int, tuple[Mapping[str, Json], T]] = {}

    @wraps(read)
    def once(spec: Mapping[str, Json]) -> T:
        found = kept.get(id(spec))
        if found is None or found[0] is not spec:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[id(spec)] = spec, read(spec)
        return found[1]

    return once
