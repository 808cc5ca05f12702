"""What packages bring to PitLive, found through entry points.

A package that is installed says in its metadata what it brings; nothing here is a list. One
that cannot be loaded is left out and named, and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

OURS = "pitlive"
"""The distribution whose entry points win where two bring something of one name."""


class Plugins(NamedTuple):
    """What was found in one group.

    Attributes:
        loaded: By name, ours first.
        failed: Name → why it is left out.
    """

    loaded: Mapping[str, Any]
    failed: Mapping[str, str]


@cache
def plugins(group: str, protocol: type | None = None) -> Plugins:
    """Return what all installed packages bring to a group, loaded.

    Args:
        protocol: What each must be; one that is something else is left out.

    >>> plugins("pitlive.nothing")
    Plugins(loaded={}, failed={})
    """
    loaded: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for point in declared(group):
        name = point.name if point.name not in loaded else f"{point.name} of {package_of(point)}"
        if name != point.name:
            failed[name] = f"{point.value}: {point.name} is brought by another package already"
            continue
        try:
            found = point.load()
        except Exception as error:  # noqa: BLE001 - whatever a stranger's module raises
            failed[name] = f"{point.value}: {type(error).__name__}: {error}"
            continue
        if protocol is None or isinstance(found, protocol):
            loaded[name] = found
        else:
            failed[name] = f"{point.value}: got {type(found).__name__}, want a {protocol.__name__}"
    return Plugins(loaded, failed)


def declared(group: str) -> list[EntryPoint]:
    """Return what packages say they bring to a group, ours first, each in order of its name."""
    return sorted(entry_points(group=group), key=lambda one: (package_of(one) != OURS, one.name))


def package_of(point: EntryPoint) -> str:
    """Return the name of the distribution that says so, empty if it is of none."""
    return point.dist.name if point.dist else ""
