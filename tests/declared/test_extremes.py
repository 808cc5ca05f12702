"""What the door takes a fold can fold: numbers at their ends, odd times, in any declaration."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pitlive.errors import BadSpec
from pitlive.kind import kind_of
from pitlive.messages import Entry
from tests.declared.laws import FIELDS
from tests.declared.oracles import ORACLES

OVER_S = [0.0004, 0.0006, 0.001, 0.0015, 1, 31_536_000]
TEXTS = ["a", "/", "~", "\x00", "x" * 200, "NaN", "@", "🏁", 63, -(10**30)]
NUMBERS = [0, -0.0, 1, 2**53, -(2**53) + 1, 1e-9, 9007199254740.991, 1e308, 5e-324, 10**30, 1e15]
TIMES = [0, 1, 999, 2**31, 1_700_000_000_000, 10**13]
EXPRESSIONS = ["n * n", "n / n", "1 / n", "-n / 0", "n * 9007199254740992"]

BASES = [(kind, base) for kind, (_, declared) in ORACLES.items() for base in declared]


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """A declaration with a few stats; not all of them can be taken."""
    number = {"type": "number", "required": False, "decimals": draw(st.sampled_from([0, 2, 9]))}
    number |= draw(st.sampled_from([{}, {"max": 1e18}, {"min": -1e300, "max": 1e300}]))
    derived = {"d": {"expression": draw(st.sampled_from(EXPRESSIONS)), "decimals": 9}}
    type = {"fields": FIELDS | {"n": number}, "derived": derived}
    stats = [{"name": "base", "kind": "mean", "of": "n", "by": ["place"]}]
    for n, (kind, base) in enumerate(draw(st.lists(st.sampled_from(BASES), max_size=3))):
        one = {**deepcopy(base), "name": f"s{n}", "kind": kind}
        one |= {
            k: draw(st.sampled_from(OVER_S))
            for k in ("over_s", "every_s")
            if k in one and kind != "timed"
        }
        stats.append(one | ({"of": "d"} if one.get("of") == "n" and draw(st.booleans()) else {}))
    types = {"fact": type, "gain": type}
    return {"kind": "declared", "at_most_ahead": "none", "entries": types, "stats": stats}


uids = st.integers(0, 9).map(lambda n: f"u{n}")
times = st.sampled_from(TIMES)
texts = st.sampled_from(TEXTS)
reported = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["fact", "gain"]), "uid": uids, "at_ms": times},
        optional={
            "n": st.sampled_from(NUMBERS),
            "place": texts,
            "who": texts,
            "yes": st.booleans(),
            "revision": st.sampled_from([0, 1, 10**9]),
            "amends": uids,
        },
    ),
    st.fixed_dictionaries({"type": st.just("retract"), "amends": uids, "at_ms": times}),
    st.fixed_dictionaries({"type": st.sampled_from(["tick", "flush"]), "at_ms": times}),
)


@given(declarations(), st.lists(st.lists(reported, max_size=9), max_size=6))
@examples(max_examples=150)
def test_what_the_door_takes_can_be_folded(
    declared: dict[str, Any], batches: list[list[dict[str, Any]]]
) -> None:
    """Nothing is raised, and every row is JSON."""
    try:
        spec = kind_of(declared).spec(declared)
    except BadSpec:
        return
    kind = kind_of(spec)
    fold = kind.fold(spec)
    for things in batches:
        checked = (kind.entry(thing, spec, seen_ms=5) for thing in things)
        outcome = fold.outcome([one for one in checked if isinstance(one, Entry)])
        orjson.dumps(outcome.rows)
        assert fold.due_ms is None or fold.due_ms >= 0


@pytest.mark.parametrize("part", ["over_s", "every_s"])
def test_a_window_is_at_least_a_millisecond(part: str) -> None:
    """Shorter ones are of no length at all."""
    declared = {
        "kind": "declared",
        "entries": {"fact": {"fields": FIELDS}},
        "stats": [{"name": "it", "kind": "window", "over_s": 0.002, part: 0.0004}],
    }
    with pytest.raises(BadSpec, match=rf"stats.0.{part}: got 0.0004, want .*0.0005"):
        kind_of(declared).spec(declared)


def test_a_number_is_never_larger_than_a_column_holds() -> None:
    """Whatever the declaration allows."""
    number = {"type": "number", "decimals": 9, "min": -1e300, "max": 1e300}
    declared = {"kind": "declared", "entries": {"fact": {"fields": {"n": number}}}}
    kind = kind_of(declared)
    spec = kind.spec(declared)
    refused = kind.entry({"uid": "a", "n": 1e15}, spec, seen_ms=5)
    assert not isinstance(refused, Entry)
    assert refused.want == "a number with at most 9 decimals from -4611686018 to 4611686018"
    assert isinstance(kind.entry({"uid": "a", "n": 4e9}, spec, seen_ms=5), Entry)
