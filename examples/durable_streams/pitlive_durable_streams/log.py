"""What can be read as a stream: a log, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

PAGE_BYTES = 2**20
"""What is aimed at for a page: 5 ms of Redis, and what one reader costs a worker."""


class Page(NamedTuple):
    """Records that follow each other.

    Attributes:
        media: What they are, as the stream was made: `text/plain; charset=utf-8`.
        records: Of a JSON stream each holds one value or several with commas between.
        after: The offset after the last of them.
        is_tail: Whether there was nothing after them.
        is_closed: Whether there never will be.
    """

    media: str
    records: Sequence[bytes]
    after: str
    is_tail: bool
    is_closed: bool = False

    @property
    def is_json(self) -> bool:
        """Whether it is read as an array."""
        return media_type(self.media) == JSON

    @property
    def body(self) -> bytes:
        """The records as they are read.

        >>> Page("application/json", [b"1", b"2,3"], "…", True).body
        b'[1,2,3]'
        """
        return b"[" + b",".join(self.records) + b"]" if self.is_json else b"".join(self.records)


class Log(Protocol):
    """Something that is read as a stream.

    Attributes:
        channel: Where Redis announces that there is more.
    """

    channel: str

    def read(self, after: str) -> Page:
        """Read what follows an offset, `-1` or `now`: some `PAGE_BYTES`, and one record more.

        Raises:
            Refused: There is no such stream, or the offset is none of it.
        """
        ...


JSON = "application/json"


def media_type(text: str) -> str:
    """Return a content type without its parameters, as it is compared.

    >>> media_type("Text/Plain; charset=UTF-8")
    'text/plain'
    """
    return text.partition(";")[0].strip().lower()
