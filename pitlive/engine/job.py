"""One source in the engine's hands: its follower, and what becomes of it when that ends.

A follower that fails begins again from the log, after a wait that grows each time: it costs
the others nothing, and whatever ails it is said where people look.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator

import structlog

from pitlive.engine import metrics
from pitlive.engine.folding import LONGEST_REASON
from pitlive.engine.follower import Follower
from pitlive.engine.sifted import Doubt, FoldFailed
from pitlive.errors import LeaseLost, PitLiveError, StoreUnavailable
from pitlive.plugins import described
from pitlive.store.engines import Failing

log = structlog.get_logger()

FIRST_S, LONGEST_WAIT_S = 0.5, 60.0
"""Wait before a follower that failed begins again; it doubles each time."""

MOST_DOUBLED = 10
"""Times it doubles at most, which is more than it takes to the longest."""

LOOKS_IN_A_ROW = 10
"""Times in a row that a log is folded again without a pause, to find where the fold fails."""

LOOKING = "looking for the entries at which its fold fails"
"""What is said of a source meanwhile."""

MOST_DOUBTS = 20
"""Of where folds failed so many are kept: one entry is found by five at most."""

MOST_IN_VAIN = 100
"""Times in a row that a log is folded again and nothing found: then it is not an entry."""

REFUSED_S = 0.5
"""The same while Redis refuses, which is no fault of the source."""

AWAY_S = 2.0
"""The same while it does not answer at all: one of us looks for it, and then wakes the others."""

SLOW_S = 0.03
"""A source whose goes take longer has its turns among the slow ones."""


class Job:
    """One source that this engine has the lease of.

    Attributes:
        due: When it is to go on though nothing is heard of it [monotonic s].
        news: Since when something waits for it [monotonic s], None if nothing does.
        heard: When it last had news [monotonic s].
        worked_off: When it last had a turn for deferred work [monotonic s].
        is_running: Whether somebody works on it now.
        was_rung: Whether there was news meanwhile.
        is_stale: Whether its follower is to begin again, as soon as nobody works on it.
        waits_for_redis: Whether its follower ended because Redis did not do what it was asked.
        leave_by: When it is given back [monotonic s], though not all it knows is published.
    """

    def __init__(self, source: str, begin: Callable[[], Follower]) -> None:
        self.source = source
        self.due = 0.0
        self.news: float | None = None
        self.heard = self.worked_off = 0.0
        self.is_running = self.was_rung = self.is_stale = self.waits_for_redis = False
        self.leave_by = math.inf
        self._begin = begin
        self._follower: Follower | None = None
        self._life: Iterator[float] | None = None
        self._took_s = 0.0
        self._failures = self._looks = 0
        self._in_vain = 0
        self._reason = self._failed_by = ""
        self._begun = self._begun_within_s = 0.0
        self._doubts: list[Doubt] = []

    @property
    def is_beginning(self) -> bool:
        """Whether it folds what is folded in already, as at its start."""
        follower = self._follower  # another thread may forget it meanwhile
        return follower is None or follower.is_catching_up

    @property
    def is_slow(self) -> bool:
        """Whether a go of it may take long: then it has its turn among its like."""
        return self.is_beginning or self._took_s > SLOW_S

    @property
    def has_deferred(self) -> bool:
        """Whether work of it is left that is deferred."""
        follower = self._follower
        return follower is not None and follower.has_deferred

    @property
    def has_begun(self) -> bool:
        """Whether anything was worked out that another engine would have to do again."""
        return self._follower is not None

    @property
    def has_published_all(self) -> bool:
        """Whether all that was folded in is published, and no entry is known to wait."""
        follower = self._follower
        return follower is None or follower.has_published_all

    @property
    def may_leave(self) -> bool:
        """Whether it is to be given back, and nothing is lost by it."""
        if time.monotonic() >= self.leave_by:
            return True
        return self.has_published_all and self.leave_by < math.inf

    @property
    def is_failing(self) -> bool:
        """Whether it waits to begin again."""
        return bool(self._reason)

    def lacks(self, newest: str, version: int) -> bool:
        """Tell whether it has not heard of something, by what Redis says of its source."""
        follower = self._follower
        return follower is not None and follower.lacks(newest, version)

    def failing(self, wall_s: float) -> Failing:
        """Return why it waits to begin again."""
        due = self.due
        wait_s = 0.0 if due == math.inf else max(0.0, due - time.monotonic())  # or it has its turn
        times = self._looks if self._reason.startswith(LOOKING) else self._failures
        return Failing(self._reason, times, math.ceil(1000 * (wall_s + wait_s)))

    def go_on(self, *, works_off: bool) -> float:
        """Work on it for a moment; return in how long it is to go on [s].

        Args:
            works_off: Whether it may do deferred work, for nothing else is due.

        Raises:
            LeaseLost: It is ours no longer.
        """
        began = time.monotonic()
        try:
            wait_s = self._next(works_off) / 1000
        except LeaseLost:
            raise
        except StoreUnavailable as error:
            log.warning("redis is away", source=self.source, error=str(error))
            self.waits_for_redis = True
            return self._fail("", REFUSED_S if error.code else AWAY_S)
        except PitLiveError as error:
            wait_s = self._wait_s()
            log.warning("follower waits", source=self.source, why=str(error), again_in_s=wait_s)
            return self._fail(str(error)[:LONGEST_REASON], wait_s)
        except BaseException as error:
            if isinstance(error, FoldFailed) and self._is_news(error.doubt):
                return self._look_closer(str(error))
            wait_s = self._wait_s()
            why = str(error) if isinstance(error, FoldFailed) else described(error)
            why = why[:LONGEST_REASON]
            known = why == self._failed_by  # then the log has its traceback already
            self._failed_by = why
            fields = {"source": self.source, "why": why, "again_in_s": round(wait_s, 1)}
            log.warning("follower failed", **fields, exc_info=not known)
            return self._fail(why, wait_s)
        if not works_off:
            self._took_s = time.monotonic() - began
        return wait_s

    def begin_again(self) -> None:
        """Forget the follower: the next one begins from the log."""
        if self._follower is not None:
            metrics.BROKEN.inc()
        self._follower = self._life = None

    def try_now(self) -> None:
        """What it failed by may be mended: do not wait."""
        self._reason = ""

    def _next(self, works_off: bool) -> float:
        if self._follower is None or self._life is None:
            self._reason, self.waits_for_redis = "", False
            self._begun, self._begun_within_s = time.monotonic(), 0.0
            self._follower = self._begin()
            self._follower.doubts = self._doubts
            self._life = self._follower.life()
        self._follower.may_work_off = works_off
        wait_ms = next(self._life)
        if not self._begun_within_s and not self._follower.is_catching_up:
            self._begun_within_s = time.monotonic() - self._begun
        return wait_ms

    def _is_news(self, doubt: Doubt) -> bool:
        """Tell whether more is known of where the fold fails than before.

        If so the next follower looks closer. One entry is tried once more, for what failed may
        have been the machine; where it fails again the follower has left it out.
        """
        if not doubt.size:
            return False
        if doubt in self._doubts:
            self._in_vain = 0
            return doubt.size == 1
        self._in_vain += 1
        self._doubts = [*self._doubts, doubt][-MOST_DOUBTS:]
        return self._in_vain <= MOST_IN_VAIN

    def _look_closer(self, why: str) -> float:
        """Have the log folded again; after some times in a row others get as much time as it.

        The wait does not double as that of what fails again and again: each look gets on.
        """
        lived_s = time.monotonic() - self._begun
        took_s = self._begun_within_s or lived_s  # what it then followed well is no looking
        self._looks = 1 if lived_s > 2 * took_s + LONGEST_WAIT_S else self._looks + 1
        if self._looks <= LOOKS_IN_A_ROW:
            return self._fail("", 0.0)
        wait_s = min(LONGEST_WAIT_S, max(FIRST_S, took_s))
        return self._fail(f"{LOOKING}: {why}"[:LONGEST_REASON], wait_s)

    def _fail(self, reason: str, wait_s: float) -> float:
        if self._follower is None:  # not even a beginning
            metrics.BROKEN.inc()
        self.begin_again()
        self._reason = reason
        return wait_s

    def _wait_s(self) -> float:
        """Double the wait, unless the follower lived for long: by chance not all at once."""
        longest_s = min(LONGEST_WAIT_S, FIRST_S * 2.0 ** min(self._failures, MOST_DOUBLED))
        if time.monotonic() - self._begun > 2 * longest_s:
            self._failures, longest_s = 0, FIRST_S
        self._failures += 1
        return longest_s * random.uniform(0.8, 1)
