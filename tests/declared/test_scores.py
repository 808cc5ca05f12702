"""Figures of real test scores: equal to pandas, in any order, with repeats and corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pitlive.kind import kind_of
from pitlive.messages import Entry, Fold

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "name": "Tennessee STAR",
    "entries": {
        "score": {
            "uid": ["student", "grade", "subject"],
            "fields": {
                "student": "text",
                "school": "text",
                "district": "text",
                "grade": {"type": "text", "one_of": ["K", "1", "2", "3"]},
                "subject": {"type": "text", "one_of": ["read", "math"]},
                "score": {"type": "integer", "min": 0, "max": 1000},
            },
        }
    },
    "stats": [
        {"name": "entries", "kind": "count"},
        {"name": "schools", "kind": "mean", "of": "score", "by": ["school"]},
        {"name": "grades", "kind": "mean", "of": "score", "by": ["district", "grade"]},
        {"name": "median", "kind": "quantile", "of": "score", "by": ["grade"], "at": [0.5, 0.9]},
        {"name": "range", "kind": "extreme", "of": "score", "by": ["subject", "grade"]},
        {"name": "students", "kind": "distinct", "of": "student", "by": ["school"]},
        {"name": "best", "kind": "ranking", "of": "score", "by": ["district", "school"], "k": 3},
    ],
}


@pytest.fixture(scope="module")
def scores(data_dir: Path) -> pd.DataFrame:
    """One row a score, names as text."""
    read = pd.read_csv(data_dir / "student_scores" / "star_scores.csv.gz", dtype=str)
    keep = ["student", "school", "district", "grade"]
    long = read.melt(keep, ["read", "math"], "subject", "score").dropna().reset_index(drop=True)
    return long.astype({"score": float}).astype({"score": int})


def entries(rows: pd.DataFrame, revision: int = 0) -> list[Entry]:
    """What the door makes of these rows."""
    kind, spec = kind_of(DECLARED), kind_of(DECLARED).spec(DECLARED)
    made = [kind.entry(dict(row), spec, seen_ms=5) for row in rows.to_dict("records")]
    taken = [one for one in made if isinstance(one, Entry)]
    assert len(taken) == len(rows)
    return [_revised(entry, revision) for entry in taken]


def _revised(entry: Entry, revision: int) -> Entry:
    return Entry(entry.uid, entry.type, entry.at_ms, entry.data, revision)


def folded(batches: Sequence[Sequence[Entry]]) -> dict[str, dict[str, Any]]:
    """The state that these batches add up to."""
    state: dict[str, dict[str, Any]] = {}
    fold: Fold = kind_of(DECLARED).fold(kind_of(DECLARED).spec(DECLARED))
    for batch in batches:
        for name, rows in fold.outcome(batch).rows.items():
            channel = state.setdefault(name, {})
            for key, row in rows.items():
                if row is None:
                    channel.pop(key, None)
                else:
                    channel[key] = row
    return state


def oracle(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The same figures, as pandas has them."""
    by_school, score = rows.groupby("school"), rows["score"]
    grades = rows.groupby(["district", "grade"])["score"]
    range_ = rows.groupby(["subject", "grade"])["score"].agg(["size", "min", "max"])
    quantiles = rows.groupby("grade")["score"].quantile([0.5, 0.9]).unstack()
    return {
        "entries": {"": {"count": len(score)}},
        "schools": _means(by_school["score"].agg(["size", "sum", "mean"])),
        "grades": _means(grades.agg(["size", "sum", "mean"])),
        "median": {
            g: {"count": int((rows["grade"] == g).sum()), "median": m, "p90": p}
            for g, (m, p) in zip(quantiles.index, quantiles.to_numpy().tolist(), strict=True)
        },
        "range": {
            f"{s}/{g}": {"count": n, "min": a, "max": b}
            for (s, g), (n, a, b) in zip(range_.index, range_.to_numpy().tolist(), strict=True)
        },
        "students": {s: {"distinct": int(n)} for s, n in by_school["student"].nunique().items()},
        "best": {d: _best(part) for d, part in rows.groupby("district")},
    }


def _means(found: pd.DataFrame) -> dict[str, Any]:
    keys = ["/".join(k) if isinstance(k, tuple) else k for k in found.index]
    rows = zip(keys, found.to_numpy().tolist(), strict=True)
    return {k: {"count": int(n), "sum": int(s), "mean": m} for k, (n, s, m) in rows}


def _best(rows: pd.DataFrame) -> list[dict[str, Any]]:
    means = rows.groupby("school")["score"].agg(["mean", "size"]).reset_index()
    order = means.sort_values(["mean", "school"], ascending=[False, True]).head(3)
    place = order["mean"].rank(method="min", ascending=False).astype(int)
    columns = zip(place, order["school"], order["mean"], order["size"], strict=True)
    return [{"place": int(p), "key": s, "value": m, "count": int(n)} for p, s, m, n in columns]


def same(got: Any, want: Any, where: str = "") -> None:
    """Compare figures to 1e-9, everything else exactly."""
    if isinstance(want, Mapping):
        assert set(got) == set(want), where
        for name in want:
            same(got[name], want[name], f"{where}.{name}")
    elif isinstance(want, list):
        assert len(got) == len(want), where
        for n, (one, other) in enumerate(zip(got, want, strict=True)):
            same(one, other, f"{where}.{n}")
    else:
        assert got == (pytest.approx(want, rel=1e-9) if isinstance(want, float) else want), where


@pytest.mark.parametrize("share", [0.001, 0.1, 1.0])
def test_figures_equal_pandas_at_several_instants(scores: pd.DataFrame, share: float) -> None:
    """After a few, some and all scores, every figure is the one that pandas computes."""
    rows = scores.head(int(len(scores) * share))
    same(folded([entries(rows)]), oracle(rows))


def test_any_order_in_any_batches_with_repeats_and_corrections_ends_the_same(
    scores: pd.DataFrame,
) -> None:
    """Wrong first, right later or the other way round: what counts is the highest revision."""
    rows = scores.head(6000)
    random = np.random.default_rng(4)
    wrong = rows.sample(1500, random_state=1).assign(score=lambda r: (r["score"] * 7) % 1000)
    right = entries(rows[~rows.index.isin(wrong.index)]) + entries(rows.loc[wrong.index], 1)
    everything = [*right, *entries(wrong), *right[:800]]
    order = random.permutation(len(everything))
    cuts = np.sort(random.integers(0, len(everything), 25))
    batches = [[everything[i] for i in part] for part in np.split(order, cuts)]

    same(folded(batches), oracle(rows))
    assert folded(batches) == folded([right])


def test_facts_that_are_taken_out_leave_no_trace(scores: pd.DataFrame) -> None:
    """Retracted, a score is in no figure; a group that is empty is gone."""
    rows = scores.head(2000)
    gone = rows[rows["district"] == rows["district"].iloc[0]]
    out = [
        Entry(f"out/{e.uid}", "retract", 9, {}, amends=e.uid, retract=True) for e in entries(gone)
    ]
    kept = rows[~rows.index.isin(gone.index)]

    same(folded([entries(rows), out]), oracle(kept))
    same(folded([out, entries(rows)]), oracle(kept))
