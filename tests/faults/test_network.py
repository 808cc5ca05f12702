"""What is lost between the processes: announcements, packets, halves of events, readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests import races
from tests.checker import Checker
from tests.conftest import show_logs
from tests.faults.lossy import LossyRedis
from tests.faults.scene import REFUSED, Scene, chatter
from tests.faults.wire import Wire, deafen, undeafen
from tests.hub.test_slow_readers import given_up
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

STALL_S = 5.0


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Lay a wire to a stack, `wire(stack)`."""
    laid: list[Wire] = []

    def lay(stack: Stack, buffer: int = 0) -> Wire:
        laid.append(Wire(stack.port, buffer))
        return laid[-1]

    yield lay
    for one in laid:
        one.close()


def test_lost_announcements_are_found_and_filled_unnoticed(
    stack: Callable[..., Stack], scene: Callable[..., Scene]
) -> None:
    """One in ten gets lost on the way, then all of them: nobody has to come back."""
    running = stack(parts=["redis"], workers=2)
    lossy = LossyRedis(running.folder / "redis.sock", share=1 / 10)
    running.own["web"] = {"PITLIVE_REDIS_URL": lossy.url}
    running.start("engine", "web")
    here = scene(running)
    here.begin()
    here.feed(9 / 10)
    some, lossy.share = lossy.lost, 1.0
    here.check({"repairs gap", "repairs look"})
    wait_for(lambda: lossy.lost > some, "losses", running)
    lossy.close()

    assert some > 0
    assert here.reasons == here.byes == set()


@pytest.fixture(scope="module")
def _calm() -> Iterator[Stack]:
    running = Stack(workers=2, heartbeat_s=4, stall_s=300)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def calm(_calm: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack that is in no hurry to give readers up: who answers nothing has five minutes."""
    yield _calm
    show_logs(request, _calm)


def test_a_connection_that_stalls_goes_on_where_it_was(
    calm: Stack, scene: Callable[..., Scene], wire: Callable[..., Wire]
) -> None:
    """Five seconds without a byte are no reason to part, be the kernel's buffers full or not."""
    laid = wire(calm)
    here = scene(calm, url=laid.url)
    here.begin()
    laid.stop()
    here.feed(1 / 2)
    time.sleep(STALL_S)  # this is the fault
    laid.go_on()
    here.check(set())

    assert here.reasons == here.byes == set()


def test_a_connection_that_is_torn_in_an_event_is_taken_up_before_it(
    struck: Stack, scene: Callable[..., Scene], wire: Callable[..., Wire]
) -> None:
    """Half an event is none: it comes again, whole, on the next connection."""
    laid = wire(struck)
    here = scene(struck, url=laid.url)
    here.begin()
    laid.tear()
    here.wait(lambda: all(reader.ends for reader in here.readers), "cuts")
    laid.mend()
    here.check({"streams_ended gone", "replays ok"}, may=REFUSED)

    assert "torn" in {end for reader in here.readers for end, _ in reader.ends}
    assert here.reasons == {"ok"}


@pytest.mark.parametrize("sources", ["race", "race,other"])
def test_a_reader_who_is_cut_off_before_the_state_is_given_it_again(
    stack: Callable[..., Stack], wire: Callable[..., Wire], sources: str
) -> None:
    """No cursor says that a reader has what has not reached it."""
    running = stack()
    laid, given = wire(running), races.small(3, 5)
    for source in ("race", "other"):
        races.post(running.url, source, given)
    last = sources.rpartition(",")[2].encode()
    laid.tear(before=b"event: snapshot" if sources == "race" else b'{"source":"%s"' % last)
    reader = Checker(laid.url, sources).start()
    wait_for(lambda: any(how != "bye" for how, _ in reader.ends), "cut", running)
    laid.mend()
    wait_for(lambda: len(reader.reasons) > len(reader.of), "second greeting", running)
    want = races.canonical(races.final(races.checked(given)))
    wait_for(lambda: _all_are(reader, want) or bool(reader.faults), "state", running)
    reader.stop()

    assert reader.faults == []


def _all_are(reader: Checker, want: bytes) -> bool:
    return all(races.canonical(seen.state) == want for seen in reader.of.values())


def test_packets_that_get_lost_for_a_while_come_again(
    calm: Stack, scene: Callable[..., Scene]
) -> None:
    """A short cut of the network is TCP's affair: nobody comes back, and nothing is missing."""
    here = scene(calm)
    here.begin()
    socks = [reader.sock for reader in here.readers if reader.sock]
    for sock in socks:
        deafen(sock)
    here.feed(3 / 8)
    for sock in socks:
        undeafen(sock)
    here.check(set())

    assert len(socks) == len(here.readers)
    assert here.reasons == here.byes == set()


def test_readers_whose_network_is_gone_for_long_come_back_by_cursor(
    struck: Stack, scene: Callable[..., Scene]
) -> None:
    """Server and reader give up without hearing of each other, and the next stream goes on."""
    here = scene(struck)
    here.begin()
    ended = [len(reader.ends) for reader in here.readers]
    socks = [reader.sock for reader in here.readers if reader.sock]
    for sock in socks:
        sock.settimeout(4)  # their patience from the next bytes on
    heard = [(reader, reader.seen + reader.beats) for reader in here.readers]
    here.wait(lambda: all(r.seen + r.beats > n for r, n in heard), "a word to each")
    for sock in socks:
        with suppress(OSError):  # a reader whose patience has ended already
            deafen(sock)
    readers = list(zip(here.readers, ended, strict=True))
    here.wait(lambda: all(len(r.ends) > n for r, n in readers), "patience to end")
    here.check({"streams_ended gone", "replays ok"}, may=REFUSED)

    assert len(socks) == len(here.readers)
    assert {reader.ends[n][0] for reader, n in readers} == {"broken"}
    assert here.reasons == {"ok"}


def test_a_reader_who_stalls_for_too_long_is_reset_and_comes_back(
    stack: Callable[..., Stack], wire: Callable[..., Wire]
) -> None:
    """What the kernel held for it is gone; it resumes by its cursor as if it had been away."""
    running = stack(stall_s=1)
    laid = wire(running, buffer=4096)
    races.post(running.url, "race", races.small(3, 5))
    stalled = Checker(laid.url, "race").start()
    wait_for(lambda: bool(stalled.state), "state", running)
    notes, before = 0, given_up(running)
    laid.stop()
    while given_up(running) == before:
        races.post(running.url, "race", chatter(notes))
        notes += 100
    laid.buffer = 0
    laid.go_on()
    wait_for(lambda: len(stalled.state.get("notes", {})) == notes > 0, "notes", running)
    stalled.stop()

    assert stalled.faults == []
    assert stalled.reasons[0] == "fresh"
    assert set(stalled.reasons[1:]) == {"ok"}


def test_vanished_readers_are_given_up_and_make_room(stack: Callable[..., Stack]) -> None:
    """Whoever acknowledges nothing is gone after two heartbeats, and others take the place."""
    running = stack(heartbeat_s=1, stall_s=2, max_streams=4)
    races.post(running.url, "race", races.small(3, 5))
    readers = [Checker(running.url, "race").start() for _ in range(4)]
    wait_for(lambda: all(reader.state for reader in readers), "state", running)
    stays, *vanish = readers
    waiting = Checker(running.url, "race", retry_ms=100).start()
    wait_for(lambda: bool(waiting.byes), "refusal", running)
    ended, before = len(stays.ends), stays.beats
    for reader in vanish:
        assert reader.sock is not None
        deafen(reader.sock)
    wait_for(lambda: bool(waiting.state), "room", running)
    beats = stays.beats - before
    wait_for(lambda: stays.beats > before, "a heartbeat", running)
    ends = len(stays.ends)
    for reader in (*readers, waiting):
        reader.stop()

    assert {bye["reason"] for bye in waiting.byes} == {"full"}
    assert beats <= 100  # and what a busy machine adds; the kernel alone would take 900
    assert ends == ended
