"""Milestones as the Arithmospora programme tells them, of an event that says what was reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from pitlive.datapoints.points import path
from pitlive.messages import Json


def milestones(event: bytes, declared: Mapping[str, Json] | None) -> Iterator[dict[str, Json]]:
    """Yield what is told of each that is reached in this event.

    What held before any entry was never reached: its row has come on no times.

    Args:
        event: The message of the event.
        declared: The rule whose channel it is; None if its rows say all themselves.
    """
    for key, row in orjson.loads(event)["data"].items():
        if declared is not None and row and row.get("is_on") and row.get("times"):
            yield {
                "name": declared["name"],
                "dataPointNames": path(key),
                "field": declared["figure"],
                "target": declared["target"],
                "comparator": declared["comparator"],
                "message": declared.get("message", ""),
                "achievedWhen": _moment(row.get("began_ms", 0)),
            }
        elif declared is None and row and row.get("announced"):
            payload: dict[str, Any] = {"name": row["name"], "dataPointNames": row["points"]}
            payload |= {name: row[name] for name in ("field", "target", "comparator", "message")}
            yield payload | {"achievedWhen": _moment(row["at_ms"])}


def _moment(at_ms: int) -> str:
    """Write a time as the programme does.

    >>> _moment(1_488_542_400_500)
    '2017-03-03T12:00:00.500Z'
    """
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
