"""How many of the sources are whose, so that engines are even within one.

Pure. Every engine sees the same leases, so each comes to the same shares without a word to
the others. Who has most keeps the odd one: nothing moves without need.
"""

from __future__ import annotations

from collections.abc import Mapping


def share(counts: Mapping[str, int], sources: int, engine: str) -> int:
    """Return how many sources an engine is to have.

    Args:
        counts: Living engine → how many it has.
        sources: How many there are.

    >>> [share({"a": 7, "b": 0}, 7, engine) for engine in "ab"]
    [4, 3]
    >>> [share({"a": 3, "b": 4}, 7, engine) for engine in "ab"]
    [3, 4]
    """
    most_first = sorted(counts, key=lambda name: (-counts[name], name))
    whole, odd = divmod(sources, len(counts))
    return whole + (most_first.index(engine) < odd)
