"""Means are rounded once, whether floats hold their sums or not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.declaration.fields import EXACT
from pitlive.kind import kind_of
from pitlive.messages import Entry

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"fact": {"fields": {"who": "text", "n": {"type": "number", "decimals": 2}}}},
    "stats": [{"name": "mean", "kind": "mean", "of": "n", "by": ["who"]}],
}
LARGEST = EXACT // 100


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-LARGEST, LARGEST)), min_size=1))
def test_a_mean_is_the_float_next_to_the_exact_one(facts: list[tuple[str, int]]) -> None:
    """Of two groups, of which one may be beyond what floats hold, and the other not."""
    kind = kind_of(DECLARED)
    entries = [
        Entry(str(n), "fact", n, {"who": who, "n": value}) for n, (who, value) in enumerate(facts)
    ]
    rows = kind.fold(kind.spec(DECLARED)).outcome(entries).rows["mean"]

    for who, row in rows.items():
        values = [value for of, value in facts if of == who]
        assert row == {
            "count": len(values),
            "sum": float(Fraction(sum(values))),
            "mean": float(Fraction(sum(values), len(values))),
        }
