"""A kind of source that keeps what is reported, whatever it is, and makes nothing of it.

With it whatever PitLive's doors take in, with their checks, repeats and batches, can be followed
as a stream: `/v1/stream/sources/<source>/entries`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.errors import BadSpec
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Fold, Json, Rejection, Rows
from pitlive.reported import Misreported, is_text, showable, sound
from pitlive.reported.report import Report

CHANNEL, ROW = "log", "log"

DECLARED = ("kind", "name")

SPEC: Json = {
    "type": "object",
    "title": "LogSpec",
    "required": ["kind"],
    "properties": {"kind": {"const": "log"}, "name": {"type": "string", "maxLength": 200}},
    "additionalProperties": False,
}

ENTRY: Json = {
    "type": "object",
    "title": "LogEntry",
    "required": ["uid"],
    "properties": {"uid": {"type": "string"}, "type": {"type": "string", "default": "entry"}},
}


class LogState(Fold):
    """How many entries a log has, and how late it is in it."""

    def __init__(self) -> None:
        self._entries, self._newest_ms = 0, 0
        self._is_told = False

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Count entries; every one can be taken."""
        self._entries += len(batch)
        self._newest_ms = max(self._newest_ms, *(entry.at_ms for entry in batch), 0)
        self._is_told = self._is_told and not batch
        return []

    def rows(self) -> Rows:
        """Return the one row there is, if it may have changed."""
        if self._is_told:
            return {}
        self._is_told = True
        newest = {"newest_ms": self._newest_ms} if self._entries else {}
        return {CHANNEL: {ROW: {"entries": self._entries, **newest}}}

    @property
    def due_ms(self) -> int | None:
        """Nothing changes with time alone."""
        return None


class LogKind(Kind):
    """Sources that are logs and nothing else."""

    name = "log"
    clock = None

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration.

        >>> LOG.spec({"kind": "log", "colour": "red"})
        Traceback (most recent call last):
        pitlive.errors.BadSpec: colour: got 'red', want no such field; one of kind, name
        """
        for field in declared.keys() - set(DECLARED):
            got = showable(declared[field])
            raise BadSpec(f"{field}: got {got!r}, want no such field; one of {', '.join(DECLARED)}")
        if "name" in declared and not is_text(declared["name"]):
            raise BadSpec(f"name: got {showable(declared['name'])!r}, want a text")
        return {**declared, "kind": self.name}

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states; what it says besides is kept as it is.

        >>> LOG.entry({"uid": "a", "text": "ü"}, {}, seen_ms=5).data
        {'text': 'ü'}
        """
        data, type = report.fields(), report.given.get("type", "entry")
        if not sound(data):
            raise Misreported("entry", showable(data), "finite numbers and valid Unicode")
        if not is_text(type):
            raise Misreported("type", type, "a text")
        return report.entry(type, data)

    def fold(self, spec: Mapping[str, Json]) -> Fold:
        """Begin to count."""
        return LogState()

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        return Schemas("LogSpec", "LogEntry", {"LogSpec": SPEC, "LogEntry": ENTRY})


LOG = LogKind()
