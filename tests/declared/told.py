"""What a declaration as text and some entries give."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from pitlive.kind import kind_of
from pitlive.messages import Entry, Json


def rows_of(told: str | Json, reported: Sequence[Json]) -> dict[str, Any]:
    """The rows of the last stat of a declaration."""
    spec = kind_of({"kind": "declared"}).spec(
        tomllib.loads(told) if isinstance(told, str) else told
    )
    made = [kind_of(spec).entry(one, spec, seen_ms=0) for one in reported]
    entries = [entry for entry in made if isinstance(entry, Entry)]
    assert len(entries) == len(reported)
    rows = kind_of(spec).fold(spec).outcome(entries).rows.get(spec["stats"][-1]["name"], {})
    return {key: row for key, row in rows.items() if row is not None}
