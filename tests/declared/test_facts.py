"""Versions of facts: which one counts never depends on which came first."""

from __future__ import annotations

from itertools import permutations

import pytest

from pitlive.declared.facts import Facts, Version
from pitlive.messages import Entry

FIRST = Entry("a", "score", 5, {"points": 1})
SECOND = Entry("a", "score", 6, {"points": 2}, revision=1)
AMENDED = Entry("b", "score", 7, {"points": 3}, amends="a", revision=2)
RETRACTED = Entry("c", "retract", 8, {}, amends="a", revision=3, retract=True)
OF_ANOTHER_TYPE = Entry("d", "order", 9, {}, amends="a", revision=9)
ROWS = {"a0": 10, "a1": 11, "b2": 12, "c3": 13, "d9": 14}


def settled(entries: list[Entry]) -> Version | None:
    """What counts of the fact in the end."""
    facts, after = Facts(), None
    for entry in entries:
        change, _ = facts.take(entry, ROWS[f"{entry.uid}{entry.revision}"])
        if change is not None:
            assert change.before == after
            after = change.after
    return after


@pytest.mark.parametrize(
    ("entries", "row"),
    [
        ([FIRST, SECOND], 11),
        ([FIRST, SECOND, AMENDED], 12),
        ([FIRST, SECOND, AMENDED, RETRACTED], None),
        ([FIRST, RETRACTED, OF_ANOTHER_TYPE], None),
        ([FIRST, AMENDED, OF_ANOTHER_TYPE], 12),
        ([FIRST, FIRST, SECOND, FIRST, SECOND], 11),
    ],
)
def test_whatever_the_order_the_same_version_counts(entries: list[Entry], row: int | None) -> None:
    """Repeats, corrections, retractions and misfits, in every order."""
    for order in permutations(entries):
        counts = settled(list(order))
        assert (counts.row if counts else None) == row


def test_a_correction_of_another_type_is_set_aside() -> None:
    """It says what would have been taken."""
    facts = Facts()
    facts.take(FIRST, 0)
    change, refused = facts.take(OF_ANOTHER_TYPE, 1)

    assert change is None
    assert refused is not None
    assert refused.want == "score, the type of the fact a that it corrects"
