"""Figures of time over real data: equal to pandas, at several instants, in any batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pitlive.kind import kind_of
from pitlive.messages import Entry
from tests.declared.laws import apply
from tests.declared.test_scores import same

VOTES: dict[str, Any] = {
    "kind": "declared",
    "entries": {"update": {"fields": {"state": "text", "votes": "integer"}}},
    "stats": [
        {
            "name": "hour",
            "kind": "rolling",
            "over_s": 3600,
            "figure": "sum",
            "of": "votes",
            "by": ["state"],
        },
        {"name": "updates", "kind": "rolling", "over_s": 3600, "peak": True},
        {"name": "hours", "kind": "timed", "every_s": [3600], "of": "votes"},
    ],
}
ORDERS: dict[str, Any] = {
    "kind": "declared",
    "entries": {"line": {"fields": {"item": "text", "quantity": "integer", "country": "text"}}},
    "stats": [
        {"name": "day", "kind": "rolling", "over_s": 86400, "figure": "mean", "of": "quantity",
         "by": ["country"]},
        {"name": "demand", "kind": "window", "over_s": 3600, "every_s": 1800, "figure": "sum",
         "of": "quantity", "lateness_ms": 0, "keep": 10_000},
        {"name": "top", "kind": "window", "over_s": 3600, "figure": "top", "of": "item", "k": 3,
         "keep": 10_000},
    ],
}  # fmt: skip


def entries(rows: pd.DataFrame, type: str) -> list[Entry]:
    """One entry a row."""
    columns = rows.drop(columns="at_ms").to_dict("records")
    times = rows["at_ms"].tolist()
    return [
        Entry(f"{type}/{n}", type, at_ms, data)
        for n, (at_ms, data) in enumerate(zip(times, columns, strict=True))
    ]


def folded(declared: dict[str, Any], reported: list[Entry], seed: int) -> dict[str, Any]:
    """The state after these entries, cut into batches at random."""
    kind, state = kind_of(declared), {stat["name"]: {} for stat in declared["stats"]}
    fold = kind.fold(kind.spec(declared))
    cuts = np.sort(np.random.default_rng(seed).integers(0, len(reported), 30))
    for a, b in zip([0, *cuts], [*cuts, len(reported)], strict=True):
        outcome = fold.outcome(reported[a:b])
        for name, rows in state.items():
            apply(rows, outcome, name)
    return state


@pytest.fixture(scope="module")
def votes(data_dir: Path) -> pd.DataFrame:
    """The updates of the count of 2020, with their corrections downwards."""
    read = pd.read_csv(data_dir / "election_2020" / "state_vote_updates.csv.gz")
    at = pd.to_datetime(read["timestamp"], format="ISO8601").astype("datetime64[ms]")
    rows = pd.DataFrame({"state": read["state"], "votes": read["new_votes"].astype(int)})
    rows["at_ms"] = at.astype("int64")
    assert (rows["votes"] < 0).any()
    return rows.sort_values("at_ms", kind="stable").reset_index(drop=True)


@pytest.fixture(scope="module")
def lines(data_dir: Path) -> pd.DataFrame:
    """Order lines, with cancellations and returns."""
    read = pd.read_csv(
        data_dir / "retail_orders" / "orders_2011_09_01_to_11_14.csv.gz", dtype=str, nrows=30_000
    )
    at = pd.to_datetime(read["InvoiceDate"]).astype("datetime64[ms]").astype("int64")
    rows = pd.DataFrame({"item": read["StockCode"], "country": read["Country"], "at_ms": at})
    rows["quantity"] = read["Quantity"].astype(int)
    assert (rows["quantity"] < 0).any()
    return rows.sort_values("at_ms", kind="stable").reset_index(drop=True)


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_a_real_count_with_corrections_equals_pandas(votes: pd.DataFrame, share: float) -> None:
    """The last hour by state, the busiest hour so far, and votes by the hour."""
    rows = votes.head(int(len(votes) * share))
    at, now = rows["at_ms"], rows["at_ms"].max()
    last = rows.assign(votes=rows["votes"].where(at > now - 3_600_000, 0), one=at > now - 3_600_000)
    hour = last.groupby("state").agg(count=("one", "sum"), sum=("votes", "sum"))
    busiest = pd.Series(1, pd.to_datetime(at, unit="ms")).rolling("3600s").sum().max()
    hours = rows.groupby(at // 3_600_000)["votes"].sum()
    hours = hours.reindex(range(hours.index.min(), hours.index.max() + 1), fill_value=0)
    got = folded(VOTES, entries(rows, "update"), seed=1)

    same(got["hour"], hour.to_dict("index"))
    same(got["hours"], {f"3600/{n}": int(v) for n, v in hours.items()})
    assert got["updates"][""]["peak"] == busiest
    assert got["updates"][""]["current"] == last["one"].sum()


@pytest.mark.parametrize("share", [0.02, 0.5, 1.0])
def test_real_orders_with_returns_equal_pandas(lines: pd.DataFrame, share: float) -> None:
    """The last day by country, demand by sliding windows, and what sold best by the hour."""
    rows = lines.head(int(len(lines) * share))
    at, now = rows["at_ms"], int(rows["at_ms"].max())
    inside = rows[at > now - 86_400_000].groupby("country")["quantity"].agg(["size", "sum", "mean"])
    got = folded(ORDERS, entries(rows, "line"), seed=2)

    for country, row in got["day"].items():
        n, total, mean = inside.loc[country] if country in inside.index else (0, 0, None)
        same(row, {"count": n, "sum": total} | ({"mean": mean} if n else {}))
    assert set(got["day"]) == set(rows["country"])
    same(got["demand"], demand(rows, now))
    hours = [n for n in range(int(at.min()) // 3_600_000, now // 3_600_000)]
    closed = [n for n in hours if (n + 1) * 3_600_000 + 500 <= now]
    assert {int(key) // 3_600_000 for key in got["top"]} == set(closed)
    for n in closed:
        found = rows[at // 3_600_000 == n]["item"].value_counts().reset_index()
        order = found.sort_values(["count", "item"], ascending=[False, True]).head(3)
        best = [{"key": i, "count": c} for i, c in order.to_numpy().tolist()]
        assert got["top"][str(n * 3_600_000)]["top"] == best


def test_stock_of_real_orders_equals_pandas_whatever_the_batches(lines: pd.DataFrame) -> None:
    """Opening − ordered + returned, item by item: negative quantities are returns."""
    fields = {"item": "text", "quantity": "integer"}
    stat = {"name": "stock", "kind": "level", "by": ["item"], "adds": "returned", "of": "quantity",
            "opening": {"85123A": 4000}}  # fmt: skip
    declared = {
        "kind": "declared",
        "entries": {"ordered": {"fields": fields}, "returned": {"fields": fields}},
        "stats": [stat],
    }
    rows = lines[["item", "quantity"]]
    reported = [
        Entry(f"{n}", "ordered" if q > 0 else "returned", 5, {"item": i, "quantity": abs(q)})
        for n, (i, q) in enumerate(rows.to_numpy().tolist())
    ]
    want = -rows.groupby("item")["quantity"].sum()
    want["85123A"] += 4000
    got = folded(declared, reported, seed=3)["stock"]

    assert {key: row["level"] for key, row in got.items()} == want.to_dict()


def demand(rows: pd.DataFrame, now: int) -> dict[str, Any]:
    """Quantities in the closed hours that begin every half hour."""
    first, half, at = int(rows["at_ms"].min()), 1_800_000, rows["at_ms"].to_numpy()
    quantity, found = rows["quantity"].to_numpy(), {}
    for start in range((first // half - 1) * half, now - 2 * half + 1, half):
        inside = quantity[(at >= start) & (at < start + 2 * half)]
        figures = {"count": len(inside), "sum": int(inside.sum()), "late": 0}
        found[str(start)] = {"from": start, "to": start + 2 * half, **figures}
    return found
