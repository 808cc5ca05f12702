"""A server with the examples beside it, asked over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from tests.examples.conftest import typed
from tests.stack import Stack


class Server:
    """A server with packages beside it, asked over HTTP."""

    def __init__(self, stack: Stack, target: Path) -> None:
        self.stack, self.target = stack, target
        self.folder = target.parent
        self._client = httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60)

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def type(self, title: str) -> list[str]:
        """Type what a section of docs/extending.md has typed; return what is printed."""
        return typed(title, self.folder, self.target, PITLIVE_URL=self.stack.url)

    def declare(self, source: str, declared: dict[str, Any]) -> httpx.Response:
        """Say what a source is."""
        return self._client.put(f"/sources/{source}", json=declared)

    def report(self, source: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Send entries; return the answer."""
        answer = self._client.post(f"/sources/{source}/entries", json=entries)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def get(self, path: str) -> Any:
        """Ask for JSON."""
        return self._client.get(path).raise_for_status().json()

    def rows(self, source: str, channel: str) -> dict[str, Any]:
        """The rows of a channel now."""
        found: dict[str, Any] = self.get(f"/sources/{source}/state")["channels"].get(channel, {})
        return found

    def summary(self, source: str) -> dict[str, Any]:
        """What the list of sources says of one."""
        listed = self.get("/sources")["sources"]
        return next(one for one in listed if one["source"] == source)
