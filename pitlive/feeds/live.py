"""What a live feed must bring, so that `pitlive feed --from NAME` can read it.

A package registers a format under the entry point group `pitlive.feeds`, by the name that
`--from` takes. A format is mostly a module, with a class `Feed` and a constant `DOCUMENTS`:

    [options.entry_points]
    pitlive.feeds =
        tide = tides.gauge

    # tides/gauge.py
    from pitlive.feeds.facts import NewestFacts

    DOCUMENTS = ("levels",)                     # <address>/levels is polled

    class Feed:
        spec = None                             # nothing is known of the source

        def __init__(self):
            self.facts = NewestFacts()

        def accept(self, name, document, /):
            levels = document if isinstance(document, dict) else {}
            for gauge, cm in levels.items():
                yield from self.facts.report(gauge, {"type": "level", "gauge": gauge, "cm": cm})

A feed is pure: it is handed one document after the other, as they were polled, received or
recorded, and answers with what is new in each. Whoever polls tells it nothing but the document
and what it was called. A document may be a repeat, half of one, or `null`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, cast, runtime_checkable

from pitlive.errors import BadFile
from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.plugins import entry_points_of, of_protocol

GROUP = "pitlive.feeds"


class Feed(Protocol):
    """Documents in, entries out.

    Attributes:
        facts: What has been reported so far; fill it from the log and a restart repeats nothing.

    >>> class Tide:
    ...     spec = None
    ...     def __init__(self):
    ...         self.facts = NewestFacts()
    ...     def accept(self, name, document, /):
    ...         levels = document if isinstance(document, dict) else {}
    ...         for gauge, cm in levels.items():
    ...             yield from self.facts.report(gauge, {"type": "level", "cm": cm})
    >>> feed: Feed = Tide()
    >>> list(feed.accept("levels", {"dover": 412}))
    [{'uid': 'dover', 'revision': 0, 'type': 'level', 'cm': 412}]
    >>> list(feed.accept("levels", {"dover": 412})), list(feed.accept("levels", None))
    ([], [])
    """

    facts: NewestFacts

    def accept(self, name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new in a document.

        Args:
            name: What it was called: a file without folder and ending, or a topic.
            document: Any JSON; what is not of this feed gives nothing, and raises nothing.
        """
        ...

    @property
    def spec(self) -> dict[str, Json] | None:
        """The declaration of the source, None as long as nothing is known of it.

        A source of which the first documents say nothing is of the server's default kind.
        """
        ...


@runtime_checkable
class Format(Protocol):
    """A format in which a live feed is sent, and which documents a server has of it."""

    @property
    def DOCUMENTS(self) -> Sequence[str]:  # a constant of a module
        """What to ask for below the address, in order; empty: the address itself."""
        ...

    @property
    def Feed(self) -> Callable[[], Feed]:  # a class of a module
        """Begin anew."""
        ...


def names() -> list[str]:
    """Return the name of every format that a package says it brings; none is loaded.

    >>> "nascar" in names()
    True
    """
    return [*dict.fromkeys(point.name for point in entry_points_of(GROUP))]


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises:
        BadFile: There is none, or it cannot be loaded; the message says why.

    >>> format_of("tide")
    Traceback (most recent call last):
    pitlive.errors.BadFile: from: got 'tide', want one of f1, indycar, indycar-records, nascar, openf1
    """  # noqa: E501 - an error is one line
    found = of_protocol(GROUP, Format, or_class=True)
    if name in found.failed:
        raise BadFile(f"from: {name} cannot be loaded ({found.failed[name]})")
    if name not in found.loaded:
        raise BadFile(f"from: got {name!r}, want one of {', '.join(sorted(found.loaded))}")
    return cast(Format, found.loaded[name])
