"""Nested stats: every row has its own figures, whatever those below it are."""

from __future__ import annotations

from typing import Any

import pytest

from pitlive.declared.registry import STATS as KINDS
from pitlive.declared.rules import RuleSpec
from pitlive.declared.validation import read
from pitlive.errors import BadSpec
from pitlive.messages import Entry
from tests.declared.laws import START_MS, TYPES, entries, folded
from tests.declared.oracles import ORACLES
from tests.declared.test_scores import same

BY = ["place", "yes", "who"]
NO_GROUPS = {
    "reconcile",
    *(kind for kind, module in KINDS.items() if issubclass(module.Spec, RuleSpec)),
}

STATS = {
    f"{kind} {n}": {**stat, "kind": kind, "name": "x"}
    for kind, (_, stats) in ORACLES.items()
    if kind not in NO_GROUPS
    for n, stat in enumerate(stats)
    if stat.get("by") or kind != "level"
}


def alone(stat: dict[str, Any], depth: int) -> dict[str, Any]:
    """The stat of one depth, declared alone."""
    by = [*BY[:depth], BY[-1]] if stat["kind"] == "ranking" else BY[:depth]
    return stat | {"by": by, "opening": {}} if "opening" in stat else stat | {"by": by}


@pytest.mark.parametrize("name", STATS)
def test_a_nested_stat_is_all_its_depths_declared_alone(name: str) -> None:
    """Counts, peaks, buckets, lists: the figures of a parent are its own."""
    stat = STATS[name]
    if stat["kind"] == "level":
        stat = stat | {"opening": {}}
    reported = entries(7)
    batches = [reported[:20], reported[20:21], reported[21:]]
    depths = range(len(BY)) if stat["kind"] == "ranking" else range(len(BY) + 1)
    one_by_one: dict[str, Any] = {}
    for depth in depths:
        if stat["kind"] != "level" or depth:
            one_by_one |= folded(alone(stat, depth), batches)
    found = folded(stat | {"by": BY, "nested": True}, batches)
    if stat["kind"] == "level":  # which cannot be declared without items
        assert found.pop("").keys() >= {"level", "taken", "added"}
    assert len(found) > (0 if stat["kind"] in ("spike", "peak") else 10)
    same(found, one_by_one)


def test_the_peak_of_a_parent_is_not_the_sum_of_those_of_its_children() -> None:
    """Two at noon and two at one are never four at once."""
    at = [0, 1000, 60_000, 61_000]
    where = ["north", "north", "south", "south"]
    facts = [
        Entry(str(n), "fact", START_MS + ms, {"place": place})
        for n, (ms, place) in enumerate(zip(at, where, strict=True))
    ]
    stat = {"kind": "rolling", "name": "x", "over_s": 10, "peak": True, "nested": True}
    rows = folded(stat | {"by": ["place"]}, [facts])
    assert {key: row["peak"] for key, row in rows.items()} == {"": 2, "north": 2, "south": 2}


def test_an_entry_that_lacks_the_deeper_field_counts_above() -> None:
    """It is known where it was, and not who."""
    facts = [Entry("a", "fact", 5, {"place": "north"}), Entry("b", "fact", 5, {"who": "ann"})]
    stat = {"kind": "count", "name": "x", "by": ["place", "who"], "nested": True}
    assert folded(stat, [facts]) == {"": {"count": 2}, "north": {"count": 1}}


def test_nested_without_groups_makes_no_sense() -> None:
    """It is said."""
    told = {"kind": "declared", "entries": TYPES}
    told |= {"stats": [{"kind": "count", "name": "x", "nested": True}]}
    with pytest.raises(BadSpec, match=r"^stats\.0\.nested: got True, want fields in by"):
        read(told)
