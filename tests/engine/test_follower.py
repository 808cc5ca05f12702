"""The engine's laws on a real Redis: cut anywhere, refold, new epoch, lateness."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest

from pitlive.engine import folding, follower, metrics, mirror, publishing
from pitlive.engine.follower import Follower
from pitlive.errors import LeaseLost
from pitlive.kind import kinds
from pitlive.messages import Cursor, Entry
from pitlive.race.forecasts import clumpiness
from pitlive.store import entries, events, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key
from pitlive.store.snapshot import snapshot
from pitlive.web import declarations
from tests import races
from tests.checker import merge


class Stop(Exception):
    """Raised from inside a follower, as abruptly as kill -9."""


@pytest.fixture
def client(redis_url: str, source: str) -> Redis:
    """A connection to the session's Redis, where `source` is a race."""
    client = connect(redis_url)
    sources.declare(client, source, races.SPEC)
    return client


def follow(client: Redis, source: str, engine: str, steps: int) -> None:
    """Take over a source, and be cut off after some steps."""
    lease.release(client, source, "before")
    token = lease.hold(client, source, engine, 60_000) or ""
    rest = iter(range(steps))

    def note(_: Cursor) -> None:
        if next(rest, None) is None:
            raise Stop

    with pytest.raises(Stop):
        Follower(client, source, token, keep=100_000, coalesce_ms=0).run(note)
    lease.release(client, source, engine)


def settle(client: Redis, source: str, engine: str) -> None:
    """Take over a source, and be cut off when there is nothing to do any more.

    A publish that took long makes the next one wait as long: no number of steps is enough.
    """
    lease.release(client, source, "before")
    token = lease.hold(client, source, engine, 60_000) or ""
    settle_of(Follower(client, source, token, keep=100_000, coalesce_ms=0))
    lease.release(client, source, engine)


def settle_of(one: Follower) -> None:
    """Let a follower live until it waits for entries alone."""
    for wait_ms in one.life():
        if wait_ms == math.inf and not one.is_catching_up and not one.has_deferred:
            return


def told(client: Redis, source: str) -> tuple[list[int], dict[str, Any]]:
    """The numbers of all events, and what a reader of all of them knows."""
    state: dict[str, Any] = {}
    found = events.events(client, source, 0, 1_000_000)
    for event in found:
        said = orjson.loads(event.message)
        state[said["channel"]] = merge(state.get(said["channel"], {}), said["data"])
    return [event.seq for event in found], {c: rows for c, rows in state.items() if rows}


def stored(client: Redis, source: str) -> dict[str, Any]:
    """The state that a new reader is given."""
    found = orjson.loads(snapshot(client, source).encode())
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a follower take few entries at once, so that there are many places to cut."""
    monkeypatch.setattr(folding, "FOLD_BATCH", 7)
    monkeypatch.setattr(mirror, "PART", 7)
    monkeypatch.setattr(follower, "LOOK_AGAIN_MS", 1)
    return


@pytest.mark.usefixtures("small_steps")
def test_an_engine_cut_off_anywhere_is_continued_without_a_step_back(
    client: Redis, source: str
) -> None:
    """However often engines die, readers see one unbroken history that ends as it should."""
    given = races.checked(races.small())
    entries.append(client, source, given, 0)
    random, engine = Random(5), 0
    while sources.meta(client, source).folded != entries.newest(client, source):
        engine += 1
        follow(client, source, f"engine{engine}", random.randrange(1, 4))
    settle(client, source, "last")
    seqs, state = told(client, source)

    assert engine > 5
    assert seqs == list(range(1, len(seqs) + 1))
    assert races.canonical(state) == races.canonical(races.final(given))
    assert races.canonical(stored(client, source)) == races.canonical(state)


@pytest.mark.usefixtures("small_steps")
def test_a_publish_in_portions_can_be_cut_off_between_any_two(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far the log is folded is said with the last portion, and then it is so."""
    monkeypatch.setattr(publishing, "PUBLISH_ROWS", 3)
    monkeypatch.setattr(publishing, "PUBLISH_BYTES", 300)
    spec = kinds()["declared"].spec(LAPS)
    sources.declare(client, source, spec)
    given = [_lap(n, spec) for n in range(40)]
    entries.append(client, source, given, 0)
    random, between = Random(7), 0
    while sources.meta(client, source).folded != entries.newest(client, source):
        follow(client, source, "one", random.randrange(1, 9))
        known = sources.meta(client, source)
        between += known.folded != known.noted
        number = entries.place(known.folded)[1]
        seqs, state = told(client, source)
        assert stored(client, source) == state
        if known.folded == known.noted:
            assert state == _folded_in(given[:number], spec)
    settle(client, source, "last")

    assert between > 3
    assert told(client, source)[1] == _folded_in(given, spec)
    assert seqs == list(range(1, len(seqs) + 1))
    assert max(e.message.count(b'"count"') for e in events.events(client, source, 0, 1000)) <= 3


@pytest.mark.usefixtures("small_steps")
def test_an_engine_pauses_only_where_no_entry_waits(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between portions, and where what it read ends in the middle of a record."""
    monkeypatch.setattr(publishing, "PUBLISH_ROWS", 3)
    spec = kinds()["declared"].spec(LAPS)
    sources.declare(client, source, spec)
    for start in range(0, 60, 5):
        entries.append(client, source, [_lap(n, spec) for n in range(start, start + 5)], 0)
    newest, version = entries.newest(client, source), sources.version(client, source)
    token = lease.hold(client, source, "one", 60_000) or ""
    one = Follower(client, source, token, keep=100_000, coalesce_ms=0)
    for pause_ms in one.life():
        assert not pause_ms or not one.lacks(newest, version)
        if pause_ms and one.has_published_all:
            break

    assert told(client, source)[1] == _folded_in([_lap(n, spec) for n in range(60)], spec)


LAPS: dict[str, Any] = {
    "kind": "declared",
    "entries": {"lap": {"fields": {"car": "text", "tyre": "text"}}},
    "stats": [
        {"name": "all", "kind": "count"},
        {"name": "laps", "kind": "count", "by": ["car"]},
        {"name": "tyres", "kind": "count", "by": ["car", "tyre"]},
    ],
}


def _lap(n: int, spec: Any) -> Entry:
    reported = {"uid": str(n), "car": str(n % 13), "tyre": str(n % 7), "at_ms": n}
    entry = kinds()["declared"].entry(reported, spec, seen_ms=0)
    assert isinstance(entry, Entry)
    return entry


def _folded_in(given: list[Entry], spec: Any) -> dict[str, Any]:
    """The state that some entries make."""
    fold = kinds()["declared"].fold(spec)
    fold.apply(given)
    return {name: rows for name, rows in fold.rows().items() if rows}


def broken_forecast(*_: Any) -> Any:
    """Fail, as a forecast with a fault does."""
    raise ZeroDivisionError


@pytest.mark.usefixtures("small_steps")
def test_a_forecast_that_fails_leaves_its_turn_to_whoever_follows(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures go on without; the next follower begins from the log and forecasts all the same."""
    entries.append(client, source, races.checked(races.small(2, 5)), 0)
    token = lease.hold(client, source, "one", 60_000) or ""
    turn = threading.Lock()
    one = Follower(client, source, token, keep=100, coalesce_ms=0, turn=turn)
    with monkeypatch.context() as broken:
        broken.setattr(clumpiness, "forecast", broken_forecast)
        settle_of(one)

    assert not turn.locked()
    assert "standings" in stored(client, source)
    lease.release(client, source, "one")
    settle(client, source, "two")
    assert stored(client, source)["forecasts"]["clumpiness"]["lap"] == 5


@pytest.mark.usefixtures("small_steps")
def test_a_damaged_row_is_told_anew_by_the_next_engine(client: Redis, source: str) -> None:
    """State follows from the log: what is there of it is compared, and need not be right."""
    given = races.checked(races.small(2, 5))
    entries.append(client, source, given, 0)
    settle(client, source, "one")
    right = stored(client, source)
    rows = {"1": b'{"place":' + bytes(8), "ghost": b"\xff"}
    client.hset(key(source, "state:standings"), mapping=rows)
    settle(client, source, "two")

    assert races.canonical(stored(client, source)) == races.canonical(right)


@pytest.mark.usefixtures("small_steps")
def test_a_changed_declaration_is_one_patch_for_connected_readers(
    client: Redis, source: str
) -> None:
    """The log is folded again, and readers go over to the new figures without a hole."""
    given, declared = races.checked(races.small()), {"kind": "race", "name": "Newport 30"}
    entries.append(client, source, given, 0)
    follow(client, source, "one", 60)
    lease.hold(client, source, "two", 60_000)
    sources.declare(client, source, kinds()["race"].spec(declared))
    lease.release(client, source, "two")
    settle(client, source, "three")
    seqs, state = told(client, source)

    assert state["race"]["name"] == "Newport 30"
    assert seqs == list(range(1, len(seqs) + 1))
    assert races.canonical(state) == races.canonical(races.final(given, declared))


@pytest.mark.usefixtures("small_steps")
def test_a_page_declared_anew_has_nothing_folded_again(client: Redis, source: str) -> None:
    """What only pages look at changes no figure; a stat declared anew has all entries folded."""
    entry = {"fields": {"points": "integer"}}
    declared: dict[str, Any] = {"kind": "declared", "entries": {"score": entry}, "stats": []}
    stat = {"name": "scores", "kind": "count"}
    paged = declared | {"page": {"end_s": 9000}}
    counted = paged | {"stats": [stat]}
    kind = kinds()["declared"]
    reported = [{"uid": str(n), "points": n, "at_ms": n} for n in range(5)]
    first = sources.declare(client, source, kind.spec(declared))
    given = [kind.entry(one, kind.spec(declared), seen_ms=0) for one in reported]
    entries.append(client, source, [one for one in given if isinstance(one, Entry)], 0)
    token = lease.hold(client, source, "one", 60_000) or ""
    one = Follower(client, source, token, keep=100, coalesce_ms=0)
    before, rest = _folded(), iter([paged, counted])

    def note(_: Cursor) -> None:
        if one._folding.version != sources.version(client, source) or _folded() == before:
            return
        if one._folding.version < first + 2:
            assert _folded() == before + 5
            sources.declare(client, source, kind.spec(next(rest)))
        elif events.events(client, source, 0):
            raise Stop

    with pytest.raises(Stop):
        one.run(note)
    lease.release(client, source, "one")
    assert _folded() == before + 10
    assert stored(client, source) == {"scores": {"": {"count": 5}}}


def _folded() -> float:
    """How many entries all followers of this process have folded."""
    return metrics.REGISTRY.get_sample_value("pitlive_engine_entries_total") or 0.0


def test_an_engine_that_was_overtaken_stops_before_it_says_anything(
    client: Redis, source: str
) -> None:
    """Two engines on one source: the older token is refused, whatever it still believes."""
    token = lease.hold(client, source, "one", 60_000) or ""
    older = Follower(client, source, token, keep=100, coalesce_ms=0)
    lease.release(client, source, "one")
    lease.hold(client, source, "two", 60_000)
    entries.append(client, source, races.checked(races.small(1, 5)), 0)

    with pytest.raises(LeaseLost):
        older.run(lambda _: None)
    assert events.events(client, source, 0) == []


def test_late_entries_are_counted_whatever_the_batches(client: Redis, source: str) -> None:
    """Older than the newest by more than the lateness is late, and is folded all the same."""
    lateness_ms = int(races.SPEC["lateness_ms"])
    given = races.checked(
        [
            {"type": "lap", "car": "1", "lap": 2, "at_ms": 50_000},
            {"type": "lap", "car": "1", "lap": 1, "at_ms": 50_000 - lateness_ms - 1},
            {"type": "lap", "car": "2", "lap": 1, "at_ms": 50_000 - lateness_ms},
        ]
    )
    entries.append(client, source, given, 0)
    follow(client, source, "one", 3)

    assert sources.meta(client, source).late == 1
    assert set(stored(client, source)["laps/1"]) == {"1", "2"}


def test_an_entry_of_2286_that_is_retracted_leaves_no_trace_in_a_race(
    client: Redis, source: str
) -> None:
    """Events say the time of what counts, nothing is late by it, and reports get that time."""
    wrong = {"type": "lap", "car": "1", "lap": 3, "at_ms": 10**13}
    out = {"type": "retract", "amends": "lap/1/3", "at_ms": 60_000}
    sound = [{"type": "lap", "car": "1", "lap": n, "at_ms": 20_000 * n} for n in (1, 2)]
    after = {"type": "lap", "car": "1", "lap": 3, "at_ms": 60_000, "revision": 9}
    for n, given in enumerate((sound, [wrong], [out], [after])):
        entries.append(client, source, races.checked(given), 0)
        follow(client, source, f"engine{n}", 4)

    newest = orjson.loads(events.events(client, source, 0, 10**6)[-1].message)
    assert newest["at_ms"] == 60_000
    assert sources.meta(client, source).late == 1  # what takes it out came in the year 2286
    assert declarations.newest_ms(client, source, ("race", "at_ms")) == 60_000


NOW_MS = 1_750_000_000_000
OLD_LOGS: dict[str, tuple[dict[str, Any], Any]] = {
    "figures": (
        {"kind": "figures", "stats": [{"name": "votes", "kind": "single_value"}]},
        lambda n: ("reading", {"stat": "votes", "us": n, "whole": True, "rows": {"": n}}),
    ),
    "table": (
        {"kind": "table", "rows": 3, "columns": [{"name": "n"}]},
        lambda n: ("add", {"column": 0, "k": n}),
    ),
}
"""Kind → a declaration, and type and data of its nth entry."""


@pytest.mark.parametrize("kind", OLD_LOGS)
def test_an_entry_of_2286_in_an_old_log_does_not_set_the_clock(
    client: Redis, source: str, kind: str
) -> None:
    """It was taken before there was a bound; events and lateness go by what came in its time."""
    given, nth = OLD_LOGS[kind]
    sources.declare(client, source, kinds()[kind].spec(given))
    for n, at_ms in enumerate((NOW_MS, 10**13, NOW_MS + 50), 1):
        type, data = nth(n)
        entry = Entry(f"u{n}", type, at_ms, data, origin="ann", seen_ms=NOW_MS)
        entries.append(client, source, [entry], NOW_MS)
        follow(client, source, f"engine{n}", 2)

    assert orjson.loads(events.events(client, source, 0, 10**6)[-1].message)["at_ms"] == (
        NOW_MS + 50
    )
    assert sources.meta(client, source).late == 0
