"""The values that travel: entries in, rows out, and the cursor between them.

Frozen, small and without behaviour of their own; every layer may import them,
and they import nothing of PitLive but its errors.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pitlive.errors import BadCursor

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

Row = Any
"""A JSON value without null below it, except inside lists: unknown is absent.

RFC 7396 reads null as "remove", so a row that held null could not be patched.
"""


Rows = dict[str, dict[str, Row | None]]
"""channel → row key → the whole new row, or None where it is gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One reported fact, as the entry log keeps it.

    Attributes:
        id: Its place in the log (`"1763822400000-0"`), empty before it is there.
        uid: The producer's name for it; with `revision` it decides what is a repeat.
        type: What kind of fact it is (`"lap"`).
        at_ms: When it happened [ms].
        seen_ms: When we heard [ms since 1970].
        revision: A higher one replaces the same fact; 0 is the first report.
        amends: The uid of the fact that this entry corrects or retracts.
        retract: True takes the fact out instead of replacing it.
        origin: Who reported it, if that is known.
        data: The fields that belong to the type, already validated.
    """

    uid: str
    type: str
    at_ms: int
    data: Mapping[str, Json]
    revision: int = 0
    amends: str | None = None
    retract: bool = False
    origin: str | None = None
    seen_ms: int = 0
    id: str = ""

    @property
    def fact(self) -> str:
        """The uid of the fact it states, its own unless it amends another.

        >>> Entry("b", "lap", 5, {}, amends="a").fact
        'a'
        """
        return self.amends or self.uid


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that could not be taken: where, what was there, what would do."""

    uid: str
    field: str
    got: Json
    want: str
    entry: str = ""
    """Id of the entry in the log; empty when it was refused before it got there, or is none's."""
    stands: Mapping[str, Json] | None = dataclasses.field(default=None, repr=False)
    """What is there instead, where somebody else was first."""


@dataclass(slots=True)
class Outcome:
    """What a batch of entries did to the state of a source.

    Attributes:
        rows: Rows that may have changed; some that came out as they were may be listed too.
        rejected: Entries that could not be taken, with the reason.
    """

    rows: Rows = dataclasses.field(default_factory=dict)
    rejected: list[Rejection] = dataclasses.field(default_factory=list)


class Fold(Protocol):
    """Entries → state, purely. One per source, whatever kind the source is."""

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold a batch in, and return what cannot be taken.

        The state after it equals that of folding its entries one by one.
        """
        ...

    def rows(self) -> Rows:
        """Return the rows that may have changed since they were last asked for.

        The first time, also before any entry, that is what the declaration says. They are
        worked out now: whoever asks seldom pays for each row once, however often it changed.
        """
        ...

    @property
    def due_ms(self) -> int | None:
        """The event time at which rows change though nothing happens [ms], None if none is."""
        ...

    def outcome(self, batch: Sequence[Entry]) -> Outcome:
        """Fold a batch in, and return what it did."""
        rejected = self.apply(batch)
        return Outcome(self.rows(), rejected)


class PackedPiece(NamedTuple):
    """Some bytes of what a source keeps packed, beside its rows.

    Attributes:
        offset: Where they begin; None: they are all there is.
    """

    name: str
    offset: int | None
    data: bytes


@runtime_checkable
class Packing(Fold, Protocol):
    """A fold that keeps more than rows: bytes that are published together with them."""

    def pieces(self) -> Sequence[PackedPiece]:
        """Return the bytes that changed since this was last asked; at first all."""
        ...


@runtime_checkable
class Deferring(Fold, Protocol):
    """A fold some of whose rows take their time: they follow the others, a bit at a time.

    When no work is left its rows are a function of the entries, as any fold's.
    """

    def work_off(self) -> bool:
        """Work for some 100 ms at most; return whether anything came of it.

        What came is among the `rows` that are asked for next.
        """
        ...

    @property
    def is_settled(self) -> bool:
        """Whether there is no work left."""
        ...

    @property
    def deferred(self) -> Sequence[str]:
        """The channels whose rows come of it."""
        ...


class Event(NamedTuple):
    """A published change: its number in its source, its channel, and its message.

    `message` is the JSON text of `{"channel", "at_ms", "data"}`, encoded once by the
    engine and never again. `link` names all that was published up to here (`store.chain`).
    """

    seq: int
    channel: str
    message: bytes
    link: str = ""


class Cursor(NamedTuple):
    """What a reader has reached in one source: which life of the log, how far, by which way.

    The link is empty before the first event, and was before there were any.

    >>> str(Cursor("k3f9", 41, "9f86d081")), str(Cursor("k3f9", 0))
    ('k3f9.41.9f86d081', 'k3f9.0')
    >>> Cursor.parse("k3f9.41.9f86d081")
    Cursor(epoch='k3f9', seq=41, link='9f86d081')
    """

    epoch: str
    seq: int
    link: str = ""

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}.{self.link}" if self.link else f"{self.epoch}.{self.seq}"

    def at(self, event: Event) -> Cursor:
        """Return where a reader is who has this event too."""
        return Cursor(self.epoch, event.seq, event.link)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read one cursor back from its text.

        Raises:
            BadCursor: It is not `<epoch>.<seq>.<link>`.
        """
        if not (match := _CURSOR.fullmatch(text)):
            want = "<epoch>.<seq>.<link>, such as k3f9.41.9f86d081"
            raise BadCursor(f"cursor: got {text[:80]!r}, want {want}")
        return cls(match[1], int(match[2]), match[3] or "")


_CURSOR = re.compile(r"([A-Za-z0-9]{1,16})\.([0-9]{1,15})(?:\.([A-Za-z0-9]{1,16}))?")

SOURCE_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""What a source may be called: it is part of URLs and of Redis keys."""

PERSONAL = "messages/"
"""How channels begin that are for one user alone: they are never among those of a `*`."""


def is_personal(channel: str) -> bool:
    """Tell whether a channel is for one user alone.

    >>> is_personal("messages/ann"), is_personal("standings")
    (True, False)
    """
    return channel.startswith(PERSONAL)


def matches(channel: str, patterns: Iterable[str]) -> bool:
    """Tell whether a channel is among those asked for; `*` alone stands for any text.

    Channels for one user alone are asked for by their name, and never by a `*`.

    >>> matches("laps/24", ["standings", "laps/*"]), matches("laps/24", ["laps/2?"])
    (True, False)
    >>> matches("messages/ann", ["*", "messages/*"]), matches("messages/ann", ["messages/ann"])
    (False, True)
    """
    if is_personal(channel):
        return channel in patterns
    texts = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    return any(re.fullmatch(text, channel) for text in texts)
