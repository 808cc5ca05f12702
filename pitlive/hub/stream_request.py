"""What a request for a stream asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pitlive.errors import BadCursor, PitLiveError
from pitlive.hub.dialect import NATIVE, Dialect
from pitlive.messages import SOURCE_NAME, Cursor


class BadStream(PitLiveError):
    """A stream was asked for in a way that can never be served."""


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """Sources, channels, and where the reader was.

    Attributes:
        after: None where the reader named a cursor that is none; absent where it named nothing.
        cursor: The same as the text it came in.
        dialect: How it wants all of it worded.
    """

    sources: list[str]
    patterns: list[str]
    after: dict[str, Cursor | None]
    cursor: str
    dialect: Dialect = NATIVE

    @classmethod
    def read(cls, sources: Sequence[str], patterns: Sequence[str], cursor: str) -> StreamRequest:
        """Check what was asked for.

        Raises:
            BadStream: A source's name is not one, or none or one twice is named.
        """
        for source in sources:
            if not re.fullmatch(SOURCE_NAME, source):
                raise BadStream(f"source: got {source[:80]!r}, want a name matching {SOURCE_NAME}")
        if not sources or len(set(sources)) != len(sources):
            raise BadStream(f"source: got {list(sources)}, want one or more, each once")
        after = read_cursors(sources, cursor)
        echoed = cursor if None not in after.values() else ""  # never what is no cursor
        return cls(list(sources), list(patterns), after, echoed)


def read_cursors(sources: Sequence[str], text: str) -> dict[str, Cursor | None]:
    """Return the cursor of each source that the text names one for.

    >>> read_cursors(["a", "b"], "k3f9.41_")
    {'a': Cursor(epoch='k3f9', seq=41, link='')}
    >>> read_cursors(["a"], "nonsense")
    {'a': None}
    """
    if not text:
        return {}
    parts = text.split("_")
    if len(parts) != len(sources):
        return dict.fromkeys(sources)
    return {s: _cursor(part) for s, part in zip(sources, parts, strict=True) if part}


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text)
    except BadCursor:
        return None
