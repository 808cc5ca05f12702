"""The figures of every example app equal a plain computation, at several instants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pitlive import apps
from pitlive.kind import kind_of
from pitlive.messages import Entry
from tests.apps import plain
from tests.declared.laws import apply
from tests.declared.test_scores import same

INSTANTS = (0.4, 0.8, 1.0)
"""Shares of the sample after which figures are compared."""


@pytest.mark.parametrize("app", plain.ALL)
def test_every_figure_of_an_app_equals_pandas_however_its_entries_are_cut(app: str) -> None:
    """After a part of the sample, after more of it and at the end, in batches of any size."""
    declared = apps.declaration(app)
    kind = kind_of(declared)
    spec = kind.spec(declared)
    fold, rows = kind.fold(spec), {stat["name"]: {} for stat in declared["stats"]}
    sample, done = list(apps.entries(app, 1)), 0
    made = [one for e in sample if isinstance(one := kind.entry(e, spec, seen_ms=0), Entry)]
    chance = np.random.default_rng(1)
    for share in INSTANTS:
        until = int(len(sample) * share)
        cuts = np.sort(chance.integers(done, until, 20)).tolist()
        for a, b in zip([done, *cuts], [*cuts, until], strict=True):
            outcome = fold.outcome(made[a:b])
            for name, known in rows.items():
                apply(known, outcome, name)
        done = until
        for name, want in plain.ALL[app](sample[:until]).items():
            same(rows[name], want)


def levels_in_order(reported: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """The level of an item after each entry that changed it."""
    opening = next(s for s in apps.declaration("stock")["stats"] if s["name"] == "levels")
    levels, known, told = dict(opening["opening"]), {}, []
    for one in reported:
        uid = one.get("amends") or f"{one['type']}/{one.get('number', one.get('purchase'))}"
        if one["type"] == "retract":
            item, change = known[uid]
        elif uid in known or one["type"] == "purchase":
            continue
        else:
            sign = -1 if one["type"] == "order" else 1
            item, change = one["item"], sign * one["quantity"]
            known[uid] = item, -change
        levels[item] += change
        told.append((item, levels[item]))
    return told


@pytest.mark.parametrize(("rule", "low", "clear"), [("low", 12, 20), ("none-left", 1, 1)])
def test_alerts_of_the_store_equal_a_plain_walk_through_its_levels(
    rule: str, low: int, clear: int
) -> None:
    """Which items they are on for, and how often they came on."""
    sample = list(apps.entries("stock", 1))
    is_on, times = dict[str, bool](), dict[str, int]()
    for item, level in levels_in_order(sample):
        if level < low and not is_on.get(item):
            is_on[item], times[item] = True, times.get(item, 0) + 1
        elif level >= clear and item in is_on:
            is_on[item] = False
    declared = apps.declaration("stock")
    kind = kind_of(declared)
    spec = kind.spec(declared)
    made = [one for e in sample if isinstance(one := kind.entry(e, spec, seen_ms=0), Entry)]
    rows = kind.fold(spec).outcome(made).rows[rule]

    assert {key: row["is_on"] for key, row in rows.items() if row} == is_on
    assert {key: row["times"] for key, row in rows.items() if row} == times
