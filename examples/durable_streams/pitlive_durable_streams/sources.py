"""What sources report and publish, as streams of JSON that are read alone."""

from __future__ import annotations

import re

import orjson

from pitlive.errors import UnknownSource
from pitlive.kind import kind_of
from pitlive.messages import Cursor, is_personal
from pitlive.store import announcements, channel, entries, events, sources
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive_durable_streams.log import JSON, Log, Page
from pitlive_durable_streams.offset import NOW, START
from pitlive_durable_streams.refusals import bad_offset, other_past

AT_ONCE = 1000
"""Entries or events of a page."""

AT_FIRST = 100
"""Events of a page from the beginning, which the log does not bound by their bytes."""

_ENTRY = re.compile(r"([0-9]{16})_([0-9]{16})_([A-Za-z0-9]{1,16})")
_EVENT = re.compile(r"([0-9]{16})_([A-Za-z0-9]{1,16})_([A-Za-z0-9]{0,16})")


def of_source(client: Redis, source: str, what: str) -> Log:
    """Return the log of `entries` or of `events` of a source."""
    return EntryLog(client, source) if what == "entries" else EventLog(client, source)


class EntryLog:
    """The entries of a source, as everybody may read them.

    An offset is the id of an entry and the epoch of the source: one that is deleted and declared
    again has another.
    """

    def __init__(self, client: Redis, source: str) -> None:
        self._client, self._source = client, source
        self.channel = key(source, "bell")

    def read(self, after: str) -> Page:
        """Read the entries that follow an offset.

        Raises:
            UnknownSource: It has not been declared.
        """
        meta = sources.meta(self._client, self._source)
        newest, epoch = entries.newest(self._client, self._source), meta.cursor.epoch
        begin = newest if after == NOW else _entry_id(after, epoch)
        found = entries.read(self._client, self._source, begin, AT_ONCE, newest)
        if after not in (START, NOW) and entries.place(begin) > entries.place(newest):
            raise other_past(after)
        kind, last = kind_of(meta.spec), found.last or begin
        records = [orjson.dumps(kind.logged(entry)) for entry in found]
        return Page(JSON, records, _entry_offset(last, epoch), last == newest)


class EventLog:
    """What a source has published, but for what is for one user alone.

    An offset is a cursor, its number first. Of what is older than the server keeps, the
    beginning is not there.
    """

    def __init__(self, client: Redis, source: str) -> None:
        self._client, self._source = client, source
        self.channel = announcements.live(source)

    def read(self, after: str) -> Page:
        """Read the events that follow an offset.

        Raises:
            UnknownSource: It has not been declared.
        """
        top = channel.top(self._client, self._source)
        if top is None:
            raise UnknownSource(f"source: got {self._source[:80]!r}, want one that is declared")
        if after == NOW:
            return Page(JSON, [], _event_offset(top), True)
        if after == START:
            found, begin = (
                events.events(self._client, self._source, 0, AT_FIRST),
                Cursor(top.epoch, 0),
            )
        else:
            begin = _cursor(after)
            verdict = events.resume(self._client, self._source, begin, AT_ONCE)
            if verdict.reason != "ok":
                raise other_past(after)
            found, top = verdict.events, verdict.top
        end = begin.at(found[-1]) if found else top
        records = [one.message for one in found if not is_personal(one.channel)]
        return Page(JSON, records, _event_offset(end), end.seq >= top.seq)


def _entry_id(after: str, epoch: str) -> str:
    if after == START:
        return entries.START
    if not (match := _ENTRY.fullmatch(after)):
        raise bad_offset(after)
    if match[3] != epoch:
        raise other_past(after)
    return f"{int(match[1])}-{int(match[2])}"


def _entry_offset(id: str, epoch: str) -> str:
    ms, number = entries.place(id)
    return f"{ms:016}_{number:016}_{epoch}"


def _cursor(after: str) -> Cursor:
    if not (match := _EVENT.fullmatch(after)):
        raise bad_offset(after)
    return Cursor(match[2], int(match[1]), match[3])


def _event_offset(cursor: Cursor) -> str:
    return f"{cursor.seq:016}_{cursor.epoch}_{cursor.link}"
