"""What the example packages do by themselves, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pitlive.messages import Rejection
from tests.examples.conftest import EXAMPLES

MADE_UP = {
    "last_updated": "2023-11-14T22:14:20Z",
    "version": "3.0",
    "data": {
        "stations": [
            {
                "station_id": "quay",
                "num_vehicles_available": 3,
                "num_docks_available": 9,
                "last_reported": "2023-11-14T23:14:10+01:00",
            },
            {
                "station_id": "odd",
                "num_vehicles_available": 1,
                "num_docks_available": 1,
                "last_reported": "yesterday",
            },
        ]
    },
}
"""A document as version 3 of GBFS has it; no system has published it."""


def test_the_feed_reads_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times in seconds and as texts; a station without one is left out."""
    monkeypatch.syspath_prepend(EXAMPLES / "feed")
    import pitlive_gbfs

    second = json.loads((EXAMPLES / "feed" / "recording" / "station_status.json").read_text())
    quay = {"station": "quay", "bikes": 3, "docks": 9, "at_ms": 1_700_000_050_000}

    def told(document: Any) -> list[dict[str, Any]]:
        facts = pitlive_gbfs.Feed().accept("station_status", document)
        return [{name: fact[name] for name in quay} for fact in facts]

    assert told(second)[0] == quay
    assert told(MADE_UP) == [quay]


def test_a_service_whose_name_leaves_no_room_for_its_uid_is_refused_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the field that was sent; the longest name that is taken makes a uid that is."""
    monkeypatch.syspath_prepend(EXAMPLES / "kind")
    from pitlive_heartbeat.kind import HEARTBEAT

    taken = HEARTBEAT.entry({"service": "s" * 150, "at_ms": 4_000_000_000_000}, {}, seen_ms=7)
    assert not isinstance(taken, Rejection)
    refused = HEARTBEAT.entry({"service": "s" * 151}, {}, seen_ms=7)
    assert isinstance(refused, Rejection)
    assert refused.field == "service"
