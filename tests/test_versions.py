"""Which version of a fact counts: the same in every fold, whatever came first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.declared.facts import VersionedFacts as DeclaredFacts
from pitlive.messages import Entry
from pitlive.race.facts import RaceFacts as RaceFacts
from pitlive.versions import is_repeat, misfit, rank, settle

FIRST = Entry("a", "lap", 5, {})
SECOND = Entry("a", "lap", 6, {}, revision=1)
AMENDED = Entry("b", "lap", 7, {}, amends="a", revision=2)
UNNUMBERED = Entry("0", "lap", 7, {}, amends="a")
OF_ANOTHER_TYPE = Entry("d", "flag", 9, {}, amends="a", revision=9)


def retraction(revision: int, uid: str = "c", amends: str = "a") -> Entry:
    """What takes a fact out."""
    return Entry(uid, "retract", 8, {}, amends=amends, revision=revision, retract=True)


CASES: list[tuple[str, list[Entry], Entry | None]] = [
    ("a higher revision replaces", [FIRST, SECOND], SECOND),
    ("an amendment is a version too", [FIRST, SECOND, AMENDED], AMENDED),
    ("an amendment without a number is the first", [FIRST, UNNUMBERED], UNNUMBERED),
    ("of two of a number that with the greater uid counts", [SECOND, UNNUMBERED], SECOND),
    ("a retraction takes the fact out", [FIRST, retraction(1)], None),
    ("also with the lowest number there is", [FIRST, retraction(0)], None),
    ("one that a correction is above of does not", [FIRST, retraction(1), AMENDED], AMENDED),
    ("what is stated anew above it is back", [FIRST, retraction(0, "0"), SECOND], SECOND),
    ("whatever else there is", [FIRST, SECOND, AMENDED, retraction(3)], None),
    ("there is nothing but retractions", [retraction(1), retraction(2)], None),
    ("a retraction is of no type", [FIRST, retraction(3), OF_ANOTHER_TYPE], None),
    ("what is of another type does not count", [FIRST, AMENDED, OF_ANOTHER_TYPE], AMENDED),
    ("who names the fact says its type", [OF_ANOTHER_TYPE, SECOND], SECOND),
    ("else the lowest amendment does", [OF_ANOTHER_TYPE, AMENDED], AMENDED),
]


def in_race(entries: Sequence[Entry]) -> Entry | None:
    """What counts in the end where the fold of a race keeps facts."""
    facts, after = RaceFacts(), None
    for entry in entries:
        if (change := facts.add(entry)) is not None:
            assert change.before == after
            after = change.after
    return after


def in_declared(entries: Sequence[Entry]) -> Entry | None:
    """What counts in the end where that of a declared source does."""
    facts, after = DeclaredFacts(), None
    for row, entry in enumerate(entries):
        change, _ = facts.take(entry, row)
        if change is not None:
            assert change.before == after
            after = change.after
    return None if after is None else entries[after.row]


@pytest.mark.parametrize(("entries", "counts"), [case[1:] for case in CASES], ids=lambda _: "")
def test_the_same_version_counts_in_every_order_and_in_every_fold(
    entries: list[Entry], counts: Entry | None
) -> None:
    """Also where some come twice."""
    for order in permutations(entries):
        assert settle(order) == counts
        assert in_race(order) == in_race([*order, *order]) == counts
        assert in_declared(order) == in_declared([*order, *order]) == counts


revisions = st.integers(0, 3)
of_fact = st.builds(
    lambda uid, type, revision: Entry(
        uid, type, 5, {}, revision, None if uid == "a" else "a", retract=type == "retract"
    ),
    st.sampled_from(["a", "b", "0"]),
    st.sampled_from(["lap", "lap", "flag", "retract"]),
    revisions,
).filter(lambda entry: entry.uid != "a" or not entry.retract)
many = st.lists(of_fact, max_size=7, unique_by=rank)
"""Versions of one fact; the log gives each uid and revision away once."""


@settings(max_examples=300, deadline=None, derandomize=True)
@given(entries=many, order=st.randoms(use_true_random=False))
def test_any_versions_in_any_order_come_to_the_same(entries: list[Entry], order: object) -> None:
    """Of what the rule says, no fold says anything else."""
    shuffled = list(entries)
    order.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis hides its type
    counts = settle(entries)

    assert settle(shuffled) == counts
    assert in_race(entries) == in_race(shuffled) == counts
    assert in_declared(entries) == in_declared(shuffled) == counts
    assert counts is None or not counts.retract


@settings(max_examples=200, deadline=None, derandomize=True)
@given(entries=many)
def test_a_retraction_above_all_others_leaves_nothing(entries: list[Entry]) -> None:
    """And one below what counts takes nothing from it."""
    above = max((entry.revision for entry in entries), default=0) + 1
    assert settle([*entries, retraction(above, "r")]) is None

    counts = settle(entries)
    if counts is not None and rank(counts) > (1, ""):
        assert settle([retraction(1, ""), *entries]) == counts


def test_who_retracts_a_retraction_brings_nothing_back() -> None:
    """It is about another fact, of which nothing is stated: what is back is stated anew."""
    entries = [FIRST, retraction(1, "c"), retraction(2, "e", amends="c")]
    facts = RaceFacts()
    changes = [facts.add(entry) for entry in entries]

    assert [change and change.after for change in changes] == [FIRST, None, None]
    assert entries[2].fact == "c"


def test_a_repeat_is_of_the_same_name_and_number() -> None:
    """An amendment without a number is the first, and repeats it."""
    assert is_repeat(UNNUMBERED, [Entry("0", "lap", 7, {}, amends="a", revision=1)])
    assert not is_repeat(SECOND, [FIRST, AMENDED])


def test_a_correction_of_another_type_is_set_aside() -> None:
    """In both folds, with what would have been taken."""
    race, declared = RaceFacts(), DeclaredFacts()
    race.add(FIRST)
    declared.take(FIRST, 0)
    change = race.add(OF_ANOTHER_TYPE)
    nothing, refused = declared.take(OF_ANOTHER_TYPE, 1)

    assert change is not None
    assert change.before == change.after
    assert nothing is None
    assert change.aside == refused == misfit(OF_ANOTHER_TYPE, [FIRST, OF_ANOTHER_TYPE])
    assert refused is not None
    assert refused.want == "lap, the type of the fact a that it corrects"
