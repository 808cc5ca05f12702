"""Bytes of a source on their way to Redis: what is much goes ahead, a portion at a time.

The publish that announces them puts them in their place (`store.coming`), together or not at
all. An engine that ends before that has announced nothing: the next one hands over all of it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pitlive.messages import PackedPiece
from pitlive.store import coming
from pitlive.store.client import Redis


class Coming:
    """What the next publish is to put in its place.

    Attributes:
        pieces: What it brings itself.
        names: What of it has been written ahead, once `write` has written all.

    Args:
        most_bytes: Of one command.
    """

    def __init__(self, client: Redis, source: str, token: str, most_bytes: int) -> None:
        self._client, self._source, self._token = client, source, token
        self._most_bytes = most_bytes
        self.pieces: Sequence[PackedPiece] = ()
        self.names: Sequence[str] = ()
        self._portions: Iterator[list[PackedPiece]] = iter(())
        self._next: list[PackedPiece] | None = None

    def accept(self, pieces: Sequence[PackedPiece]) -> None:
        """Begin with what a fold has handed over."""
        self.pieces, ahead = apart(pieces, self._most_bytes)
        self.names = [piece.name for piece in ahead]
        self._begin(_portions(ahead, self._most_bytes))

    def placed(self) -> None:
        """Note that all of it is in its place: what was there before is now to be freed."""
        names, self.pieces, self.names = self.names, (), ()
        self._begin([PackedPiece(name, None, b"")] for name in names)

    def __bool__(self) -> bool:
        """Whether anything is left to be written, or freed."""
        return self._next is not None

    def write(self) -> bool:
        """Write or free the next portion; return whether there was one."""
        if not self._next:
            return False
        coming.stage(self._client, self._source, self._token, self._next)
        self._next = next(self._portions, None)
        return True

    def _begin(self, portions: Iterator[list[PackedPiece]]) -> None:
        self._portions = portions
        self._next = next(portions, None)


def apart(
    pieces: Sequence[PackedPiece], most_bytes: int
) -> tuple[list[PackedPiece], list[PackedPiece]]:
    """Return what goes with a publish, and what of it goes ahead, for it would be too much.

    What is replaced as a whole later on is left out.

    >>> small, large = PackedPiece("1", None, b"45"), PackedPiece("0", None, b"123")
    >>> apart([large, small, PackedPiece("2", 8, b"6")], 4)[1]
    [PackedPiece(name='1', offset=None, data=b'45')]
    """
    newest: dict[str, list[PackedPiece]] = {}
    for piece in pieces:
        if piece.offset is None:
            newest[piece.name] = [piece]
        else:
            newest.setdefault(piece.name, []).append(piece)
    along: list[PackedPiece] = []
    ahead: list[PackedPiece] = []
    for piece in (one for named in newest.values() for one in named):
        if piece.offset is None and len(piece.data) > most_bytes:
            ahead.append(piece)
        else:
            along.append(piece)
            most_bytes = max(0, most_bytes - len(piece.data))
    return along, ahead


def _portions(pieces: Sequence[PackedPiece], most_bytes: int) -> Iterator[list[PackedPiece]]:
    """Yield parts of pieces, so many at once as one command may have."""
    portion, left = list[PackedPiece](), most_bytes
    for name, _, data in pieces:
        for start in range(0, len(data), most_bytes):
            part = PackedPiece(name, start, data[start : start + most_bytes])
            if portion and len(part.data) > left:
                yield portion
                portion, left = [], most_bytes
            portion.append(part)
            left -= len(part.data)
    if portion:
        yield portion
