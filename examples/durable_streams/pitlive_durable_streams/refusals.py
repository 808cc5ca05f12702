"""What is answered to a request that cannot be done, with the headers of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException


class Refused(HTTPException):
    """A request that is not done; PitLive answers it with problem details.

    Args:
        code: The HTTP status.
        detail: Where, what was there, what would do.
        headers: Besides those of every answer.
    """

    def __init__(self, code: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self._headers = dict(headers or {})

    def get_headers(self, *args: Any, **options: Any) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        return [*super().get_headers(*args, **options), *self._headers.items()]


def bad_offset(text: str) -> Refused:
    """Say that an offset is none that was ever given out here."""
    return Refused(400, f"offset: got {text[:80]!r}, want -1, now, or one that was answered")


def other_past(text: str) -> Refused:
    """Say that an offset is of another stream than is there now."""
    return Refused(
        410, f"offset: got {text[:80]!r}, which is of another past of this stream, want -1 to begin"
    )


def not_found(path: str) -> Refused:
    """Say that there is no such stream."""
    return Refused(404, f"stream: got {path[:200]!r}, which is not there, want PUT to make it")


def gone(path: str) -> Refused:
    """Say that a stream was deleted, or has expired, while forks read it."""
    return Refused(410, f"stream: got {path[:200]!r}, which is deleted and kept for its forks")
