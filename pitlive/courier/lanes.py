"""What is sent when: the notices of a row one after the other, of many rows side by side.

Pure. Lanes are told what time it is. A lane is a webhook and a row: its first notice is sent
until it is delivered or dead, so that no end of a run overtakes its beginning.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count

from pitlive.store.outbox import Attempts, Notice

PER_HOST = 8
"""Notices on their way to one host at a time: a receiver that is slow must not be drowned."""

IN_ALL = 64
"""Notices on their way at a time: hosts that hang must not use up all sockets."""

Lane = tuple[str, str, str]
"""Source, webhook, row key."""


@dataclass(slots=True)
class Waiting:
    """A notice that waits, or is on its way.

    Attributes:
        host: Whom it goes to; hosts have their bounds.
        due_ms: When it may be sent.
    """

    source: str
    notice: Notice
    attempts: Attempts
    host: str
    due_ms: int = 0

    @property
    def lane(self) -> Lane:
        """Where it stands."""
        return self.source, self.notice.webhook, self.notice.key


@dataclass(slots=True)
class _Host:
    busy: int = 0
    paused_ms: int = 0
    ready: deque[Waiting] = field(default_factory=deque)


class Lanes:
    """All that waits, in the order of each lane."""

    def __init__(self, per_host: int = PER_HOST, in_all: int = IN_ALL) -> None:
        self._per_host, self._in_all = per_host, in_all
        self._lanes: dict[Lane, deque[Waiting]] = {}
        self._due: list[tuple[int, int, Waiting]] = []
        self._pushed = count()  # what is due at the same time goes in the order in which it came
        self._hosts: dict[str, _Host] = {}
        self.busy: Counter[str] = Counter()
        """How many are on their way, by source."""

    def add(self, one: Waiting) -> None:
        """Put a notice behind the others of its lane."""
        lane = self._lanes.setdefault(one.lane, deque())
        lane.append(one)
        if len(lane) == 1:
            self._push(one)

    def start(self, now_ms: int) -> list[Waiting]:
        """Return what is to be sent now; each must be ended by `done` or `again`."""
        while self._due and self._due[0][0] <= now_ms:
            one = heapq.heappop(self._due)[-1]
            if self._is_first(one):
                self._hosts.setdefault(one.host, _Host()).ready.append(one)
        started: list[Waiting] = []
        for host in [*self._hosts]:
            self._start(host, now_ms, started)
        return started

    def done(self, one: Waiting) -> None:
        """A notice waits no longer: the next of its lane may go."""
        self._leave(one)
        if not self._is_first(one):
            return
        lane = self._lanes[one.lane]
        lane.popleft()
        if lane:
            self._push(lane[0])
        else:
            del self._lanes[one.lane]

    def again(self, one: Waiting, attempts: Attempts) -> None:
        """A notice is to be sent again."""
        self._leave(one)
        one.attempts, one.due_ms = attempts, attempts.next_ms
        if self._is_first(one):
            self._push(one)

    def pause(self, host: str, until_ms: int) -> None:
        """Send nothing to a host until then, for it has asked so."""
        known = self._hosts.setdefault(host, _Host())
        known.paused_ms = max(known.paused_ms, until_ms)

    def drop(self, source: str) -> None:
        """Forget what waits of a source; what is on its way still ends."""
        for lane in [lane for lane in self._lanes if lane[0] == source]:
            del self._lanes[lane]

    def next_ms(self) -> int | None:
        """Return when something may be due [ms], None if nothing waits for a time."""
        paused = [host.paused_ms for host in self._hosts.values() if host.ready]
        return min([*paused, *(due for due, *_ in self._due[:1])], default=None)

    def _start(self, name: str, now_ms: int, started: list[Waiting]) -> None:
        host = self._hosts[name]
        while host.ready and host.paused_ms <= now_ms:
            if host.busy >= self._per_host or self.busy.total() >= self._in_all:
                return
            one = host.ready.popleft()
            if self._is_first(one):
                host.busy += 1
                self.busy[one.source] += 1
                started.append(one)
        if not host.ready and not host.busy and host.paused_ms <= now_ms:
            del self._hosts[name]

    def _leave(self, one: Waiting) -> None:
        self._hosts[one.host].busy -= 1
        self.busy[one.source] -= 1

    def _push(self, one: Waiting) -> None:
        heapq.heappush(self._due, (one.due_ms, next(self._pushed), one))

    def _is_first(self, one: Waiting) -> bool:
        """Tell whether a notice still stands first in its lane: it may have been dropped."""
        lane = self._lanes.get(one.lane)
        return lane is not None and lane[0] is one
