"""An entry at which a fold fails costs itself alone: it is left out, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from click.testing import CliRunner

from pitlive.batch import Batch
from pitlive.cli.main import main
from pitlive.declared.fold import DeclaredState
from pitlive.declared.stats import count
from pitlive.engine import job
from pitlive.engine.follower import Follower
from pitlive.engine.job import FIRST_S, LOOKING, LOOKS_IN_A_ROW, Job
from pitlive.engine.refold import differences
from pitlive.engine.sifted import Doubt, FoldFailed, Sifted
from pitlive.kind import kind_of
from pitlive.messages import Entry
from pitlive.race.live_forecasts import LiveForecasts
from pitlive.store import entries, lease, outcomes, rejected, sources, unfoldable
from pitlive.store.client import Redis, connect
from pitlive.store.snapshot import snapshot
from pitlive.tables.fold import TableState
from tests import races
from tests.stack import Stack, wait_for

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"sale": {"fields": {"item": "text", "n": {"type": "integer", "required": False}}}},
    "stats": [
        {"name": "all", "kind": "count"},
        {"name": "sums", "kind": "mean", "of": "n", "by": ["item"]},
    ],
}
FIGURES = {
    "kind": "figures",
    "stats": [{"name": "timed:votes", "kind": "timed"}],
    "periods": [{"granularity": 60, "cycles": 2}],
}
TABLE = {"kind": "table", "rows": 3, "columns": [{"name": "n"}]}


def sale(number: int, **data: Any) -> Entry:
    """A sale that is sound."""
    own = {"item": f"i{number % 5}", "n": number}
    return Entry(f"u{number}", "sale", number + 1, own | data)


def reading(uid: str, us: int, row: str) -> Entry:
    """Votes of a minute."""
    data = {"stat": "timed:votes", "us": us, "whole": True, "rows": {row: 5}}
    return Entry(uid, "reading", us // 1000, data)


def lap(n: int) -> Entry:
    """A lap of a car."""
    return Entry(f"l{n}", "lap", 1000 * n, {"car": "1", "lap": n, "lap_ms": 1000})


BAD = {"u900", "u901"}
"""Uids of entries at which a fold is made to fail."""

KINDS = {
    "declared": (DECLARED, [sale(1), sale(2), sale(3)], sale(9, n=10**19)),
    "figures": (
        FIGURES,
        [
            reading("a", 10, "60/0"),
            reading("b", 60_000_000, "60/1"),
            reading("c", 70_000_000, "60/1"),
        ],
        Entry("bad", "reading", 65_000, {"stat": "timed:votes", "rows": {"60/1": 9}}),
    ),
    "race": (races.KINDS_QUIET, [lap(1), lap(2), lap(3)], Entry("bad", "lap", 9, {"car": "1"})),
    "table": (
        TABLE,
        [Entry(f"t{n}", "add", n, {"column": 0, "k": n}, seen_ms=5) for n in range(3)],
        Entry("bad", "add", 9, {"k": 1}, seen_ms=5),
    ),
}
"""Of each kind a declaration, entries that are sound, and one that its door would refuse: a
log may have such, from before the door knew."""


def stored(client: Redis, source: str) -> dict[str, Any]:
    """The published state."""
    found = orjson.loads(snapshot(client, source).encode())
    return {name: rows for name, rows in found.items() if rows}


def folded(declared: dict[str, Any], given: list[Entry]) -> dict[str, Any]:
    """What a fold makes of sound entries alone, one by one."""
    spec = kind_of(declared).spec(declared)
    fold = kind_of(spec).fold(spec)
    state: dict[str, Any] = {}
    for batch in ([], *([one] for one in given)):
        for name, rows in fold.outcome(batch).rows.items():
            state.setdefault(name, {}).update(rows)
    kept = {c: {k: row for k, row in rows.items() if row is not None} for c, rows in state.items()}
    return {name: rows for name, rows in kept.items() if rows}


class Driven:
    """A source on a real Redis, and its job without an engine around it."""

    def __init__(self, client: Redis, source: str, declared: dict[str, Any]) -> None:
        self.client, self.source, self.paused = client, source, 0
        self.longest_s = 0.0
        sources.declare(client, source, kind_of(declared).spec(declared))
        token = lease.hold(client, source, "driven", 60_000) or ""
        self.job = Job(source, lambda: Follower(client, source, token, keep=99, coalesce_ms=0))

    def report(self, given: list[Entry]) -> None:
        """Append entries, past the door."""
        entries.append(self.client, self.source, given, 5)

    def settle(self, goes: int = 2000) -> None:
        """Go on until all is told, or it is held; count the goes that end in a pause to look.

        Those are no goes that merely wait for the next publish: as long as the last one took.
        """
        while goes:
            wait_s = self.job.go_on(works_off=True)
            goes -= wait_s <= 0 or self.job.is_failing
            newest = entries.newest(self.client, self.source)
            is_done = sources.folded(self.client, self.source) == newest
            why = self.job.failing(0).reason
            if why.startswith(LOOKING) and wait_s >= FIRST_S:
                self.paused += 1
                self.longest_s = max(self.longest_s, wait_s)
            if (why and not why.startswith(LOOKING)) or (is_done and not self.job.has_deferred):
                return
        raise AssertionError("it does not settle")

    @property
    def left_out(self) -> unfoldable.Unfoldable | None:
        """What is known of entries that are left out."""
        return unfoldable.left_out(self.client, [self.source]).get(self.source)


def fails_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the next batch fail, and none after it."""
    take, due = count.Stat.apply, [error]

    def fails(*given: Any) -> Any:
        if due:
            raise due.pop()
        return take(*given)

    monkeypatch.setattr(count.Stat, "apply", fails)


@pytest.fixture
def client(redis_url: str) -> Redis:
    """The session's Redis."""
    return connect(redis_url)


SEEN_MS = 10**12
"""Long after the entries: nothing is live, and time enters nothing by itself."""


def test_each_kind_of_source_goes_on_without_it(stack: Callable[..., Stack]) -> None:
    """Real engines: what comes before and after is folded, also after a restart."""
    running = stack()
    client = connect(running.redis_url)

    def all_folded() -> bool:
        return not sources.waiting(client, list(KINDS))

    for name, (declared, sound, bad) in KINDS.items():
        sources.declare(client, name, kind_of(declared).spec(declared))
        entries.append(client, name, [sound[0], bad, sound[1]], SEEN_MS)
    wait_for(all_folded, "folding", running)
    running.kill("engine")
    for name, (_, sound, _) in KINDS.items():
        entries.append(client, name, [sound[2]], SEEN_MS)
    running.start("engine")
    wait_for(all_folded, "folding after a restart", running)

    with httpx.Client(base_url=f"{running.url}/api/v1", timeout=60) as web:
        wait_for(lambda: none_fails(web), "an end of failing", running)
        _is_told(web, client)


def none_fails(web: httpx.Client) -> bool:
    """Whether no source waits to begin again, by what engines have told last."""
    return not any("failing" in one for one in web.get("/sources").json()["sources"])


def _is_told(web: httpx.Client, client: Redis) -> None:
    """Which entries were left out is said everywhere, and the figures are those of the others."""
    metrics = web.get("/status").json()["metrics"]["pitlive_source_unfoldable"]
    known = {one["labels"]["source"]: one["value"] for one in metrics}
    listed = {one["source"]: one for one in web.get("/sources").json()["sources"]}
    for name, (declared, sound, bad) in KINDS.items():
        (told,) = web.get(f"/sources/{name}/set-aside").json()["aside"]
        state = stored(client, name)
        assert known[name] == listed[name]["unfoldable"]["entries"] == 1
        assert told["uid"] == bad.uid
        assert told["entry"] == listed[name]["unfoldable"]["newest"]
        assert told["got"] == listed[name]["unfoldable"]["reason"] != ""
        assert list(differences(client, name)) == []
        if name != "table":  # which tells when each was seen
            assert state == folded(declared, sound)
        else:
            assert state["columns"]["0"]["operations"] == 3


def test_many_are_found_among_thousands(client: Redis, source: str) -> None:
    """Wherever they stand; what is right is folded in large goes."""
    driven = Driven(client, source, DECLARED)
    bad = {0, 77, 78, 1500, 2999}
    given = [sale(n, n=10**19) if n in bad else sale(n) for n in range(3000)]
    driven.report(given)
    driven.settle()

    assert driven.left_out is not None
    assert driven.left_out.entries == len(bad)
    assert "OverflowError" in driven.left_out.reason
    assert stored(client, source) == folded(
        DECLARED, [e for n, e in enumerate(given) if n not in bad]
    )
    assert {one["uid"] for one in rejected.read(client, source, "0-0", 9)} == {f"u{n}" for n in bad}
    assert driven.paused > 0
    assert not driven.job.is_failing


def test_a_source_that_was_followed_well_pauses_no_longer_for_it(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad entry now and then costs the time of a reading, not that since the last one."""
    passed_s = 0.0

    def monotonic() -> float:
        """A clock of its own: a busy machine takes no longer for a reading."""
        nonlocal passed_s
        passed_s += 1e-6  # it may ask often, while it waits for its next publish
        return passed_s

    monkeypatch.setattr(job, "time", SimpleNamespace(monotonic=monotonic))
    driven = Driven(client, source, DECLARED)
    for n in range(0, 2 * LOOKS_IN_A_ROW, 2):
        driven.report([sale(n)])
        driven.settle()
        passed_s += 50
        driven.report([sale(n + 1, n=10**19)])
        driven.settle()

    assert driven.left_out is not None
    assert driven.left_out.entries == LOOKS_IN_A_ROW
    assert driven.paused > 0
    assert driven.longest_s == FIRST_S


def test_what_fails_at_no_single_entry_is_not_looked_for_without_end(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in what is folded at once: the source is held, and says why."""
    take, places = DeclaredState.apply, {f"u{n}" for n in range(0, 3000, 100)}

    def fails(fold: Any, batch: Batch) -> Any:
        if len(batch) > 1 and places.intersection(batch.uids):
            raise ArithmeticError("at once")
        return take(fold, batch)

    monkeypatch.setattr(DeclaredState, "apply", fails)
    monkeypatch.setattr(job, "MOST_IN_VAIN", 10)
    driven = Driven(client, source, DECLARED)
    driven.report([sale(n) for n in range(3000)])
    driven.settle(goes=20_000)

    assert driven.job.failing(0).reason == "ArithmeticError: at once"
    assert driven.left_out is None


def test_a_fold_that_would_exit_is_one_that_fails(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread of an engine ends by what a package raises."""
    take, want = DeclaredState.apply, folded(DECLARED, [sale(1), sale(2)])

    def exits(fold: Any, batch: Batch) -> Any:
        if BAD.intersection(batch.uids):
            raise SystemExit("enough")
        return take(fold, batch)

    monkeypatch.setattr(DeclaredState, "apply", exits)
    driven = Driven(client, source, DECLARED)
    driven.report([sale(1), sale(900), sale(2)])
    driven.settle()
    assert driven.left_out is not None
    assert (driven.left_out.entries, driven.left_out.reason) == (1, "SystemExit: enough")
    assert stored(client, source) == want


def test_one_at_which_only_the_rows_fail(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry went in; what is told of it cannot be worked out."""
    rows = count.Stat.rows

    def fails(stat: count.Stat) -> Any:
        if any(
            "bad" in text for names in stat._groups.table.names.values() for text in names.texts
        ):
            raise ArithmeticError("bad")
        return rows(stat)

    monkeypatch.setattr(count.Stat, "rows", fails)
    driven = Driven(client, source, DECLARED)
    given = [sale(n) for n in range(400)]
    driven.report([*given[:300], sale(900, item="bad"), *given[300:]])
    driven.settle()

    assert driven.left_out is not None
    assert driven.left_out.reason == "ArithmeticError: bad"
    assert stored(client, source) == folded(DECLARED, given)


@pytest.mark.parametrize("name", ["due_ms", "now_ms"])
def test_one_at_which_only_the_time_fails(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The rows are right; when they change by themselves, or what time it is, is not known."""
    take, known = DeclaredState.apply, getattr(DeclaredState, name)

    def taken(fold: Any, batch: Batch) -> Any:
        rejected = take(fold, batch)
        fold.is_spoilt = getattr(fold, "is_spoilt", False) or any(one.uid in BAD for one in batch)
        return rejected

    def fails(fold: Any) -> Any:
        if getattr(fold, "is_spoilt", False):
            raise ArithmeticError("no time")
        return known.fget(fold)

    monkeypatch.setattr(DeclaredState, "apply", taken)
    monkeypatch.setattr(DeclaredState, name, property(fails))
    driven = Driven(client, source, DECLARED)
    given = [sale(n) for n in range(400)]
    driven.report([*given[:300], sale(900), *given[300:]])
    driven.settle()
    driven.report([sale(901)])
    driven.settle()

    newest = entries.newest(client, source)
    assert driven.left_out == unfoldable.Unfoldable(2, newest, "ArithmeticError: no time")
    assert stored(client, source) == folded(DECLARED, given)


def test_a_failure_that_does_not_recur_leaves_nothing_out(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live entry is alone in doubt at once: it is tried again before anything is noted."""
    driven = Driven(client, source, DECLARED)
    driven.report([sale(1)])
    driven.settle()
    for n in (2, 3):
        fails_once(monkeypatch, OSError("by chance"))
        driven.report([sale(n)])
        driven.settle()

    assert driven.left_out is None
    assert not driven.job.is_failing
    assert stored(client, source) == folded(DECLARED, [sale(1), sale(2), sale(3)])


def test_a_machine_without_memory_is_no_entry_s_fault(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it happens: the source waits, with the reason, and goes on."""
    driven = Driven(client, source, DECLARED)
    for n in range(3):
        with monkeypatch.context() as short:
            fails_once(short, MemoryError("Unable to allocate 9 TiB"))
            driven.report([sale(n)] if not n else [])
            driven.settle()
        assert driven.job.failing(0).reason == "MemoryError: Unable to allocate 9 TiB"
    driven.settle()

    assert driven.left_out is None
    assert stored(client, source) == folded(DECLARED, [sale(0)])


def test_bytes_that_cannot_be_packed_hold_their_source_alone(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason, and nothing told or left out; it goes on once they can be."""
    _, sound, _ = KINDS["table"]
    driven, other = Driven(client, source, TABLE), Driven(client, f"{source}-other", DECLARED)
    driven.report(sound[:1])
    driven.settle()
    before = stored(client, source)
    with monkeypatch.context() as broken:
        broken.setattr(TableState, "pieces", lambda _: 1 / 0)
        for one in sound[1:]:
            driven.report([one])
            driven.settle()
            assert driven.job.failing(0).reason == "ZeroDivisionError: division by zero"
        other.report([sale(1)])
        other.settle()
        assert stored(client, other.source) == folded(DECLARED, [sale(1)])
    assert stored(client, source) == before
    assert driven.left_out is None

    driven.settle()
    assert stored(client, source)["columns"]["0"]["operations"] == 3
    assert not driven.job.is_failing


def test_what_fails_at_every_entry_is_no_entry_s_fault(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the source is held, with the reason; another program folds all of it."""
    monkeypatch.setattr(unfoldable, "MOST_LEFT_OUT", 20)
    driven = Driven(client, source, DECLARED)
    driven.report([sale(n) for n in range(50)])
    with monkeypatch.context() as broken:
        broken.setattr(count.Stat, "apply", lambda *_: 1 / 0)
        driven.settle()
        failing = driven.job.failing(0)
        assert driven.left_out is not None
        assert driven.left_out.entries == 20
        assert "20 entries before it failed as well" in failing.reason
        assert "ZeroDivisionError" in failing.reason

    monkeypatch.setattr(unfoldable, "__version__", "mended")
    driven.settle()
    assert driven.left_out is None
    assert stored(client, source) == folded(DECLARED, [sale(n) for n in range(50)])


def test_a_forecast_that_fails_stops_no_figure(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No entry is left out for it, and it is said."""
    monkeypatch.setattr(LiveForecasts, "step", lambda _: 1 / 0)
    driven = Driven(client, source, races.SPEC)
    driven.report(races.checked(races.small(3, 5)))
    driven.settle()
    taken = entries.newest(client, source)
    driven.report([lap(6)])
    driven.settle()

    (told,) = rejected.read(client, source, "0-0", 9)
    assert told["field"] == "forecasts, scores"
    assert told["got"].startswith("ZeroDivisionError")
    assert taken in told["got"]
    assert outcomes.refused(client, source, [taken]) == {}  # its sender is told nothing of it
    assert driven.left_out is None
    assert "standings" in stored(client, source)
    assert list(differences(client, source)) == []  # it fails there as well


def test_what_cannot_be_folded_cannot_be_compared(
    client: Redis, source: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pitlive verify --figures` names the entry and the reason, and what is beside it."""
    driven = Driven(client, source, DECLARED)
    driven.report([sale(1), sale(2)])
    driven.settle()
    monkeypatch.setattr(count.Stat, "apply", lambda *_: 1 / 0)
    asked = ["verify", source, "--figures", "--json", "--redis-url", redis_url]
    found = CliRunner().invoke(main, asked)

    assert found.exit_code == 1
    said = orjson.loads(found.stdout)
    assert said["record"] == entries.newest(client, source)
    assert said["what"] == "figures"
    assert "at it or at one of the 1 before it: ZeroDivisionError" in said["reason"]


class Late:
    """A fold that fails an entry after the one that spoils it, or at the next look."""

    due_ms = None

    def __init__(self) -> None:
        self.is_spoilt = False

    def apply(self, batch: Batch) -> list[Any]:
        """Fold a batch in."""
        self.rows()
        self.is_spoilt = "bad" in batch.uids
        return []

    def rows(self) -> dict[str, Any]:
        """Return the rows that changed."""
        if self.is_spoilt:
            raise KeyError("spoilt")
        return {}


def failed(given: list[Entry], doubts: list[Doubt]) -> FoldFailed:
    """How a fold of entries in three batches fails."""
    sifted = Sifted(Late(), (), doubts)  # type: ignore[arg-type]
    try:
        for one in (given[:2], given[2:6], given[6:]):
            sifted.apply(Batch.of(one))
    except FoldFailed as found:
        return found
    raise AssertionError("it does not fail")


def test_an_earlier_entry_is_not_blamed_on_a_later_one() -> None:
    """Doubt goes back to the last look at the rows."""
    given = [Entry(f"u{n}", "x", n, {}, id=f"5-{n}") for n in range(1, 10)]
    given[3] = Entry("bad", "x", 4, {}, id="5-4")
    first = failed(given, [])
    assert first.doubt == Doubt((0, 0), (5, 9), 9)
    second = failed(given, [first.doubt])
    assert second.doubt == Doubt((5, 3), (5, 4), 1)
    assert second.uid == "bad"
