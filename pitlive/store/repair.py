"""What `verify` names is taken out, and nothing else: its record, and what leads to it."""

from __future__ import annotations

from collections.abc import Iterable

from pitlive.store import broken, records, verify
from pitlive.store.broken import Mended
from pitlive.store.client import Redis
from pitlive.store.verify import LogProblem


def repair(client: Redis, problem: LogProblem, at_ms: int) -> bool:
    """Put right what is wrong with a record; False if it is not there any more.

    A damaged record is taken out and kept; entries that are missing are noted as missing. Their
    uids are free, so that the same can be reported again; where an earlier revision is left,
    it is that which counts. The source is then folded without them.

    Args:
        at_ms: What time it is [ms since 1970].
    """
    source, lost = problem.source, problem.what != "index"
    note = None
    if lost:
        kept = problem.fields if problem.what == "damaged" else None
        note = broken.note(problem.first, problem.last, problem.why, at_ms, kept)
    index = _index(client, problem)
    missing = problem.last if problem.what == "hole" else 0
    mended = Mended(problem.record, problem.what == "damaged", missing, note, index)
    return broken.mend(client, source, mended)


def _index(client: Redis, problem: LogProblem) -> dict[str, tuple[bytes, bytes]]:
    """What the index says of the uids concerned, and what it should."""
    known = _concerned(client, problem)
    left = _left(client, problem, known)
    return {uid: (was, left.get(uid, b"")) for uid, was in known.items() if was != left.get(uid)}


def _concerned(client: Redis, problem: LogProblem) -> dict[str, bytes]:
    """What the index says of the uids concerned: all, where it leads to what never was."""
    if problem.what != "index":
        return verify.uids_within(client, problem)
    if own := records.uids(problem.fields):
        return verify.looked_up(client, problem.source, own)
    return dict(verify.indexed(client, problem.source))


def _left(client: Redis, problem: LogProblem, uids: Iterable[str]) -> dict[str, bytes]:
    """What the log says of some uids, without the record that goes."""
    asked, found = set(uids), dict[str, tuple[int, str]]()
    for page in verify.pages(client, problem.source) if asked else ():
        for id, fields in page:
            if id.decode() == problem.record and problem.what == "damaged":
                continue
            if asked.isdisjoint(records.uids(fields)) or records.damage(id, fields):
                continue
            for entry in records.read(problem.source, id, fields):
                if entry.uid in asked and entry.revision > found.get(entry.uid, (-1, ""))[0]:
                    found[entry.uid] = entry.revision, entry.id
    return {uid: _said(*known) for uid, known in found.items()}


def _said(revision: int, id: str) -> bytes:
    """As `lua/append.lua` writes it."""
    return (f"{revision} {id}" if revision else id).encode()
