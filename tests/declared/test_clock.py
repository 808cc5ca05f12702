"""One wrong time costs nobody the figures of all others."""

from __future__ import annotations

from typing import Any

import pytest

from pitlive.batch import Batch
from pitlive.engine.clock import EventClock
from pitlive.kind import kind_of
from pitlive.messages import Entry
from pitlive.web.checking import check
from tests.declared import laws
from tests.declared.laws import START_MS

FAR_MS = 10**13
NOW_MS = 1_790_000_000_000

ROLLING = {"name": "it", "kind": "rolling", "over_s": 60}
FAR = Entry("far", "fact", FAR_MS, {})
TAKEN_BACK = Entry("no", "retract", FAR_MS, {}, 1, "far", retract=True)
MOVED_BACK = Entry("far", "fact", START_MS, {}, 1)


def fact(uid: str, after_ms: int) -> Entry:
    """A fact so long after the start."""
    return Entry(uid, "fact", START_MS + after_ms, {})


@pytest.mark.parametrize(("back", "count"), [(TAKEN_BACK, 3), (MOVED_BACK, 4)])
@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_rolling_is_right_after_a_time_far_ahead(back: Entry, count: int, size: int) -> None:
    """However entries are cut into batches, and in whatever order they come."""
    entries = [fact("a", 0), FAR, fact("b", 1000), back, fact("c", 2000)]
    for told in (entries, entries[::-1]):
        batches = [told[n : n + size] for n in range(0, len(told), size)]
        assert laws.folded(ROLLING, batches)[""]["current"] == count


def test_windows_that_closed_for_it_alone_are_open_again() -> None:
    """What comes for them is in time, and they are told when they are really over."""
    stat = {"name": "it", "kind": "window", "figure": "count", "over_s": 10, "lateness_ms": 0}
    start = START_MS // 10_000 * 10_000
    first, second = (Entry(uid, "fact", start + n, {}) for uid, n in (("a", 1), ("b", 2)))
    after = Entry("c", "fact", start + 10_000, {})
    entries = [first, FAR, TAKEN_BACK, second, after]
    for batches in ([entries], [[one] for one in entries]):
        found = laws.folded(stat, batches)
        assert found == {str(start): {"from": start, "to": start + 10_000, "count": 2, "late": 0}}


def test_the_last_fact_may_go() -> None:
    """Then it is no time at all."""
    for kind in ("rolling", "spike", "window", "peak", "timed"):
        needs = {"rolling": {}, "timed": {}, "window": {"figure": "count"}}.get(
            kind, {"more_than": 0}
        )
        over = {} if kind == "timed" else {"over_s": 60}
        stat: dict[str, Any] = {"name": "it", "kind": kind, **needs, **over}
        fold = laws.begin(stat)
        fold.outcome([FAR])
        fold.outcome([TAKEN_BACK])
        assert fold.now_ms == 0  # type: ignore[attr-defined]
        assert laws.folded(stat, [[FAR, TAKEN_BACK, fact("a", 0)]]) == laws.folded(
            stat, [[fact("a", 0)]]
        )


def declared(**more: Any) -> Any:
    """A declaration of facts, counted."""
    told = {"kind": "declared", "entries": laws.TYPES, "stats": [ROLLING], **more}
    return kind_of(told).spec(told)


@pytest.mark.parametrize("many", [1, 50])
@pytest.mark.parametrize("type", ["fact", "tick", "flush", "retract"])
def test_the_door_refuses_what_is_too_far_ahead(type: str, many: int) -> None:
    """And says how far ahead it may be, and what time it is; the others are taken."""
    things: list[Any] = [{"uid": f"u{n}", "at_ms": NOW_MS + n} for n in range(many)]
    things.insert(many // 2, {"uid": "x", "type": type, "at_ms": FAR_MS, "amends": "u"})
    checked = check(things, declared(), seen_ms=5, text=False, wall_ms=NOW_MS)

    (refused,) = checked.refused.values()
    assert (refused.uid, refused.field, refused.got) == ("x", "at_ms", FAR_MS)
    assert refused.want == "at most 1d ahead of now (2026-09-21T14:13:20Z)"
    assert len(checked.batch) == many


@pytest.mark.parametrize(
    ("bound", "ahead_ms", "is_taken"),
    [
        ("1d", 86_400_000, True),
        ("1d", 86_400_001, False),
        ("5s", 5001, False),
        ("none", 10**12, True),
    ],
)
def test_the_bound_is_declared(bound: str, ahead_ms: int, is_taken: bool) -> None:
    """To the millisecond; a replay has none."""
    thing = {"uid": "x", "at_ms": NOW_MS + ahead_ms}
    spec = declared(at_most_ahead=bound)
    assert bool(check([thing], spec, seen_ms=5, text=False, wall_ms=NOW_MS).batch) == is_taken


@pytest.mark.parametrize("bound", ["1", "1 d", "-1d", "1y", "", "d", "0s"])
def test_a_bound_that_is_none_is_refused(bound: str) -> None:
    """By the place in the declaration."""
    with pytest.raises(Exception, match="at_most_ahead"):
        declared(at_most_ahead=bound)


@pytest.mark.parametrize("at_ms", [-(10**13), -1, 2**53, 2**63, 10**400, 1.5, True, "5", [], 1e300])
def test_a_time_that_is_none_is_refused(at_ms: Any) -> None:
    """Nothing of it reaches the log."""
    checked = check([{"uid": "x", "at_ms": at_ms}], declared(), seen_ms=5, text=False, wall_ms=9)
    assert checked.refused[0].field == "at_ms"


def test_a_log_of_before_there_was_a_bound_is_folded_by_it_too() -> None:
    """By when each was seen, which is in the log: whenever it is folded, the same is left out."""
    seen = [NOW_MS, NOW_MS, NOW_MS + FAR_MS]
    entries = [
        Entry(f"u{n}", "fact", at_ms, {}, seen_ms=seen_ms, id=f"{NOW_MS}-{n}")
        for n, (at_ms, seen_ms) in enumerate(zip([NOW_MS, FAR_MS, FAR_MS], seen, strict=True))
    ]
    fold = kind_of(declared()).fold(declared())
    (refused,) = fold.apply(Batch.of(entries))

    assert (refused.uid, refused.entry) == ("u1", entries[1].id)
    assert refused.want == "at most 1d ahead of when it was seen (2026-09-21T14:13:20Z)"
    assert fold.rows()["it"][""]["total"] == 2


def test_a_record_of_a_clock_that_was_not_set_judges_nothing_and_hides_nothing() -> None:
    """What was seen in 1970 is taken; what is beside it is judged as it is alone."""
    entries = [
        Entry("early", "fact", NOW_MS, {}, seen_ms=1000, id="1000-0"),
        Entry("far", "fact", FAR_MS, {}, seen_ms=NOW_MS, id=f"{NOW_MS}-0"),
    ]
    batch, single = (kind_of(declared()).fold(declared()) for _ in range(2))

    (refused,) = batch.apply(Batch.of(entries))
    assert [refused] == [one for entry in entries for one in single.apply(Batch.of([entry]))]
    assert refused.uid == "far"
    assert batch.rows() == single.rows()


def test_a_live_source_ticks_again_after_a_time_far_ahead_is_taken_back() -> None:
    """It was live before, and is still; an archive never was."""
    clock = EventClock()
    clock.hear(NOW_MS, NOW_MS + 50, NOW_MS)
    clock.hear(FAR_MS, NOW_MS + 100, FAR_MS)
    assert clock.tick(NOW_MS + 1000, NOW_MS + 2000) is None
    clock.hear(FAR_MS, NOW_MS + 90_000, NOW_MS)
    assert clock.tick(NOW_MS + 1000, NOW_MS + 91_000) is not None

    old = EventClock()
    old.hear(START_MS, NOW_MS, START_MS)
    old.hear(FAR_MS, NOW_MS, FAR_MS)
    old.hear(FAR_MS, NOW_MS, START_MS)
    assert old.tick(START_MS + 1000, NOW_MS) is None
