"""A batch by column is the same entries in the same order, however it is cut and joined."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.batch import Batch, together
from pitlive.messages import Entry

values = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3) | st.lists(st.none())
entries = st.builds(
    Entry,
    uid=st.text(min_size=1, max_size=3),
    type=st.sampled_from(["lap", "note"]),
    at_ms=st.integers(0, 99),
    data=st.dictionaries(st.sampled_from(["car", "lap", "text"]), values),
    revision=st.integers(0, 2),
    amends=st.none() | st.just("a"),
    retract=st.booleans(),
    origin=st.none() | st.sampled_from(["anna", "bob"]),
)
several = st.lists(entries, max_size=12)
QUICK = settings(max_examples=200, deadline=None, derandomize=True)


def known(given: list[Entry]) -> list[Entry]:
    """The entries without what is None, which is as good as absent."""
    return [
        Entry(**{**fields(e), "data": {k: v for k, v in e.data.items() if v is not None}})
        for e in given
    ]


def fields(entry: Entry) -> dict[str, Any]:
    """What an entry is made of."""
    return {name: getattr(entry, name) for name in Entry.__slots__}


def logged(given: list[Entry], ms: int = 7) -> list[Entry]:
    """The same as the log would have numbered them."""
    return [
        Entry(**(fields(e) | {"id": f"{ms}-{n}", "seen_ms": n % 2})) for n, e in enumerate(given, 1)
    ]


@QUICK
@given(given=several, start=st.integers(-13, 13), size=st.integers(0, 13))
def test_any_part_of_a_batch_is_that_part_of_its_entries(
    given: list[Entry], start: int, size: int
) -> None:
    """Cut anywhere, ids and all; a place counted from the end is one too."""
    want = logged(known(given))
    batch = Batch.of(logged(given))

    assert list(batch) == want
    assert list(batch[start:][:size]) == want[start:][:size]
    assert [batch[n] for n in range(-len(want), len(want))] == want + want
    assert batch.last == (want[-1].id if want else "")
    assert list(batch.at_ms) == [entry.at_ms for entry in want]


@QUICK
@given(given=several, cut=st.integers(0, 12), random=st.randoms())
def test_batches_together_have_everything_at_its_place(
    given: list[Entry], cut: int, random: Any
) -> None:
    """Whatever is mixed with what, and what is alike in both becomes one part."""
    places = list(range(len(given)))
    random.shuffle(places)
    pieces = [sorted(places[:cut]), sorted(places[cut:])]
    batch = together([(own, Batch.of([given[n] for n in own])) for own in pieces])

    assert list(batch) == known(given)
    assert len({part.shape for part in batch.parts}) == len(batch.parts)
