"""The rules of the example apps once more: one record after the other, and nothing clever.

What a rule says may depend on the order of the records, so each is a walk along them.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pitlive import apps

Rows = dict[str, Any]
Reported = Sequence[Mapping[str, Any]]

CLOSES_AFTER_MS = 500
"""How long after its end a window closes."""

COMPARES = {">=": operator.ge, ">": operator.gt}


def declared(app: str, name: str) -> Mapping[str, Any]:
    """A stat of an app as it is declared."""
    return next(one for one in apps.declaration(app)["stats"] if one["name"] == name)


def switched(row: Rows, at_ms: int, *, is_on: bool, value: float) -> Rows:
    """The row of a rule after it was looked at; an empty one has never been on."""
    if is_on and not row.get("is_on"):
        times = row.get("times", 0) + 1
        return {"is_on": True, "times": times, "began_ms": at_ms, "value": value}
    if not is_on and row.get("is_on"):
        return row | {"is_on": False, "ended_ms": at_ms}
    return row


def orders(reported: Reported) -> Iterator[tuple[int, str, int, int]]:
    """The clock, an item, the time of an order of it, and 1 if it counts now, -1 if not any more.

    Of what is no order only the clock is told, with a 0.
    """
    known: dict[str, tuple[str, int]] = {}
    now_ms = 0
    for one in reported:
        now_ms = max(now_ms, one["at_ms"])
        uid = one.get("amends") or f"{one['type']}/{one.get('number')}"
        if one["type"] == "order" and uid not in known:
            known[uid] = one["item"], one["at_ms"]
            yield now_ms, *known[uid], 1
        elif one["type"] == "retract" and uid in known:
            yield now_ms, *known[uid], -1
        else:
            yield now_ms, "", 0, 0


def rush(reported: Reported) -> Rows:
    """Which items too many wanted within a while: at every moment in which that may change."""
    stat, times, now_ms = declared("stock", "rush"), dict[str, Counter[int]](), 0
    over_ms = stat["over_s"] * 1000
    for now_ms, item, at_ms, sign in orders(reported):  # noqa: B007 - the last is needed
        if sign:
            times.setdefault(item, Counter())[at_ms] += sign
    rows: Rows = {}
    for item, of in times.items():
        row: Rows = {}
        for t in sorted({*of, *(at + over_ms for at in of)}):
            n = sum(count for at, count in of.items() if t - over_ms < at <= t)
            if t <= now_ms:
                row = switched(row, t, is_on=n > stat["more_than"], value=n)
        if row:
            inside = sum(count for at, count in of.items() if now_ms - over_ms < at)
            rows[item] = row | {"count": inside}
    return rows


def busy(reported: Reported) -> Rows:
    """Which items were wanted often in one window, as each window closes."""
    stat, windows, rows = declared("stock", "busy"), dict[int, Counter[str]](), Rows()
    over_ms, closed = stat["over_s"] * 1000, -1
    for now_ms, item, at_ms, sign in orders(reported):
        if sign and at_ms // over_ms > closed:
            windows.setdefault(at_ms // over_ms, Counter())[item] += sign
        last = (now_ms - CLOSES_AFTER_MS) // over_ms - 1
        for window in range(max(closed + 1, min(windows, default=last)), last + 1):
            counts = windows.pop(window, Counter())
            for one in {*rows, *counts}:
                is_on = counts[one] > stat["more_than"]
                end_ms = (window + 1) * over_ms
                row = switched(rows.get(one, {}), end_ms, is_on=is_on, value=counts[one])
                if row:
                    rows[one] = row
        closed = max(closed, last)
    return rows


def milestones(reported: Reported) -> dict[str, Rows]:
    """When the turnout first was so high."""
    stats = [one for one in apps.declaration("election")["stats"] if one["kind"] == "milestone"]
    found: dict[str, Rows] = {one["name"]: {} for one in stats}
    known: dict[str, tuple[int, bool]] = {}
    voted = now_ms = 0
    for one in reported:
        now_ms = max(now_ms, one["at_ms"])
        if one["type"] != "elector":
            continue
        before = known.get(one["elector"], (-1, False))
        if one.get("revision", 0) <= before[0]:
            continue
        known[one["elector"]] = one.get("revision", 0), one["voted"]
        voted += one["voted"] - before[1]
        share = voted / len(known) * 100
        for stat in stats:
            holds = COMPARES[stat.get("comparator", ">=")](share, stat["target"])
            if holds and not found[stat["name"]]:
                row = {"is_on": True, "times": 1, "began_ms": now_ms, "value": share}
                found[stat["name"]] = {"": row | {"message": stat["message"]}}
    return found
