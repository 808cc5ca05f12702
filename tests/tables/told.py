"""Tables for tests: declared, and entries of them as they would come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pitlive.messages import Entry, Rejection
from pitlive.tables.kind import TABLE as kind

SPEC: dict[str, Any] = {
    "kind": "table",
    "rows": 6,
    "columns": [
        {"name": "any", "start": {"type": "row_index", "k": 1}},
        {"name": "narrow", "min": -100, "max": 100},
        {"name": "price", "type": "number", "decimals": 2, "start": {"type": "random", "seed": 5}},
    ],
}


def declared(spec: Mapping[str, Any] = SPEC, **more: Any) -> Mapping[str, Any]:
    """The declaration with its defaults."""
    return kind.spec({**spec, **more})


def checked(reported: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> list[Entry]:
    """Entries that the door lets in, in the order of the log."""
    found = []
    for n, one in enumerate(reported):
        made = kind.entry({"uid": f"u{n}", **one}, spec, seen_ms=n + 1)
        assert isinstance(made, Entry), made
        found.append(Entry(**{f: getattr(made, f) for f in made.__slots__} | {"id": f"{n + 1}-0"}))
    return found


def refused(reported: Any, spec: Mapping[str, Any] | None = None) -> Rejection:
    """Why the door does not let an entry in."""
    made = kind.entry(reported, spec or declared(), seen_ms=1)
    assert isinstance(made, Rejection), made
    return made
