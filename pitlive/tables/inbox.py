"""Messages: to one user, whom nobody else can read, and announcements to all."""

from __future__ import annotations

from pitlive.messages import PERSONAL, Entry, Json, Rows

ANNOUNCEMENTS = "announcements"
"""Channel: the newest messages to all."""

KEEP = 50
"""Messages kept of each channel, for those who come later."""

KEEP_USERS = 1000
"""Users whose messages are kept; beyond it, those of whoever was written to longest ago go."""


class Inbox:
    """The messages that are kept: channel → their numbers, in the order of the newest."""

    def __init__(self) -> None:
        self._kept: dict[str, list[int]] = {}
        self._count = 0

    def apply(self, entry: Entry, rows: Rows) -> None:
        """Deliver a message, and drop the oldest where there are too many."""
        to = entry.data.get("to")
        channel = ANNOUNCEMENTS if to is None else PERSONAL + to
        self._count += 1
        numbers = self._kept[channel] = [*self._kept.pop(channel, []), self._count]
        message: dict[str, Json] = {"text": entry.data["text"], "seen_ms": entry.seen_ms}
        if entry.origin:
            message["from"] = entry.origin
        changed = rows.setdefault(channel, {})
        changed[str(self._count)] = message
        if len(numbers) > KEEP:
            changed[str(numbers.pop(0))] = None
        self._drop_oldest(rows)

    def _drop_oldest(self, rows: Rows) -> None:
        if len(self._kept) - (ANNOUNCEMENTS in self._kept) > KEEP_USERS:
            oldest = next(channel for channel in self._kept if channel != ANNOUNCEMENTS)
            gone = {str(n): None for n in self._kept.pop(oldest)}
            rows.setdefault(oldest, {}).update(gone)
