"""A reader within a worker: its socket, whom it is written to with, and when it is due."""

from __future__ import annotations

from pitlive.hub.audience import Audience
from pitlive.hub.client import Client
from pitlive.hub.group import Group


class Connection(Client):
    """A client in its place.

    Attributes:
        group: Who reads the same channels.
        audience: Those of the group who are sent the very same bytes.
        beats: When its next heartbeat is due [monotonic s].
        ends: When its life is over [monotonic s].
    """

    __slots__ = ("audience", "beats", "ends", "group")

    def __init__(
        self, fd: int, group: Group, audience: Audience, beats: float, ends: float
    ) -> None:
        super().__init__(fd)
        self.group = group
        self.audience = audience
        self.beats = beats
        self.ends = ends
