"""When rows are due, and which travel together; on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pitlive.cli.pacing import BATCH, TICK_S, Pacing
from pitlive.cli.recording import RecordedRow
from pitlive.errors import BadFile
from pitlive.feeds.lines import Reported


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def rows(*at_ms: int) -> list[RecordedRow]:
    return [Reported(line, {"at_ms": at}) for line, at in enumerate(at_ms, 1)]


def sent(pacing: Pacing, clock: Clock, given: list[RecordedRow]) -> list[tuple[float, int]]:
    """When each batch went out, after the first row, and how many rows it had."""
    return [(round(clock.now - 100, 3), len(batch)) for batch in pacing.batches(given)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_rows_go_out_when_they_are_due(clock: Clock) -> None:
    """At 20x a minute of the race takes three seconds, counted from the first row."""
    pacing = Pacing(20.0, clock=clock.read, sleep=clock.sleep)
    assert sent(pacing, clock, rows(60_000, 61_000, 120_000)) == [(0, 1), (0.05, 1), (3.0, 1)]


def test_rows_before_the_beginning_are_due_at_once(clock: Clock) -> None:
    """A replay that begins where it gets interesting."""
    pacing = Pacing(20.0, from_ms=60_000, clock=clock.read, sleep=clock.sleep)
    assert sent(pacing, clock, rows(0, 30_000, 60_000, 80_000)) == [(0, 3), (1.0, 1)]


def test_one_that_goes_on_later_counts_from_there(clock: Clock) -> None:
    """It does not wait for as long as what is skipped took."""
    pacing = Pacing(20.0, from_ms=60_000, clock=clock.read, sleep=clock.sleep)
    assert sent(pacing, clock, rows(120_000, 140_000)) == [(0, 1), (1.0, 1)]


def test_what_is_due_within_a_tick_travels_together(clock: Clock) -> None:
    """Not a request per entry, when entries come every millisecond."""
    pacing = Pacing(1.0, clock=clock.read, sleep=clock.sleep)
    batches = sent(pacing, clock, rows(*range(200)))
    assert sum(n for _, n in batches) == 200
    assert len(batches) <= 0.2 / TICK_S + 2


def test_at_full_speed_batches_are_full(clock: Clock) -> None:
    """And nobody sleeps."""
    pacing = Pacing(None, clock=clock.read, sleep=clock.sleep)
    assert [n for _, n in sent(pacing, clock, rows(*range(2 * BATCH + 1)))] == [BATCH, BATCH, 1]
    assert clock.now == 100.0


def test_every_row_can_have_the_same_distance(clock: Clock) -> None:
    """Whatever the race clock says."""
    pacing = Pacing(20.0, every_s=0.2, clock=clock.read, sleep=clock.sleep)
    assert sent(pacing, clock, rows(0, 0, 9_000_000)) == [(0, 1), (0.2, 1), (0.4, 1)]


def test_a_row_without_a_time_waits_for_nobody(clock: Clock) -> None:
    """Nor does one whose time lies before its neighbour's."""
    pacing = Pacing(1.0, clock=clock.read, sleep=clock.sleep)
    given = [*rows(0, 1000), Reported(3, {"type": "note"}), *rows(500)]
    assert sent(pacing, clock, given) == [(0, 1), (1.0, 3)]


def test_a_pause_in_the_input_sends_what_has_come(clock: Clock) -> None:
    """A live feed does not wait for a batch to fill."""
    pacing = Pacing(None, clock=clock.read, sleep=clock.sleep)
    assert [n for _, n in sent(pacing, clock, [*rows(0, 1), None, None, *rows(2)])] == [2, 1]


def test_a_broken_file_is_raised_after_what_was_read_of_it(clock: Clock) -> None:
    """Nothing that could be read is lost."""

    def broken() -> Iterator[RecordedRow]:
        yield from rows(0, 1)
        raise BadFile("ended early")

    batches = Pacing(None, clock=clock.read, sleep=clock.sleep).batches(broken())
    assert len(next(batches)) == 2
    with pytest.raises(BadFile, match="ended early"):
        next(batches)
