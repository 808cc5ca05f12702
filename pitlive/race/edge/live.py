"""`pitlive feed --from`: a live feed of a racing series, polled or recorded → a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from pitlive.cli.documents import Document, documents
from pitlive.cli.pacing import Pacing
from pitlive.cli.recording import Row, Tape
from pitlive.cli.target import Target, run, said
from pitlive.feeds.lines import Reported
from pitlive.messages import Json
from pitlive.race.feeds import NATIVE, Feed

FIRST = 100
"""Documents that are read at most before the race is declared."""


def follow(
    series: str, where: str, source: str, every_s: float, pacing: Pacing, to: Target
) -> None:
    """Feed a source until the recording ends, or for ever; then exit as `feed` does.

    What the source's log holds is taken as said, so a restart repeats nothing.

    Raises:
        BadFile: There is no such recording.
    """

    @contextmanager
    def play() -> Iterator[Tape]:
        feed, native = NATIVE[series].Feed(), NATIVE[series]
        for entry in said(to, source):
            feed.told.learn(entry)
        given = documents(where, native.DOCUMENTS, every_s, to.say)
        first = list(_rows(feed, _first_round(feed, given)))
        rows = chain(first, _rows(feed, given, after=len(first)))
        declared: dict[str, Json] = feed.spec or {"kind": "race"}
        yield Tape(rows, lambda: None, None, where == "-", declared)

    run(to, source, None, play, pacing)


def _first_round(feed: Feed, given: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until the race can be declared."""
    for number, document in enumerate(given, 1):
        yield document
        if (document is None and feed.spec) or number == FIRST:
            return


def _rows(feed: Feed, given: Iterable[Document], after: int = 0) -> Iterator[Row]:
    number = after
    for document in given:
        if document is None:
            yield None
            continue
        for entry in feed.take(*document):
            number += 1
            yield Reported(number, entry)
