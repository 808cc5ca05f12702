"""What readers have: the published rows of a source, and the patch to newer ones.

Pure. The engine keeps one per source, so that a fold may simply name the rows that may
have changed; what really changed, and how to say it shortest, is found here once for
every kind of source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from pitlive.messages import Json, Row
from pitlive.patch import SAME, difference
from pitlive.store.publish import ChannelChange

ChannelRows = Mapping[str, Mapping[str, Row | None]]
"""channel → row key → row, or None where it is gone."""

PART = 10_000
"""Rows that are looked at in one go: some 10 ms."""


class Mirror:
    """The published rows of one source.

    >>> mirror = Mirror()
    >>> mirror.record({"standings": {"24": {"place": 1}}})
    >>> [c.message for c in mirror.changes({"standings": {"24": {"place": 2}}}, at_ms=7)]
    [b'{"channel":"standings","at_ms":7,"data":{"24":{"place":2}}}']
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}

    @property
    def rows(self) -> ChannelRows:
        """All published rows."""
        return self._rows

    def record(self, rows: ChannelRows) -> None:
        """Note rows as published."""
        for channel, changed in rows.items():
            known = self._rows.setdefault(channel, {})
            for name, row in changed.items():
                if row is None:
                    known.pop(name, None)
                else:
                    known[name] = row

    def changes(self, rows: ChannelRows, at_ms: int) -> list[ChannelChange]:
        """Return what readers must be told to get from the published rows to these."""
        found = (self._change(channel, new, at_ms) for channel, new in rows.items())
        return [change for change in found if change]

    def missing_from(self, rows: ChannelRows) -> dict[str, dict[str, None]]:
        """Return the published rows that are not among these, as gone."""
        gone = {c: known.keys() - rows.get(c, {}).keys() for c, known in self._rows.items()}
        return {channel: dict.fromkeys(names) for channel, names in gone.items() if names}

    def _change(
        self, channel: str, new: Mapping[str, Row | None], at_ms: int
    ) -> ChannelChange | None:
        known = self._rows.get(channel, {})
        patch = {name: self._patch(known, name, row) for name, row in new.items()}
        patch = {name: part for name, part in patch.items() if part is not SAME}
        if not patch:
            return None
        try:
            message = _json({"channel": channel, "at_ms": at_ms, "data": patch})
            stored = {name: None if new[name] is None else _json(new[name]) for name in patch}
        except TypeError as error:
            raise TypeError(f"channel {channel}: got a row that is no JSON, {error}") from error
        return ChannelChange(channel, message, stored)

    @staticmethod
    def _patch(known: Mapping[str, Row], name: str, row: Row | None) -> Json:
        if name in known:
            return difference(known[name], row)
        return SAME if row is None else row


def in_parts(rows: ChannelRows) -> Iterator[ChannelRows]:
    """Yield rows some at a time, so that others have their turn between.

    >>> list(in_parts({"laps": {"1": 5}, "race": {"lap": 2}}))
    [{'laps': {'1': 5}}, {'race': {'lap': 2}}]
    """
    for channel, keyed in rows.items():
        items = iter(keyed.items())
        while some := dict(islice(items, PART)):
            yield {channel: some}


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
