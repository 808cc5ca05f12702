"""What packages bring to PitLive, found through entry points.

A package that is installed says in its metadata what it brings; nothing here is a list. One
that cannot be loaded is left out and named, and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

OF_ENGINE = (
    "pitlive.kinds",
    "pitlive.stats",
    "pitlive.widgets",
    "pitlive.forecasts",
    "pitlive.shadows",
)
"""What an engine folds with; nothing of it needs the web framework."""

OF_WEB = ("pitlive.web", *OF_ENGINE)
"""What a web server needs: what is brought to the command line is named where it is asked for."""

OURS = "pitlive"
"""The distribution whose entry points win where two bring something of one name."""


class Plugins(NamedTuple):
    """What was found in one group.

    Attributes:
        loaded: By name, ours first.
        failed: Name → why it is left out.
    """

    loaded: dict[str, Any]
    failed: dict[str, str]


class Failure(NamedTuple):
    """Something that a package brings and that is left out."""

    group: str
    name: str
    reason: str


@cache
def plugins(group: str) -> Plugins:
    """Return what all installed packages bring to a group, loaded.

    >>> plugins("pitlive.nothing")
    Plugins(loaded={}, failed={})
    """
    found, taken = Plugins({}, {}), set[str]()
    for point in entry_points_of(group):
        name = f"{point.name} of {package_of(point)}" if point.name in taken else point.name
        taken.add(point.name)  # also if it fails: another's is not what sources of it asked for
        if name != point.name:
            found.failed[name] = f"{point.value}: got a name that another package has already"
            continue
        try:
            found.loaded[name] = point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a stranger's module does
            found.failed[name] = f"{point.value}: {described(error)}"
    return found


def of_protocol(group: str, protocol: type, *, or_class: bool = False) -> Plugins:
    """Return what packages bring to a group; what is not of a protocol is left out and named.

    Args:
        or_class: Also a class which has itself what the protocol asks for, as a module has.
    """
    place = f"{protocol.__module__}.{protocol.__name__}"
    want = f"want an object that derives from {place}"
    if or_class:
        parts = [part for part in vars(protocol) if not part.startswith("_")]
        want = f"want {' and '.join(parts)}, as {place} has them"

    def wrong(name: str, one: Any) -> str:
        if isinstance(one, type) and not or_class:
            return f"got the class {one.__name__}, {want}"
        if not isinstance(one, protocol):
            return f"got {type(one).__name__}, {want}"
        own = getattr(one, "name", None)
        if own is None and "name" not in protocol.__annotations__:
            return ""
        return "" if own == name else f"name: got {own!r}, want {name!r}, as its entry point"

    return accepted(group, wrong)


def accepted(group: str, wrong: Callable[[str, Any], str]) -> Plugins:
    """Return what packages bring to a group; what cannot be used is left out and named.

    Args:
        wrong: Name and what was loaded → what is wrong with it, empty if nothing is.
    """
    found, places = (
        plugins(group),
        {point.name: point.value for point in entry_points_of(group)[::-1]},
    )
    for name, one in list(found.loaded.items()):
        try:
            reason = wrong(name, one)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            reason = described(error)
        if reason:
            found.failed[name] = f"{places[name]}: {reason}"
            del found.loaded[name]
    return found


def described(error: BaseException) -> str:
    """Return the type of an error and what it says, also where it fails at saying it.

    >>> described(KeyError("car"))
    "KeyError: 'car'"
    """
    try:
        text = str(error)
    except Exception as second:  # noqa: BLE001 - as above
        text = f"(its text fails with {type(second).__name__})"
    return f"{type(error).__name__}: {text}"


@contextmanager
def left_out(group: str, name: str, what: str) -> Iterator[None]:
    """Go on without what raises in here, and have it named.

    Args:
        what: That part of what is brought.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - as above
        leave_out(group, name, f"{what}: {described(error)}")


def leave_out(group: str, name: str, reason: str) -> None:
    """Have it named that something is left out, beside what else is of the same."""
    failed = plugins(group).failed
    failed[name] = f"{failed[name]}; {reason}" if name in failed else reason


def failures(groups: Sequence[str]) -> Iterator[Failure]:
    """Yield what is left out of some groups, all of which are loaded by that."""
    for group in groups:
        for name, reason in plugins(group).failed.items():
            yield Failure(group, name, reason)


@cache
def entry_points_of(group: str) -> Sequence[EntryPoint]:
    """Return what packages say they bring to a group, ours first, each in order of its name."""
    points: Iterable[EntryPoint] = _installed().select(group=group)
    return tuple(sorted(points, key=lambda one: (package_of(one) != OURS, one.name)))


@cache
def _installed() -> Any:  # what it is called differs from Python 3.11 to 3.12
    """All of them, read once: one look through a hundred packages takes 13 ms."""
    return entry_points()


def package_of(point: EntryPoint) -> str:
    """Return the name of the distribution that says so, empty if it is of none."""
    return point.dist.name if point.dist else ""
