"""Which version of a fact counts: repeats, corrections and retractions, in any order of arrival.

A fact is named by a uid. All entries that state or amend it are its versions; what counts is
chosen among them by rule and never by who came first. Every fold that knows facts asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from pitlive.messages import Entry, Rejection


class Version(Protocol):
    """One entry about a fact, as far as the rule looks at it; an `Entry` is one."""

    @property
    def uid(self) -> str:
        """Its own name."""

    @property
    def revision(self) -> int:
        """A higher one counts for more."""

    @property
    def amends(self) -> str | bool | None:
        """Whether it is about a fact of another name."""

    @property
    def type(self) -> str:
        """What kind of fact it states."""

    @property
    def retract(self) -> bool:
        """Whether it takes the fact out."""


AnyVersion = TypeVar("AnyVersion", bound=Version)


def revision(version: Version) -> int:
    """Return its revision; an amendment that was given none is at least the first."""
    return max(version.revision, 1) if version.amends else version.revision


def rank(version: Version) -> tuple[int, str]:
    """Return its place in the order of the versions of a fact: the greatest counts."""
    return revision(version), version.uid


def is_repeat(version: Version, versions: Iterable[Version]) -> bool:
    """Tell whether a version is among others already.

    >>> amendment = Entry("b", "lap", 6, {}, amends="a")
    >>> is_repeat(amendment, [Entry("a", "lap", 5, {})]), is_repeat(amendment, [amendment])
    (False, True)
    """
    own = rank(version)
    return any(rank(one) == own for one in versions)


def settle(versions: Sequence[AnyVersion]) -> AnyVersion | None:
    """Return the version of a fact that counts, None where it is taken out.

    The type of a fact is that of its first version; what amends it as another type does not
    count. A retraction is of any type, and counts as any version: a higher revision brings
    the fact back.

    >>> first = Entry("a", "lap", 5, {"lap": 1})
    >>> settle([Entry("b", "lap", 6, {"lap": 1}, amends="a"), first]).at_ms
    6
    >>> settle([first, Entry("c", "retract", 6, {}, amends="a", retract=True)])
    """
    type = type_of(versions)
    if type is None:
        return None
    best = max((v for v in versions if v.retract or v.type == type), key=rank)
    return None if best.retract else best


def type_of(versions: Sequence[Version]) -> str | None:
    """Return the type of a fact, None where nothing but retractions are known of it.

    It is that of the version that names the fact, of the lowest revision; else of the lowest
    amendment.
    """
    stated = [v for v in versions if not v.retract]
    if not stated:
        return None
    return min(stated, key=lambda v: (bool(v.amends), *rank(v))).type


def misfit(entry: Entry, versions: Sequence[Version]) -> Rejection | None:
    """Say of an entry that it corrects a fact of another type; None if it does not.

    Args:
        versions: All of the fact, with this one.

    >>> lap, pit = Entry("a", "lap", 5, {}), Entry("b", "pit_in", 5, {}, amends="a")
    >>> misfit(pit, [lap, pit]).want
    'lap, the type of the fact a that it corrects'
    """
    type = type_of(versions)
    if entry.retract or entry.type == type:
        return None
    want = f"{type}, the type of the fact {entry.fact} that it corrects"
    return Rejection(entry.uid, "type", entry.type, want, entry.id)
