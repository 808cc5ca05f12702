"""What the page of a declared source shows, and what it should show of the rows of an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests import races
from tests.stack import Stack

Widgets = dict[str, Any]
"""Name of a stat → its figure; or its figures by the key of a row, a bucket, a bin."""

LOOK = """() => Object.fromEntries([...document.querySelectorAll('[data-stat]')].map(one => {
  const all = (what, key) => [...one.querySelectorAll(what)].map(
    part => [part.dataset[key], Number(part.dataset.value)])
  const line = one.querySelector('[data-line=""]')
  const parts = [['key', '[data-key]'], ['bucket', '[data-bucket]'], ['bin', '[data-bin]']]
  const found = parts.map(([key, what]) => all(what, key)).find(some => some.length)
  const single = line ?? one.querySelector('p[data-value]')
  const name = one.dataset.stat + (line ? ' line' : '')
  return [name, single ? Number(single.dataset.value) : Object.fromEntries(found ?? [])]
}))"""

MAIN = {"mean": "mean", "proportion": "percentage", "quantile": "median", "extreme": "max"}
MOST_COLUMNS = 60

TOLD_OF = {"milestone", "spike", "peak"}
"""Rules: they bring banners and alerts, and are held to walks in `tests/apps`."""


def of_page(page: Any) -> Widgets:
    """What a page shows now; of alerts, the figures that brought them on."""
    found = page.evaluate(LOOK)
    return dict(found)


def wanted(declared: Mapping[str, Any], rows: Mapping[str, Any]) -> Widgets:
    """What the page should show of these rows, by the first stat of every widget."""
    stats = {stat["name"]: stat for stat in declared["stats"]}
    usual = [{"stats": [name]} for name in stats]
    found: Widgets = {}
    for widget in declared.get("page", {}).get("widgets", usual):
        name = widget["stats"][0]
        if name in rows and stats[name]["kind"] not in TOLD_OF:
            line = " line" if widget.get("look") == "line" else ""
            found[name + line] = _of_widget(widget, stats[name], rows[name])
    return found


def _of_widget(widget: Mapping[str, Any], stat: Mapping[str, Any], rows: Mapping[str, Any]) -> Any:
    if widget.get("look") == "line":
        longest = f"{stat['every_s'][-1]}/"
        of_all = sum(n for key, n in rows.items() if key.startswith(longest))
        return of_all * 100 / widget["total"]
    if widget.get("look") == "spread":
        return bins(rows)
    if stat["kind"] in ("timed", "window"):
        return columns(stat, rows, widget.get("most", MOST_COLUMNS))
    if stat["kind"] == "reconcile":
        return {key: row["delivered"] for key, row in rows.items() if key}
    if stat.get("nested"):
        rows = {key: row for key, row in rows.items() if key and "/" not in key}
    figures = _figures(stat, rows, widget.get("figure", ""))
    return figures if stat.get("by") else figures[""]


def _figures(stat: Mapping[str, Any], rows: Mapping[str, Any], figure: str) -> dict[str, float]:
    if stat["kind"] == "ranking":
        return {f"{k}/{one['key']}": one["value"] for k, best in rows.items() for one in best}
    if stat["kind"] == "rolling":
        usual = {"sum": "sum", "mean": "mean", "proportion": "percentage"}
        figure = figure or usual.get(stat.get("figure", "count"), "current")
    name = figure or MAIN.get(stat["kind"], stat["kind"])
    return {key: row[name] for key, row in rows.items()}


def columns(stat: Mapping[str, Any], rows: Mapping[str, Any], most: int) -> dict[str, float]:
    """The newest columns, over all groups, by the second at which they begin."""
    sums: dict[int, float] = {}
    for key, row in rows.items():
        if stat["kind"] == "window":
            sums[row["from"] // 1000] = row["sum"]
            continue
        *_, every, bucket = key.split("/")
        if int(every) == stat["every_s"][0]:
            begins = int(every) * int(bucket)
            sums[begins] = sums.get(begins, 0) + row
    return {str(begins): sums[begins] for begins in sorted(sums)[-most:]}


def bins(rows: Mapping[str, Any]) -> dict[str, float]:
    """Scores in steps of 5; the full score is in the last."""
    found = {str(low): 0 for low in range(0, 100, 5)}
    for key, row in rows.items():
        score = int(key.rpartition("/")[2])
        found[str(min(score, 99) // 5 * 5)] += row["count"]
    return found


def is_same(shown: Widgets, want: Widgets) -> bool:
    """Whether everything that should be shown is, to 1e-9."""
    return all(name in shown and _near(shown[name], want[name]) for name in want)


def _near(shown: Any, want: Any) -> bool:
    return bool(shown == pytest.approx(want, rel=1e-9))


def opened(page: Any, server: Stack, source: str) -> Any:
    """The page of a source, live."""
    page.goto(f"{server.url}/source/{source}")
    page.wait_for_selector('[data-testid=connection][data-state="live"]')
    return page


def declare(server: Stack, source: str, declared: Mapping[str, Any]) -> None:
    """Declare a source."""
    url = f"{server.url}/api/v1/sources/{source}"
    httpx.put(url, json=declared).raise_for_status()


def feed(server: Stack, source: str, reported: list[dict[str, Any]]) -> None:
    """Report in batches."""
    for batch in races.batches(reported, 1000):
        races.post(server.url, source, batch)
