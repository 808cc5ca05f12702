"""What is sent when: the notices of a row one after the other, of many rows side by side.

Pure. Lanes are told what time it is. A lane is a webhook and a row: its first notice is sent
until it is delivered or dead, so that no end of a run overtakes its beginning.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

from pitlive.store.notice import Attempts, Notice

PER_RECEIVER = 8
"""Notices on their way to one receiver at a time: one that is slow must not be drowned."""

IN_ALL = 64
"""Notices on their way at a time."""

IN_TROUBLE = IN_ALL // 2
"""Those of them to receivers whose last attempt failed, one to each: they may hang."""

REMEMBERED = 10_000
"""Receivers of which it is known that their last attempt failed; the oldest are forgotten."""

DeliveryLane = tuple[str, str, str]
"""Source, webhook, row key."""


@dataclass(slots=True)
class Waiting:
    """A notice that waits, or is on its way.

    Attributes:
        receiver: Whom it goes to, a URL. Whatever one answers, others do not wait for it,
            be they at the same host.
        due_ms: When it may be sent.
        until_ms: When it is given up.
        is_trial: It is on its way to a receiver in trouble.
        is_sent: It is on its way.
    """

    source: str
    notice: Notice
    attempts: Attempts
    receiver: str
    due_ms: int = 0
    until_ms: int = 2**53
    is_trial: bool = False
    is_sent: bool = False

    @property
    def lane(self) -> DeliveryLane:
        """Where it stands."""
        return self.source, self.notice.webhook, self.notice.key


@dataclass(slots=True)
class _Receiver:
    busy: int = 0
    paused_ms: int = 0
    ready: deque[Waiting] = field(default_factory=deque)


class Lanes:
    """All that waits, in the order of each lane."""

    def __init__(
        self,
        per_receiver: int = PER_RECEIVER,
        in_all: int = IN_ALL,
        in_trouble: int = IN_TROUBLE,
    ) -> None:
        self._per_receiver, self._in_all, self._in_trouble = per_receiver, in_all, in_trouble
        self._lanes: dict[DeliveryLane, deque[Waiting]] = {}
        self._due: list[tuple[int, int, Waiting]] = []
        self._pushed = count()  # what is due at the same time goes in the order in which it came
        self._receivers: dict[str, _Receiver] = {}
        self._failing: dict[str, None] = {}
        self._trials = 0
        self.busy: Counter[str] = Counter()
        """How many are on their way, by source."""

    def add(self, one: Waiting) -> None:
        """Put a notice behind the others of its lane."""
        lane = self._lanes.setdefault(one.lane, deque())
        lane.append(one)
        if len(lane) == 1:
            self._push(one)

    def start(self, now_ms: int) -> list[Waiting]:
        """Return what is to be sent now, in turn; each must be ended by `done` or `again`."""
        while self._due and self._due[0][0] <= now_ms:
            one = heapq.heappop(self._due)[-1]
            if self._is_first(one):
                self._receivers.setdefault(one.receiver, _Receiver()).ready.append(one)
        started: list[Waiting] = []
        turn = [*self._receivers]
        while turn and self.busy.total() < self._in_all:
            turn = [name for name in turn if self._start(name, now_ms, started)]
        return started

    def done(self, one: Waiting, *, failed: bool | None = False) -> None:
        """A notice waits no longer: the next of its lane may go.

        Args:
            failed: Whether its receiver did, None if it was not asked.
        """
        self._leave(one, failed)
        if not self._is_first(one):
            return
        lane = self._lanes[one.lane]
        lane.popleft()
        if lane:
            self._push(lane[0])
        else:
            del self._lanes[one.lane]

    def again(self, one: Waiting, attempts: Attempts, *, failed: bool | None = True) -> None:
        """A notice is to be sent again."""
        self._leave(one, failed)
        one.attempts, one.due_ms = attempts, attempts.next_ms
        if self._is_first(one):
            self._push(one)

    def pause(self, receiver: str, until_ms: int) -> None:
        """Send nothing to a receiver until then, for it has asked so."""
        known = self._receivers.setdefault(receiver, _Receiver())
        known.paused_ms = max(known.paused_ms, until_ms)

    def is_paused(self, receiver: str, now_ms: int) -> bool:
        """Tell whether a receiver has asked that nothing be sent now."""
        return (known := self._receivers.get(receiver)) is not None and known.paused_ms > now_ms

    def drop(self, source: str) -> None:
        """Forget what waits of a source; what is on its way still ends."""
        for lane in [lane for lane in self._lanes if lane[0] == source]:
            del self._lanes[lane]

    def redirect(self, source: str, to: Callable[[str], str]) -> None:
        """Have what waits of a source go where its webhooks say now; what is on its way stays.

        Args:
            to: Webhook → its receiver.
        """
        for lane, waiting in self._lanes.items():
            receiver = to(lane[1]) if lane[0] == source else ""
            for n, one in enumerate(waiting):
                if lane[0] == source and one.receiver != receiver and not one.is_sent:
                    waiting[n] = replace(one, receiver=receiver)
                    if not n:
                        self._push(waiting[0])  # where the old one waits it is first no longer

    def next_ms(self) -> int | None:
        """Return when something may be due [ms], None if nothing waits for a time."""
        paused = [known.paused_ms for known in self._receivers.values() if known.ready]
        return min([*paused, *(due for due, *_ in self._due[:1])], default=None)

    def _start(self, name: str, now_ms: int, started: list[Waiting]) -> bool:
        """Start one for a receiver, as far as its bounds allow; tell whether that was so."""
        known = self._receivers[name]
        while known.ready and self._has_room(name) and self._may_end(known, now_ms):
            one = known.ready.popleft()
            if self._is_first(one):
                self._receivers[name] = self._receivers.pop(name)  # another is first next time
                self._go(one, known)
                started.append(one)
                return True
        if not known.ready and not known.busy and known.paused_ms <= now_ms:
            del self._receivers[name]
        return False

    @staticmethod
    def _may_end(known: _Receiver, now_ms: int) -> bool:
        """Tell whether the next may be sent, or will be given up before it may."""
        return known.paused_ms <= now_ms or known.ready[0].until_ms <= known.paused_ms

    def _has_room(self, name: str) -> bool:
        busy = self._receivers[name].busy
        if self.busy.total() >= self._in_all:
            return False
        if name in self._failing:
            return not busy and self._trials < self._in_trouble
        return busy < self._per_receiver

    def _go(self, one: Waiting, known: _Receiver) -> None:
        one.is_trial = one.receiver in self._failing
        self._trials += one.is_trial
        one.is_sent = True
        known.busy += 1
        self.busy[one.source] += 1

    def _leave(self, one: Waiting, failed: bool | None) -> None:
        one.is_sent = False
        self._receivers[one.receiver].busy -= 1
        self.busy[one.source] -= 1
        self._trials -= one.is_trial
        if failed is None:
            return
        self._failing.pop(one.receiver, None)
        if failed:
            self._failing[one.receiver] = None
            if len(self._failing) > REMEMBERED:
                del self._failing[next(iter(self._failing))]

    def _push(self, one: Waiting) -> None:
        heapq.heappush(self._due, (one.due_ms, next(self._pushed), one))

    def _is_first(self, one: Waiting) -> bool:
        """Tell whether a notice still stands first in its lane: it may have been dropped."""
        lane = self._lanes.get(one.lane)
        return lane is not None and lane[0] is one
