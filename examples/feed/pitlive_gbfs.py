"""Stations of shared bicycles, as any system that publishes GBFS has them.

`pitlive feed https://… --from gbfs --source bikes --poll 30s` polls `station_status.json`
(General Bikeshare Feed Specification, versions 2 and 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json

DOCUMENTS = ("station_status.json",)
"""What is polled below the address."""

SPEC: dict[str, Json] = {
    "kind": "declared",
    "entries": {
        "station": {
            "uid": ["station"],
            "fields": {"station": "text", "bikes": "integer", "docks": "integer"},
        }
    },
    "stats": [
        {"name": "bikes", "kind": "mean", "of": "bikes"},
        {"name": "stations", "kind": "single_value", "of": "bikes", "by": ["station"]},
        {"name": "empty", "kind": "count", "where": "bikes == 0"},
    ],
}


class Feed:
    """One fact a station: what changes is a correction, what does not is no news."""

    spec = SPEC

    def __init__(self) -> None:
        self.facts = NewestFacts()

    def accept(self, name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield the stations that are not as they were."""
        if name == "station_status":
            for station in _stations(document):
                yield from self._report(station)

    def _report(self, station: dict[str, Any]) -> Iterator[dict[str, Json]]:
        match station:
            case {
                "station_id": str(id),
                "num_docks_available": int(docks),
                "last_reported": int() | str() as reported,
            }:
                bikes = station.get("num_bikes_available", station.get("num_vehicles_available"))
                own = {"type": "station", "station": id, "bikes": bikes, "docks": docks}
                if (ms := at_ms(reported)) is not None:
                    yield from self.facts.report(id, own | {"at_ms": ms})


def at_ms(reported: int | str) -> int | None:
    """Return a time of either version [ms], None if it is none.

    >>> at_ms(1700000050), at_ms("2023-11-14T23:14:10+01:00"), at_ms("today")
    (1700000050000, 1700000050000, None)
    """
    if isinstance(reported, int):  # version 2
        return 1000 * reported
    try:
        return round(1000 * datetime.fromisoformat(reported).timestamp())
    except (ValueError, OverflowError):
        return None


def _stations(document: Json) -> list[dict[str, Any]]:
    """The stations of a document; of any other there are none."""
    match document:
        case {"data": {"stations": list(stations)}}:
            return [station for station in stations if isinstance(station, dict)]
    return []
