"""Live feeds of racing series → entries of a race, each in the form its series sends.

A feed is handed one document after the other, as they were polled, received or recorded,
and answers with what is new in each. Pure: whoever polls says nothing but the document
and what it was called. A document may be a repeat, half of one, or `null`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from pitlive.messages import Json
from pitlive.race.feeds import f1, indycar, nascar, openf1, records
from pitlive.race.feeds.told import Told


class Feed(Protocol):
    """Documents in, entries out.

    Attributes:
        told: What has been said so far; fill it from the log and a restart repeats nothing.
    """

    told: Told

    def take(self, name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new in a document.

        Args:
            name: What it was called: a file without folder and ending, or a topic.
            document: Any JSON; what is not of this feed says nothing.
        """
        ...

    @property
    def spec(self) -> dict[str, Json] | None:
        """The declaration of the race, None as long as nothing is known of it."""
        ...


class Native(Protocol):
    """A feed, and which documents a server has of it."""

    @property
    def DOCUMENTS(self) -> Sequence[str]:  # a constant of a module
        """What to ask for below the address, in order; empty: the address itself."""
        ...

    @property
    def Feed(self) -> Callable[[], Feed]:  # a class of a module
        """Begin anew."""
        ...


NATIVE: Mapping[str, Native] = {
    "nascar": nascar,
    "indycar": indycar,
    "indycar-records": records,
    "f1": f1,
    "openf1": openf1,
}
"""Every native feed by the name that `pitlive feed --from` takes."""
