"""What is published of a source beside what its log says: figures are a fold of it, or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pitlive.engine.folding import FOLD_BATCH
from pitlive.engine.mirror import Mirror
from pitlive.engine.pending import patience
from pitlive.engine.sifted import Sifted
from pitlive.kind import kind_of
from pitlive.messages import Deferring, Row
from pitlive.store import entries, sources, unfoldable
from pitlive.store.client import Redis
from pitlive.store.snapshot import snapshot

LOOKS = 20
"""Times it is looked again for a moment at which nothing was published meanwhile."""


class Difference(NamedTuple):
    """A row that is not what the log says.

    Attributes:
        published: None if it is not there.
        folded: What the log says, None if it should not be there.
    """

    channel: str
    row: str
    published: Row | None
    folded: Row | None


def differences(
    client: Redis, source: str, tell: Callable[[int, int], None] = lambda *_: None
) -> Iterator[Difference]:
    """Yield the rows of a source that differ from a fold of its log up to the same entry.

    Channels whose changes are held back by their declaration are left out: they may be behind.
    So are forecasts that fail: the engine goes on with those that it has.

    Raises:
        BadRecord: The log is damaged.
        FoldFailed: The log cannot be folded.
    """
    meta, published = _moment(client, source)
    fold = kind_of(meta.spec).fold(meta.spec)
    deferring = fold if isinstance(fold, Deferring) else None  # asks it all, so before it can fail
    sifted = Sifted(fold, unfoldable.ids(client, source, unfoldable.under(meta.spec)))
    mirror = Mirror()
    mirror.record(sifted.rows())
    after, goal = "0-0", entries.count(client, source)
    while after != meta.folded and (
        batch := entries.read(client, source, after, FOLD_BATCH, meta.folded)
    ):
        sifted.apply(batch)
        after = batch.last
        tell(entries.place(after)[1], goal)
    mirror.record(sifted.rows())
    fails: Sequence[str] = ()
    while deferring and not fails and not deferring.is_settled:
        fails = _work_off(deferring)
        mirror.record(sifted.rows())
    held = patience(meta.spec)
    for name in sorted({*mirror.rows, *published} - {*held, *fails}):
        yield from _channel_differences(name, published.get(name, {}), mirror.rows.get(name, {}))


def _work_off(fold: Deferring) -> Sequence[str]:
    """Let a fold do some of its deferred work; return its channels if that fails."""
    try:
        fold.work_off()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever it is
        return fold.deferred
    return ()


def _moment(client: Redis, source: str) -> tuple[sources.Meta, Mapping[str, Mapping[str, Row]]]:
    """The state, and what is known of the source at the same seq."""
    for _ in range(LOOKS):
        meta, found = sources.meta(client, source), snapshot(client, source)
        if meta.cursor == found.cursor and sources.meta(client, source).folded == meta.folded:
            break
    return meta, found.decode()


def _channel_differences(
    name: str, published: Mapping[str, Row], folded: Mapping[str, Row]
) -> Iterator[Difference]:
    for row in sorted({*published, *folded}):
        one, other = published.get(row), folded.get(row)
        if one != other:
            yield Difference(name, row, one, other)
