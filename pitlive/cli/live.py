"""`pitlive feed --from`: a live feed, polled or recorded → a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from pitlive.cli import known
from pitlive.cli.documents import Document, documents
from pitlive.cli.pacing import Pacing
from pitlive.cli.recording import RecordedRow, Recording
from pitlive.cli.sending import send
from pitlive.cli.target import Target
from pitlive.cli.terminal import terminal_of
from pitlive.feeds.lines import Reported
from pitlive.feeds.live import Feed, Format
from pitlive.messages import Json

FIRST = 100
"""Documents that are read at most before the source is declared."""


def follow(
    format: Format, where: str, source: str, every_s: float, pacing: Pacing, to: Target
) -> None:
    """Feed a source until the recording ends, or for ever; then exit as `feed` does.

    What the source's log holds counts as reported, so a restart repeats nothing.

    Args:
        format: What is sent there.
        where: An address, or a recording (`pitlive.cli.documents`).
        every_s: How long to wait between two polls [s].

    Raises:
        BadFile: There is no such recording.
    """

    @contextmanager
    def play() -> Iterator[Recording]:
        feed = format.Feed()
        for entry in known.entries(to, source):
            feed.facts.learn(entry)
        arriving = documents(where, format.DOCUMENTS, every_s, to.say)
        first = list(_rows(feed, _first_round(feed, arriving)))
        rows = chain(first, _rows(feed, arriving, after=len(first)))
        declared: dict[str, Json] = feed.spec or {}
        counted = terminal_of(declared).counted
        yield Recording(rows, lambda: None, None, where == "-", declared, counted)

    send(to, source, None, play, pacing)


def _first_round(feed: Feed, arriving: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until the source can be declared."""
    for number, document in enumerate(arriving, 1):
        yield document
        if (document is None and feed.spec) or number == FIRST:
            return


def _rows(feed: Feed, arriving: Iterable[Document], after: int = 0) -> Iterator[RecordedRow]:
    number = after
    for document in arriving:
        if document is None:
            yield None
            continue
        for entry in feed.accept(*document):
            number += 1
            yield Reported(number, entry)
