"""Groups have a bound: an entry that would make one more is set aside, however it comes."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import httpx
import pytest

from pitlive.kind import kind_of
from pitlive.messages import Entry, Rejection
from tests.stack import Stack, wait_for

FIELDS = {
    "who": {"type": "text", "required": False},
    "n": {"type": "number", "decimals": 2, "required": False},
}
DECLARED: dict[str, Any] = {
    "kind": "declared",
    "most_groups": 5,
    "entries": {
        "fact": {"fields": FIELDS, "derived": {"d": {"expression": "n * 2", "decimals": 1}}},
        "gain": {"fields": FIELDS},
    },
    "stats": [
        {"name": "all", "kind": "count"},
        {"name": "by_user", "kind": "count", "by": ["who"]},
        {"name": "same", "kind": "mean", "of": "n", "by": ["who"]},
        {"name": "pairs", "kind": "count", "by": ["who", "d"], "where": "n > 1"},
        {"name": "gains", "kind": "count", "by": ["who"], "entries": "gain"},
    ],
}


def fact(uid: str, **data: Any) -> Entry:
    """A fact, or with `type` something else."""
    type = data.pop("type", "fact")
    return Entry(uid, type, 5, data, id=f"5-{uid}")


def folded(batches: list[list[Entry]]) -> tuple[dict[str, Any], list[Rejection]]:
    """The state after some batches, and what was set aside."""
    fold, state = kind_of(DECLARED).fold(kind_of(DECLARED).spec(DECLARED)), dict[str, Any]()
    aside: list[Rejection] = []
    for batch in batches:
        outcome = fold.outcome(batch)
        aside += outcome.rejected
        for name, rows in outcome.rows.items():
            state.setdefault(name, {}).update(rows)
    return state, aside


def test_one_group_too_many_is_set_aside_with_the_reason() -> None:
    """The entry is in no figure; entries of groups that are there go on, corrections too."""
    given = [
        fact("1", who="ann", n=1),  # two groups
        fact("2", who="bob", n=1),  # two more
        fact("3", who="ann", n=2.5),  # the fifth
        fact("4", who="cid", n=1),
        fact("5", who="ann", n=1),
        fact("6", n=9),  # of no group at all
        fact("7", who="ann", type="gain"),
        Entry("8", "fact", 5, {"who": "eve"}, 1, "1", id="5-8"),
        Entry("9", "retract", 5, {}, amends="3", retract=True, id="5-9"),
        fact("10", who="bob", n=1),
    ]
    state, aside = folded([given])
    assert [one.uid for one in aside] == ["4", "7", "8"]
    assert aside[0] == Rejection(
        "4",
        "who",
        "cid",
        "a group that is there: with this one of stat 'by_user' the source had 6, at most 5 are "
        "kept (most_groups)",
        "5-4",
    )
    assert state["all"] == {"": {"count": 5}}
    assert state["by_user"] == {"ann": {"count": 2}, "bob": {"count": 2}}


@pytest.mark.parametrize("seed", range(8))
def test_any_batches_leave_out_the_same(seed: int) -> None:
    """What there is room for is decided entry by entry, wherever the log is cut."""
    random = Random(seed)
    given = []
    for n in range(60):
        type = random.choice(["fact", "gain"])
        data = {"who": random.choice("abcd"), "n": random.choice([1, 1.25, 2])}
        some = {name: data[name] for name in data if random.random() < 0.8}
        given.append(fact(str(n), type=type, **some))
    cuts = [0, *sorted(random.sample(range(60), 4)), 60]
    whole = folded([given[a:b] for a, b in pairwise(cuts)])
    assert whole == folded([[one] for one in given])
    assert whole[1]
    assert sum(len(whole[0].get(name, ())) for name in ("by_user", "pairs", "gains")) <= 5


def test_a_server_bounds_what_a_declaration_may_ask_for(server: Stack, source: str) -> None:
    """And says what was set aside to whoever waits for it."""
    with httpx.Client(base_url=f"{server.url}/api/v1/sources", timeout=60) as web:
        refused = web.put(source, json=DECLARED | {"most_groups": 10**7})
        assert refused.status_code == 422
        assert "most_groups: got 10,000,000, want at most 4,000,000" in refused.json()["detail"]
        assert web.put(source, json=DECLARED).status_code == 200
        told = [{"uid": f"u{n}", "who": f"user {n}"} for n in range(7)]
        assert web.post(f"{source}/entries", json=told).status_code == 200
        wait_for(lambda: len(web.get(f"{source}/set-aside").json()["aside"]) == 2, "it", server)
        assert {one["got"] for one in web.get(f"{source}/set-aside").json()["aside"]} == {
            "user 5",
            "user 6",
        }
        assert len(web.get(f"{source}/state").json()["channels"]["by_user"]) == 5
