"""A stream that was made here, as a log that is read."""

from __future__ import annotations

from pitlive.errors import BadRecord
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive_durable_streams import stored
from pitlive_durable_streams.log import PAGE_BYTES, Page
from pitlive_durable_streams.offset import BEFORE, NOW, START, Offset
from pitlive_durable_streams.refusals import bad_offset, gone, not_found, other_past
from pitlive_durable_streams.stored import Answer, Stream


class OwnLog:
    """The stream at a path."""

    def __init__(self, client: Redis, path: str) -> None:
        self._client, self._path, self._name = client, path, stored.name_of(path)
        self.channel = key(self._name, "live")

    def look(self) -> Stream:
        """Return the stream, without using it.

        Raises:
            Refused: It is not there.
        """
        return there(self._path, stored.look(self._client, self._name, use=False))

    def read(self, after: str) -> Page:
        """Read what follows an offset.

        What it consists of is known before it is read: whatever is appended meanwhile is left
        for the next page.
        """
        stream = there(self._path, stored.look(self._client, self._name, use=True))
        begin = _begin(stream, after)
        try:
            records, end = stored.page(self._client, stream.segments, begin, PAGE_BYTES)
        except BadRecord:
            if self.look().tail.life != stream.tail.life:  # deleted while it was read
                raise other_past(after) from None
            raise
        is_tail = stream.ends_at(end)
        after = str(stream.tail if is_tail else end)
        return Page(stream.type, records, after, is_tail, is_tail and stream.is_closed)


def there(path: str, answer: Answer) -> Stream:
    """Return the stream of an answer.

    Raises:
        Refused: There is none.
    """
    if answer.said == "gone":
        raise gone(path)
    if answer.stream is None:
        raise not_found(path)
    return answer.stream


def _begin(stream: Stream, after: str) -> Offset:
    if after == START:
        return BEFORE
    if after == NOW:
        return stream.tail
    offset = Offset.parse(after)
    if offset is None:
        raise bad_offset(after)
    if stream.upto(offset) is None:
        raise other_past(after)
    return offset
