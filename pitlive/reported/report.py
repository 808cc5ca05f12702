"""One report on its way to be an entry: its fields, and what every entry has beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pitlive.messages import Entry, Json
from pitlive.reported import (
    ENVELOPE,
    LATEST_MS,
    LOG,
    LONGEST_UID,
    Misreported,
    is_text,
    is_whole,
)

RETRACT = "retract"
"""The type of an entry that takes out the fact that it amends."""


class Report(NamedTuple):
    """What was reported, read, and not checked yet.

    Attributes:
        given: Every field that is there.
        spec: The declaration of the source, as its kind returned it.
        seen_ms: When we heard [ms since 1970]; stands in for an absent `at_ms`.
        is_text: The values were read from text.
    """

    given: dict[str, Json]
    spec: Mapping[str, Json]
    seen_ms: int
    is_text: bool = False

    @property
    def at_ms(self) -> Json:
        """When it happened [ms], as far as that is said."""
        return self.given.get("at_ms", self.seen_ms)

    def fields(self) -> dict[str, Json]:
        """Return the fields that are its type's own.

        >>> Report({"type": "lap", "uid": "a", "lap": 5}, {}, 0).fields()
        {'lap': 5}
        """
        return {k: v for k, v in self.given.items() if k not in ENVELOPE and k not in LOG}

    def among(self, types: tuple[str, ...]) -> str:
        """Return its type, which must be one of these.

        Raises:
            Misreported: It is none of them.
        """
        type = self.given.get("type")
        if not isinstance(type, str) or type not in types:
            raise Misreported("type", type, f"one of {', '.join(types)}")
        return type

    def entry(
        self, type: str, data: Mapping[str, Json], *, uid: Any = None, revision: int = 0
    ) -> Entry:
        """Return it as an entry.

        Args:
            data: Its fields, checked.
            uid: Its name where it gives none; None: it has to.
            revision: Its revision where it gives none.

        Raises:
            Misreported: What every entry has is not as it must be.

        >>> Report({"uid": "a"}, {}, 5).entry("score", {"points": 80}).at_ms
        5
        >>> Report({"uid": "a", "revision": -1}, {}, 5).entry("score", {})
        Traceback (most recent call last):
        pitlive.reported.Misreported: ('revision', -1, 'a whole number from 0 to 10^9')
        """
        given: dict[str, Any] = self.given
        made = Entry(
            uid=given.get("uid", uid),
            type=type,
            at_ms=self.at_ms,
            data=data,
            revision=given.get("revision", revision),
            amends=given.get("amends"),
            retract=type == RETRACT,
            origin=given.get("origin"),
            seen_ms=self.seen_ms,
        )
        for field, got, want in _wrong(made):
            raise Misreported(field, got, want)
        return made


def _wrong(made: Entry) -> Iterator[tuple[str, Json, str]]:
    """Yield the field, what was there and what would do, of all that is wrong."""
    if not is_whole(made.at_ms, LATEST_MS):
        yield "at_ms", made.at_ms, "a whole number of milliseconds from 0 to 10^13"
    if not is_whole(made.revision, 10**9):
        yield "revision", made.revision, "a whole number from 0 to 10^9"
    if made.amends is not None and not is_text(made.amends):
        yield "amends", made.amends, f"a text of 1 to {LONGEST_UID} characters"
    if not is_text(made.uid):
        yield "uid", made.uid, f"a text of 1 to {LONGEST_UID} characters that names the fact"
    if made.origin is not None and not is_text(made.origin):
        yield "origin", made.origin, f"a text of 1 to {LONGEST_UID} characters"
