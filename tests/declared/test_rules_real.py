"""Rules over real orders and a real count: equal to plain computations, at several instants."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pitlive.messages import Entry
from tests.declared.test_scores import same
from tests.declared.test_time_real import entries, folded, lines, votes

__all__ = ["lines", "votes"]  # fixtures

FIELDS = {"item": "text", "quantity": "integer", "country": "text"}
STOCK: dict[str, Any] = {
    "kind": "declared",
    "entries": {"line": {"fields": FIELDS}, "delivery": {"fields": FIELDS}},
    "stats": [
        {"name": "stock", "kind": "level", "by": ["item"], "adds": "delivery", "of": "quantity",
         "opening": {"85123A": 200, "22423": 50}},
        {"name": "low", "kind": "low_water", "stat": "stock", "low": -60, "clear": -20},
        {"name": "rush", "kind": "spike", "by": ["item"], "over_s": 3600, "more_than": 3},
        {"name": "peaks", "kind": "peak", "by": ["item"], "over_s": 3600, "more_than": 3},
    ],
}  # fmt: skip


@pytest.mark.parametrize("share", [0.05, 0.6, 1.0])
def test_rules_over_real_orders_equal_plain_loops(lines: pd.DataFrame, share: float) -> None:
    """Low water with a way back, spikes and peaks, item by item."""
    rows = lines.head(int(len(lines) / 3 * share))
    got = folded(STOCK, entries(rows, "line"), seed=4)
    by_item = {item: part for item, part in rows.groupby("item")}
    now_ms = int(rows["at_ms"].max())

    opening = {"85123A": 200, "22423": 50}
    low = ((item, _low(opening.get(item, 0), part)) for item, part in by_item.items())
    same(got["low"], {item: row for item, row in low if row["times"]})
    rush = ((item, _rush(part["at_ms"].tolist(), now_ms)) for item, part in by_item.items())
    same(got["rush"], {item: row for item, row in rush if row["times"]})
    peaks = ((item, _peaks(part["at_ms"], now_ms)) for item, part in by_item.items())
    same(got["peaks"], {item: row for item, row in peaks if row["times"]})
    assert share < 1 or min(len(got["low"]), len(got["rush"]), len(got["peaks"])) > 20


def _switched(told: Iterator[tuple[int, bool | None, float]]) -> dict[str, Any]:
    """The row of a rule that is told when it is on, and when off; None: as before."""
    row: dict[str, Any] = {"is_on": False, "times": 0}
    for at_ms, is_on, value in told:
        if is_on and not row["is_on"]:
            row = {"is_on": True, "times": row["times"] + 1, "began_ms": at_ms, "value": value}
        elif is_on is False and row["is_on"]:
            row |= {"is_on": False, "ended_ms": at_ms}
    return row


def _low(level: int, rows: pd.DataFrame) -> dict[str, Any]:
    def told() -> Iterator[tuple[int, bool | None, float]]:
        left = level
        for at_ms, quantity in rows[["at_ms", "quantity"]].to_numpy().tolist():
            left -= quantity
            yield at_ms, True if left < -60 else False if left >= -20 else None, left

    return _switched(told())


def _rush(at_ms: Sequence[int], now_ms: int) -> dict[str, Any]:
    held = deque[int]()

    def told() -> Iterator[tuple[int, bool | None, float]]:
        for n, at in enumerate([*at_ms, now_ms + 1]):
            while held and held[0] + 3_600_000 <= min(at, now_ms):
                gone = held[0] + 3_600_000
                while held and held[0] + 3_600_000 == gone:
                    held.popleft()
                yield gone, len(held) + at_ms.count(gone) > 3, 0
            if n < len(at_ms):
                held.append(at)
                if at_ms[n + 1 : n + 2] != [at]:  # those of one moment are counted together
                    yield at, len(held) > 3, len(held)

    row = _switched(told())
    return row | {"count": len(held)}


def _peaks(at_ms: pd.Series, now_ms: int) -> dict[str, Any]:
    hour = 3_600_000
    counts = (at_ms // hour).value_counts().to_dict()
    closed = range(int(at_ms.min()) // hour, (now_ms - hour - 500) // hour + 1)
    told = (((n + 1) * hour, counts.get(n, 0) > 3, counts.get(n, 0)) for n in closed)
    return _switched(told)


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_milestones_of_a_real_count_equal_pandas(votes: pd.DataFrame, share: float) -> None:
    """The first update at which a state had so many votes, though corrections took some back."""
    rows = votes.head(int(len(votes) * share))
    declared = {
        "kind": "declared",
        "entries": {"update": {"fields": {"state": "text", "votes": "integer"}}},
        "stats": [
            {"name": "votes", "kind": "mean", "of": "votes", "by": ["state"]},
            {"name": "most", "kind": "milestone", "stat": "votes", "figure": "sum",
             "comparator": ">", "target": 50_000, "message": "Fifty thousand."},
            {"name": "tenth", "kind": "milestone", "stat": "votes", "figure": "count",
             "comparator": "==", "target": 10},
        ],
    }  # fmt: skip
    got = folded(declared, entries(rows, "update"), seed=6)

    def first(figure: pd.Series, holds: pd.Series, **more: str) -> dict[str, Any]:
        at = rows.assign(value=figure)[holds].groupby("state").first()
        return {
            state: {"is_on": True, "times": 1, "began_ms": at_ms, "value": value, **more}
            for state, at_ms, value in at[["at_ms", "value"]].reset_index().to_numpy().tolist()
        }

    totals, nth = rows.groupby("state")["votes"].cumsum(), rows.groupby("state").cumcount() + 1
    same(got["most"], first(totals, totals > 50_000, message="Fifty thousand."))
    same(got["tenth"], first(nth, nth == 10))
    assert (totals.groupby(rows["state"]).last() < totals.groupby(rows["state"]).max()).any()


def test_deliveries_reconciled_with_orders_equal_pandas(lines: pd.DataFrame) -> None:
    """Some come short, twice, or unordered, in any order among the orders."""
    random = np.random.default_rng(7)
    ordered = lines[lines["quantity"] > 0].head(4000).groupby("item")["quantity"].sum()
    share = random.choice([0, 0.5, 1, 1.5], len(ordered))
    came = (ordered * share).astype(int)[share > 0]
    came["nobody's"] = 3
    told = [*zip(ordered.items(), ["line"] * len(ordered), strict=True)]
    told += zip(came.items(), ["delivery"] * len(came), strict=True)
    reported = [
        Entry(f"{type}/{item}", type, 5, {"item": item, "quantity": int(quantity)})
        for (item, quantity), type in told
    ]
    reported = [reported[n] for n in random.permutation(len(reported))]
    stat = {"name": "came", "kind": "reconcile", "entries": "delivery", "orders": "line",
            "by": ["item"], "of": "quantity"}  # fmt: skip
    got = folded({**STOCK, "stats": [stat]}, reported, seed=8)["came"]

    both = pd.concat([ordered, came], axis=1, keys=["ordered", "delivered"])
    short = both["delivered"].fillna(0) - both["ordered"]
    status = np.select(
        [both["ordered"].isna(), short > 0, short == 0, both["delivered"].isna()],
        ["unmatched", "over", "completed", "open"],
        "partial",
    )
    want = both.fillna(0).assign(status=status).to_dict("index")
    names = ("open", "partial", "completed", "over", "unmatched")
    totals = {name: int((status == name).sum()) for name in names}
    assert min(totals.values()) > 0
    same(got, want | {"": totals})


def test_late_orders_are_listed_by_name(data_dir: Path) -> None:
    """Real orders an hour and more out of order: every one that missed its window is listed."""
    path = data_dir / "retail_orders" / "orders_2011_09_01_to_11_14.csv.gz"
    read = pd.read_csv(path, dtype=str, nrows=3000)
    at = pd.to_datetime(read["InvoiceDate"]).astype("datetime64[ms]").astype("int64").to_numpy()
    order = np.argsort(at + np.random.default_rng(9).integers(0, 5_400_000, len(at)))
    reported = [Entry(f"line/{n}", "line", int(at[n]), {"country": "UK"}) for n in order]
    optional = {name: {"type": type, "required": False} for name, type in FIELDS.items()}
    stat = {"name": "hours", "kind": "window", "over_s": 3600, "lateness_ms": 0, "keep": 10_000}
    declared = {"kind": "declared", "entries": {"line": {"fields": optional}}, "stats": [stat]}
    got = folded(declared, reported, seed=10)["hours"]

    hours, clock = at[order] // 3_600_000, np.maximum.accumulate(at[order])
    is_late = (hours + 1) * 3_600_000 <= clock
    uids = pd.Series([entry.uid for entry in reported])
    late = uids[is_late].groupby(hours[is_late]).apply(list)
    shown = {int(key) // 3_600_000: row for key, row in got.items()}
    assert {n: row["late"] for n, row in shown.items() if row["late"]} == late.map(len).to_dict()
    assert all(shown[n]["late_uids"] == listed[-100:] for n, listed in late.items())
    assert {n: row["count"] for n, row in shown.items() if row["count"]} == {
        int(n): int(count)
        for n, count in zip(*np.unique(hours[~is_late], return_counts=True), strict=True)
        if n in shown
    }
