"""What tests of the application say to it."""

from __future__ import annotations

from typing import Any


def lap(number: int, car: str = "24", **more: Any) -> dict[str, Any]:
    """A lap as a feed reports it."""
    return {"type": "lap", "car": car, "lap": number, "at_ms": number * 16_000, **more}


def entries_of(source: str) -> str:
    """Where a source's entries are posted to and read from."""
    return f"/api/v1/sources/{source}/entries"


def aside_of(source: str) -> str:
    """Where what was set aside is read from."""
    return f"/api/v1/sources/{source}/set-aside"
