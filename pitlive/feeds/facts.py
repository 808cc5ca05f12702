"""What a feed has reported of each fact: only news is reported, a correction as a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.messages import Json

LOG = frozenset({"id", "seen_ms", "uid", "revision"})
"""Fields that the log adds to an entry."""


class NewestFacts:
    """The newest body of every fact, and its revision.

    >>> facts = NewestFacts()
    >>> list(facts.report("lap/24/1", {"type": "lap", "car": "24", "lap": 1, "at_ms": 900}))
    [{'uid': 'lap/24/1', 'revision': 0, 'type': 'lap', 'car': '24', 'lap': 1, 'at_ms': 900}]
    >>> list(facts.report("lap/24/1", {"type": "lap", "car": "24", "lap": 1, "at_ms": 900}))
    []
    >>> [e["revision"] for e in facts.report("lap/24/1", {"type": "lap", "car": "24", "lap": 2})]
    [1]
    """

    def __init__(self) -> None:
        self._reported: dict[str, tuple[int, Mapping[str, Json]]] = {}
        self._newest: dict[str, Mapping[str, Json]] = {}

    def __len__(self) -> int:
        """How many facts there are."""
        return len(self._reported)

    def learn(self, entry: Mapping[str, Json]) -> None:
        """Note an entry of the log as reported."""
        body = {k: v for k, v in entry.items() if k not in LOG}
        known = self._reported.get(entry["uid"])
        if known is None or known[0] <= entry["revision"]:
            self._note(entry["uid"], entry["revision"], body)

    def report(self, uid: str, body: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """Yield the entry if it is news; fields that are None, which is unknown, are left out."""
        body = {k: v for k, v in body.items() if v is not None}
        known = self._reported.get(uid)
        if known is not None and known[1] == body:
            return
        revision = 0 if known is None else known[0] + 1
        self._note(uid, revision, body)
        yield {"uid": uid, "revision": revision, **body}

    def body(self, uid: str) -> Mapping[str, Json]:
        """Return what was reported of a fact last, empty if nothing."""
        return self._reported[uid][1] if uid in self._reported else {}

    def newest(self, type: str) -> Mapping[str, Json]:
        """Return what was reported of the newest fact of a type, empty if there is none."""
        return self._newest.get(type, {})

    def _note(self, uid: str, revision: int, body: Mapping[str, Json]) -> None:
        self._reported[uid] = revision, body
        if body.get("at_ms", 0) >= self.newest(body["type"]).get("at_ms", 0):
            self._newest[body["type"]] = body
