"""Offsets: places in a stream, which sort as text and name the stream that they are of."""

from __future__ import annotations

import re
from typing import NamedTuple

START, NOW = "-1", "now"
"""How a reader names the place before the first record, and that after the newest."""

_WRITTEN = re.compile(r"([0-9]{16})_([0-9]{16})")


class Offset(NamedTuple):
    """A place after a record of a stream.

    The same as the id of that record in Redis, and as those, ordered. A stream that is deleted
    and made again has another life; a fork has one after that of what it was made from, and
    inherits the offsets of that.

    Attributes:
        life: When the stream was made [us since 1970].
        number: How many records it has up to there, without those inherited.

    >>> str(Offset(1763822400000000, 7)), Offset(9, 0) < Offset(10, 0)
    ('1763822400000000_0000000000000007', True)
    """

    life: int
    number: int

    def __str__(self) -> str:
        return f"{self.life:016}_{self.number:016}"

    @property
    def id(self) -> str:
        """The id of the record in Redis."""
        return f"{self.life}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Offset | None:
        """Read one back from its text; None if it is not one.

        >>> Offset.parse("1763822400000000_0000000000000007"), Offset.parse("7")
        (Offset(life=1763822400000000, number=7), None)
        """
        match = _WRITTEN.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else None

    @classmethod
    def of_id(cls, id: bytes) -> Offset:
        """Return the place after the record of an id.

        >>> Offset.of_id(b"1763822400000000-7").number
        7
        """
        life, _, number = id.partition(b"-")
        return cls(int(life), int(number))


BEFORE = Offset(0, 0)
"""Before the first record of any stream."""
