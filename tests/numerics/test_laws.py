"""Streaming equals batch: every statistic, found by inspection, on every prefix of its input."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pitlive.numerics
from pitlive.numerics import NEVER
from pitlive.numerics.tail import tail

WINDOWS = (5, 10, 20)
STATISTICS = sorted(m.name for m in pkgutil.iter_modules(pitlive.numerics.__path__) if not m.ispkg)

Case = tuple[Any, Any]
"""What the statistic says, what the oracle says."""


def _statistic(name: str) -> Callable[..., Any]:
    return getattr(importlib.import_module(f"pitlive.numerics.{name}"), name)


def _counted(values: np.ndarray, mask: np.ndarray) -> list[pd.Series]:
    """The values of each row that count, as pandas sees them."""
    return [pd.Series(row[there]) for row, there in zip(values, mask, strict=True)]


def _tail(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    kept = [row.tail(20).astype(float).tolist() for row in _counted(values, mask)]
    return f(values, mask, 20), [[np.nan] * (20 - len(row)) + row for row in kept]


def _mean(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    rows = _counted(values, mask)
    return f(tail(values, mask, 20), WINDOWS), [[r.tail(n).mean() for n in WINDOWS] for r in rows]


def _median(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    rows = _counted(values, mask)
    return f(tail(values, mask, 20), WINDOWS), [[r.tail(n).median() for n in WINDOWS] for r in rows]


def _first_minimum(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    rows = [pd.Series(v)[m] for v, m in zip(values, mask, strict=True)]
    return f(values, mask), [-1 if r.empty else r.idxmin() for r in rows]


def _new_minimum(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    rows = [pd.Series(v, dtype=float).where(m) for v, m in zip(values, mask, strict=True)]
    before = [r.cummin().ffill().shift(fill_value=np.inf).fillna(np.inf) for r in rows]
    return f(values, mask), [r < b for r, b in zip(rows, before, strict=True)]


def _first_at_least(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    series = pd.Series(np.where(mask, values, -1)[0])
    bounds, start = np.array([0, 9, 15, 19, 30]), np.array([0, 3, 0, 7, 0])
    pairs = zip(bounds, start, strict=True)
    found = [series[(series >= b) & (series.index >= s)].index for b, s in pairs]
    return f(series.to_numpy(), bounds, start), [k[0] if len(k) else -1 for k in found]


def _last_true(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    found = [np.flatnonzero(row) for row in mask]
    return f(mask), [k[-1] if len(k) else -1 for k in found]


def _reached(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    times = np.where(mask, values.cumsum(axis=1) - values, NEVER)[0]
    at = np.array([-5, 0, 50, 200, 900])
    found = [np.flatnonzero(times <= t) for t in at]
    return f(times, at), [k[-1] if len(k) else -1 for k in found]


def _within(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    starts, ends = np.array([0, 40, 90]), np.array([30, 90, NEVER])
    end = values.cumsum(axis=1)
    start = end - values
    pairs = list(zip(starts, ends, strict=True))
    oracle = [
        [any(s <= a and b <= e for s, e in pairs) for a, b in zip(*row, strict=True)]
        for row in zip(start, end, strict=True)
    ]
    return f(start, end, starts, ends), oracle


def _rank(f: Callable[..., Any], values: np.ndarray, mask: np.ndarray) -> Case:
    keys = values * 100 + np.arange(len(values))[:, None]
    return f(keys), pd.DataFrame(keys).rank(axis=0).astype(int)


ORACLES = {
    "tail": _tail,
    "mean": _mean,
    "median": _median,
    "first_minimum": _first_minimum,
    "new_minimum": _new_minimum,
    "first_at_least": _first_at_least,
    "last_true": _last_true,
    "reached": _reached,
    "within": _within,
    "rank": _rank,
}


def _inputs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Believable rows: many, few and no values that count."""
    random = np.random.default_rng(2025)
    for share in (1.0, 0.6, 0.1, 0.0):
        yield random.integers(1, 20, (4, 45)), random.random((4, 45)) < share


@pytest.mark.parametrize("name", STATISTICS)
def test_a_statistic_equals_its_oracle_on_every_prefix(name: str) -> None:
    """Whatever has come so far, the figure is the one that a batch would give, bit for bit."""
    assert name in ORACLES, f"pitlive.numerics.{name} has no oracle in this test"
    for values, mask in _inputs():
        for n in range(1, values.shape[1] + 1):
            got, want = ORACLES[name](_statistic(name), values[:, :n], mask[:, :n])
            np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


def test_the_statistics_are_found() -> None:
    """A package that is found empty would pass every law."""
    assert set(STATISTICS) == set(ORACLES)
