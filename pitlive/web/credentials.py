"""Who a name and a password belong to; slow to try, quick to ask again.

A verified pair is remembered for some minutes as a keyed hash, so that a feed that sends
its password with every batch costs one argon2 and not a thousand. Failed attempts are
limited by name and in all: guessing is slow, and cannot eat the processor or the memory.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from pathlib import Path
from threading import BoundedSemaphore

from pitlive import operators
from pitlive.errors import PitLiveError
from pitlive.web.offload import offload

REMEMBER_S = 300.0
"""A password that was taken away works that much longer at most."""

MOST_REMEMBERED = 1000
"""Pairs; beyond it all are forgotten, which costs them one argon2 each."""

WITHIN_S = 60.0
"""The time within which failures are counted."""

MOST_FAILURES = 10
"""Failures of one name within `WITHIN_S`: more than a person's typing errors."""

MOST_FAILURES_OF_ALL = 100
"""The same for all names of this worker: some 5 s of one core a minute."""

AT_ONCE = 2
"""argon2 in parallel: each takes 64 MiB."""


class TooManyFailures(PitLiveError):
    """A name was tried with wrong passwords too often; wait."""


class Credentials:
    """The operators of a file, as this worker knows them."""

    def __init__(self, file: Path) -> None:
        self._file = file.expanduser()
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, float] = {}
        self._failures: dict[str, deque[float]] = {}
        self._turn = BoundedSemaphore(AT_ONCE)

    def verify(self, name: str, password: str) -> bool:
        """Tell whether the password is that operator's.

        Raises:
            TooManyFailures: There were too many wrong ones lately.
            BadFile: The file of operators is not one.
        """
        if self.remembers(name, password):
            return True
        self._limit(name)
        with self._turn:
            right = offload(operators.verify, operators.load(self._file), name, password)
        if right:
            self._remember(self._hashed(name, password))
        else:
            self._count(name)
        return right

    def remembers(self, name: str, password: str) -> bool:
        """Tell whether the password was found right some minutes ago at most; never waits."""
        return self._known.get(self._hashed(name, password), 0.0) > time.monotonic()

    def _hashed(self, name: str, password: str) -> bytes:
        text = f"{len(name)}:{name}{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, hashlib.sha256)

    def _remember(self, pair: bytes) -> None:
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[pair] = time.monotonic() + REMEMBER_S

    def _limit(self, name: str) -> None:
        """Forget old failures, and refuse if the others are too many."""
        since = time.monotonic() - WITHIN_S
        recent = {n: deque(t for t in times if t > since) for n, times in self._failures.items()}
        self._failures = {n: times for n, times in recent.items() if times}
        all_names = sum(map(len, self._failures.values()))
        own = len(self._failures.get(name, ()))
        if own >= MOST_FAILURES or all_names >= MOST_FAILURES_OF_ALL:
            raise TooManyFailures(f"login: too many wrong passwords, wait {WITHIN_S:.0f} s")

    def _count(self, name: str) -> None:
        self._failures.setdefault(name, deque()).append(time.monotonic())
