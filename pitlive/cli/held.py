"""What a reader holds of a source: snapshots and patches → the state of its channels."""

from __future__ import annotations

from pitlive.cli.following import Message
from pitlive.messages import Json


class Held:
    """The state of the channels of one source, as its events tell it."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Json]] = {}

    def take(self, message: Message) -> bool:
        """Take an event in; tell whether it changed what is held."""
        if message.event == "snapshot":
            self.channels = message.data["channels"]
        elif message.event == "message":
            channel = message.data["channel"]
            self.channels[channel] = merged(self.channels.get(channel), message.data["data"])
        else:
            return False
        return True


def merged(old: Json, patch: Json) -> Json:
    """Return `old` after a JSON Merge Patch (RFC 7396).

    >>> merged({"24": {"place": 2, "in_pit": True}}, {"24": {"place": 1, "in_pit": None}})
    {'24': {'place': 1}}
    """
    if not isinstance(patch, dict):
        return patch
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new
