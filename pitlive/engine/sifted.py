"""A fold, some entries left out, and where to look for the one at which it fails.

Pure. A fold that fails is of no use any more: half of an entry may be in it. So whoever has it
begins again from the log, and this time what is in doubt is folded in a hundred pieces, with a
look at the rows after each. The piece that fails is in doubt in its turn, until it is one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, TypeVar

from pitlive.batch import Batch
from pitlive.messages import Fold, Rejection, Rows
from pitlive.plugins import described
from pitlive.store.entries import place

T = TypeVar("T")

LogPosition = tuple[int, int]
"""An entry's id as numbers, which are in the order of the log."""

START: LogPosition = (0, 0)

PIECES = 100
"""So many looks at the rows while what is in doubt is folded: a log of 2 million entries is
folded four times until the one that fails is found, and once more to see it fail again."""


class Doubt(NamedTuple):
    """Entries among which there is one that fails.

    Attributes:
        after: The entry before the first of them.
        last: The last of them.
        size: How many they are.
    """

    after: LogPosition
    last: LogPosition
    size: int

    @property
    def piece(self) -> int:
        """How many of them are folded in one go."""
        return -(-self.size // PIECES)


class FoldFailed(Exception):
    """A fold failed.

    Attributes:
        doubt: Which of the entries may be the reason.
        uid: That of the last of them.
    """

    def __init__(self, doubt: Doubt, uid: str, why: str) -> None:
        super().__init__(why)
        self.doubt, self.uid = doubt, uid


class Sifted:
    """A fold that is told all entries but those that are left out.

    Args:
        left_out: Ids of entries.
        doubts: Where it failed before.

    >>> from pitlive.messages import Entry
    >>> class Names(Fold):
    ...     def apply(self, batch):
    ...         return [entry.data["name"] for entry in batch][:0]
    >>> names = Sifted(Names(), left_out=["5-2"])
    >>> names.apply(Batch.of([Entry("a", "named", 5, {}, id="5-2")]))
    []
    >>> names.apply(Batch.of([Entry("b", "named", 5, {}, id="5-3")]))
    Traceback (most recent call last):
    pitlive.engine.sifted.FoldFailed: KeyError: 'name'
    """

    def __init__(
        self, fold: Fold, left_out: Collection[str] = (), doubts: Sequence[Doubt] = ()
    ) -> None:
        self.fold = fold
        self._left_out = {place(id) for id in left_out}
        self._doubts = doubts
        self._sound = self._last = START
        self._size = 0
        self._uid = ""
        self._held: Rows = {}

    def apply(self, batch: Batch) -> list[Rejection]:
        """Fold a batch in; return what could not be taken.

        Raises:
            FoldFailed: The fold failed, and is of no use any more.
        """
        rejected: list[Rejection] = []
        for piece, doubt in self._pieces(batch):
            if doubt and self._sound < doubt.after:
                self.look()
            self._last, self._uid = place(piece.last), piece.uids[-1]
            self._size += len(piece)
            rejected += self._tried(lambda piece=piece: self.fold.apply(piece))  # type: ignore[misc]
            if doubt:
                self.look()
        return rejected

    def rows(self) -> Rows:
        """Return the rows that may have changed.

        Raises:
            FoldFailed: As for `apply`.
        """
        self.look()
        held, self._held = self._held, {}
        return held

    def look(self) -> None:
        """Have the rows that may have changed worked out, and hold them; ask what time it is.

        All that a fold is asked of its figures: else an entry at which only the rest fails would
        pass for sound. Packed bytes are the same figures once more, and no entry is in doubt for
        them: columns are copied, past laps are packed as deferred work. Where that fails it is
        for want of memory or by a mistake of ours, and the source waits with the reason.

        Raises:
            FoldFailed: As for `apply`.
        """
        for channel, rows in self._tried(self.fold.rows).items():
            self._held.setdefault(channel, {}).update(rows)
        _ = self.due_ms, self.now_ms
        self._sound, self._size = self._last, 0

    @property
    def due_ms(self) -> int | None:
        """The event time at which rows change though nothing happens [ms], None if none is."""
        return self._tried(lambda: self.fold.due_ms)

    @property
    def now_ms(self) -> int | None:
        """What time it is in the fold [ms], None if the fold does not know."""
        return self._tried(lambda: getattr(self.fold, "now_ms", None))

    def _tried(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except (MemoryError, KeyboardInterrupt):  # whichever entry it is
            raise
        except BaseException as error:  # a SystemExit too: no thread of ours ends by it
            doubt = Doubt(self._sound, self._last, self._size)
            raise FoldFailed(doubt, self._uid, described(error)) from error

    def _pieces(self, batch: Batch) -> Iterator[tuple[Batch, Doubt | None]]:
        """Yield what is to be folded in one go, and whether that is in doubt."""
        if not self._is_sifted(batch):
            yield batch, None
            return
        start, before = 0, None
        for n, at in enumerate(places := _places(batch)):
            near = (one for one in reversed(self._doubts) if one.after < at <= one.last)
            doubt = next(near, None)  # the newest are the closest
            is_full = before is not None and n - start >= before.piece
            if at in self._left_out or doubt != before or is_full:
                if start < n:
                    yield batch[start:n], before
                start = n + (at in self._left_out)
            before = doubt
        if start < len(places):
            yield batch[start:], before

    def _is_sifted(self, batch: Batch) -> bool:
        """Tell whether any of the entries is left out or in doubt."""
        first, last = _places(batch[:1])[0], place(batch.last)
        return any(one.after < last and first <= one.last for one in self._doubts) or any(
            first <= at <= last for at in self._left_out
        )


def _places(batch: Batch) -> list[LogPosition]:
    return [(one.ms, one.number + n) for one in batch.logged for n in range(one.size)]
