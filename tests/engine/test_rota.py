"""Whose turn it is: short goes never wait for long ones, and each is woken when it is due."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, pairwise, repeat
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.engine import job as of_job
from pitlive.engine import rota as of_rota
from pitlive.engine.health import waiting
from pitlive.engine.job import LONGEST_WAIT_S, SLOW_S, Job
from pitlive.engine.rota import LONGEST_NAP_S, Rota
from pitlive.engine.share import share
from pitlive.engine.turns import SLOW
from pitlive.errors import StoreUnavailable
from tests.stack import wait_for


class Follower:
    """Lives as it is told; what a rota asks of a follower."""

    has_published_all = True
    is_catching_up = False
    has_deferred = False
    may_work_off = False

    def __init__(self, life: Callable[[], Iterator[float]]) -> None:
        self.life = life


def job(name: str, life: Callable[[], Iterator[float]]) -> Job:
    """A job of such a life."""
    return Job(name, lambda: Follower(life))  # type: ignore[arg-type,return-value]


@pytest.fixture
def took(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Say how long a go has taken: by a clock of each thread; a busy machine makes any long."""
    passed = threading.local()

    def monotonic() -> float:
        return float(getattr(passed, "s", 0.0))

    def took(seconds: float) -> None:
        passed.s = monotonic() + seconds

    monkeypatch.setattr(of_job, "time", SimpleNamespace(monotonic=monotonic))
    return took


def test_short_goes_do_not_wait_for_long_ones(took: Callable[[float], None]) -> None:
    """However many sources have long logs to fold, a small one is looked after at once."""
    rota, order, small = Rota(lambda _: None), list[int](), 0
    goes_on, under_way = threading.Event(), set[int]()
    goes_on.set()

    def big(n: int) -> Iterator[float]:
        while True:
            order.append(n)
            took(2 * SLOW_S)
            time.sleep(SLOW_S)
            under_way.add(n)
            goes_on.wait()
            under_way.discard(n)
            yield 0

    def quick() -> Iterator[float]:
        nonlocal small
        while True:
            small += 1
            yield math.inf

    for n in range(20):
        rota.add(job(f"big{n}", lambda n=n: big(n)), has_news=True)  # type: ignore[misc]
    rota.add(job("small", quick), has_news=True)
    rota.start()
    try:
        wait_for(lambda: small == 1, "a first turn")
        goes_on.clear()
        wait_for(lambda: len(under_way) == SLOW, "long goes, of twenty that all want theirs")
        for turn in range(2, 30):  # while none of them ends
            rota.ring("small")
            wait_for(lambda: small >= turn, "a turn")  # noqa: B023
        goes_on.set()
        wait_for(lambda: min(map(order.count, range(20))) > 2, "turns of the others")
    finally:
        goes_on.set()
        rota.stop(5)
    assert min(between(order, n) for n in range(20)) > 20 - 2 * SLOW


def between(order: list[int], n: int) -> int:
    """How many others had a turn between any two of one: all but those under way at its ends."""
    turns = [place for place, one in enumerate(order) if one == n]
    return min(len({*order[start + 1 : end]}) for start, end in pairwise(turns))


class Due(Job):
    """A job that notes when it was due first."""

    first = 0.0

    def __setattr__(self, name: str, value: Any) -> None:
        """Note it."""
        super().__setattr__(name, value)
        if name == "due" and 0 < value < math.inf and not self.first:
            self.first = value


@pytest.mark.parametrize("workers", [1, of_rota.WORKERS])
def test_each_is_woken_when_it_is_due_and_not_before(
    monkeypatch: pytest.MonkeyPatch, took: Callable[[float], None], workers: int
) -> None:
    """In the order of their times, whatever was asked for first; a ring comes before."""
    monkeypatch.setattr(of_rota, "WORKERS", workers)
    rota, woken = Rota(lambda _: None), list[tuple[str, float]]()
    waits = {f"{ms}": ms for ms in (300, 50, 200, 100, 250, 150)}

    def waiting(name: str) -> Iterator[float]:
        began = time.monotonic()
        yield waits[name]
        woken.append((name, 1000 * (time.monotonic() - began)))
        yield math.inf

    def begin(name: str) -> Any:
        return Follower(lambda: waiting(name))

    jobs = {name: Due(name, partial(begin, name)) for name in waits}
    for one in jobs.values():
        rota.add(one, has_news=True)
    rota.start()
    try:
        wait_for(lambda: len(woken) == len(waits), "all")
    finally:
        rota.stop(5)
    assert all(after_ms >= waits[name] for name, after_ms in woken)
    if workers == 1:  # of several each goes on as fast as its thread
        assert [name for name, _ in woken] == sorted(waits, key=lambda name: jobs[name].first)


def failing() -> Iterator[float]:
    """A life that ends at once."""
    raise ValueError("no record")
    yield 0


@pytest.mark.usefixtures("took")
def test_one_that_fails_is_tried_ever_less() -> None:
    """Each wait is about double the one before, up to a minute."""
    broken = job("broken", failing)
    waits = [broken.go_on(works_off=False) for _ in range(10)]

    assert all(1.6 * one <= other for one, other in pairwise(waits[:7]))
    assert all(0.8 * LONGEST_WAIT_S <= one <= LONGEST_WAIT_S for one in waits[7:])
    assert (broken.failing(0).reason, broken.failing(0).times) == ("ValueError: no record", 10)

    for _ in range(1100):  # 2.0**1024 is none
        assert broken.go_on(works_off=False) <= LONGEST_WAIT_S


def test_one_that_failed_and_has_its_turn_begins_now() -> None:
    """Its time is no time then, and the pulse of the engine, which asks for it, beats on."""
    broken = job("broken", failing)
    broken.go_on(works_off=False)
    broken.due = math.inf

    assert broken.failing(5).next_ms == 5000


def test_what_fails_waits_for_its_time_unless_it_is_declared_anew() -> None:
    """A ring does not shorten the wait, a word that may mend it does; others go on."""
    rota, goes = Rota(lambda _: None), {"broken": 0, "fine": 0}

    def counted(name: str, life: Callable[[], Iterator[float]]) -> Iterator[float]:
        goes[name] += 1
        yield from life()

    broken = job("broken", lambda: counted("broken", failing))
    for _ in range(9):
        broken.go_on(works_off=False)  # so that its next wait is of a minute
    rota.add(broken, has_news=True)
    rota.add(job("fine", lambda: counted("fine", lambda: iter([10.0] * 20))), has_news=True)
    rota.start()
    try:
        wait_for(lambda: goes["broken"] == 10 and broken.is_failing, "a failure")
        rota.ring("broken")
        wait_for(lambda: goes["fine"] > 1, "the end of the other's first life")
        assert goes["broken"] == 10
        rota.retry("broken")
        wait_for(lambda: goes["broken"] == 11, "another try")
    finally:
        rota.stop(5)


def test_what_fails_waits_longer_than_what_lives_may_nap() -> None:
    """A minute is a minute."""
    rota, broken = Rota(lambda _: None), job("broken", failing)
    for _ in range(9):
        broken.go_on(works_off=False)
    broken.try_now()
    rota.add(broken, has_news=True)
    rota.start()
    try:
        wait_for(lambda: broken.is_failing and broken.due < math.inf, "a failure")
        assert broken.due - time.monotonic() > 2 * LONGEST_NAP_S
    finally:
        rota.stop(5)


def test_one_that_keeps_up_waits_no_longer_for_being_rung_all_the_time() -> None:
    """What waits is what came last: the rest of it is told."""
    rota, goes, rung = Rota(lambda _: None), 0, list[float]()

    def busy() -> Iterator[float]:
        nonlocal goes
        while True:
            rota.ring("busy")
            rung.append(one.heard)
            goes += 1
            yield 1000.0

    one = job("busy", busy)
    rota.add(one, has_news=True)
    rota.start()
    try:
        wait_for(lambda: goes > 20, "goes")
    finally:
        rota.stop(5)
    assert one.news is not None
    assert one.news >= rung[-2]


def test_one_that_is_told_to_leave_again_and_again_leaves_in_time() -> None:
    """Each look finds it too much once more; that gives it no more time."""
    rota, follower = Rota(lambda _: None), Follower(lambda: iter([math.inf] * 100))
    follower.has_published_all = False
    one = Job("one", lambda: follower)  # type: ignore[arg-type,return-value]
    rota.add(one, has_news=True)
    rota.start()
    try:
        wait_for(lambda: one.has_begun and not one.is_running, "its first go")
        rota.leave(["one"])
        leave_by = one.leave_by
        rota.leave(["one"])
        assert one.leave_by == leave_by < math.inf
        wait_for(lambda: rota.jobs() == {}, "leaving, though nobody rings")
    finally:
        rota.stop(5)


def test_one_that_leaves_tells_all_it_knows_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given back after its go, once; nobody works on it then."""
    monkeypatch.setattr(of_rota, "LEAVE_WITHIN_S", 3600.0)
    left: list[str] = []
    rota, follower = Rota(left.append), Follower(lambda: chain([0.0, 0.0], repeat(math.inf)))
    follower.has_published_all = False
    begun = threading.Event()

    def begin() -> Follower:
        begun.set()
        return follower

    rota.add(Job("one", begin), has_news=True)  # type: ignore[arg-type]
    rota.start()
    try:
        assert begun.wait(60)
        rota.leave(["one"])
        assert left == []
        follower.has_published_all = True
        rota.ring("one")
        wait_for(lambda: left == ["one"], "giving back")
        assert rota.jobs() == {}
    finally:
        rota.stop(5)


def test_one_that_folds_its_log_anew_makes_nobody_late() -> None:
    """It takes as long as it takes; what waits behind it is late."""
    long, late = job("long", failing), job("late", lambda: iter([0.0]))
    late.go_on(works_off=False)
    long.news, late.news = 5.0, 6.0

    assert list(waiting([long, late])) == [(6.0, "late")]


@settings(deadline=None, derandomize=True)
@given(
    st.dictionaries(st.text("abcd", min_size=1), st.integers(0, 20), min_size=1), st.integers(0, 9)
)
def test_shares_are_even_and_add_up(counts: dict[str, int], free: int) -> None:
    """Whoever has more than its share has it to give, and what is free is somebody's."""
    whole = sum(counts.values()) + free
    shares = [share(counts, whole, engine) for engine in counts]

    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1


def test_sources_that_wait_for_redis_go_on_as_soon_as_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it is away they do not all look for it; who finds it wakes them."""
    monkeypatch.setattr(of_job, "AWAY_S", 3600.0)
    rota, began, is_away = Rota(lambda _: None), [0, 0], True

    def life(n: int) -> Iterator[float]:
        began[n] += 1
        if is_away:
            raise StoreUnavailable("redis: away")
        while True:
            yield math.inf

    for n in range(2):
        rota.add(job(f"s{n}", lambda n=n: life(n)), has_news=True)  # type: ignore[misc]
    rota.start()
    try:
        wait_for(lambda: all(one.waits_for_redis for one in rota.jobs().values()), "two failures")
        is_away = False
        rota.wake()
        wait_for(lambda: began == [2, 2], "two more beginnings")
    finally:
        rota.stop(10)
