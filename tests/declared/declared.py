"""A small declaration that is right, for tests to spoil."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

RIGHT: dict[str, Any] = {
    "kind": "declared",
    "name": "Shop",
    "entries": {
        "order": {
            "uid": ["order"],
            "fields": {
                "order": "text",
                "item": {"type": "text", "one_of": ["bolt", "nut"]},
                "quantity": {"type": "integer", "min": 1},
                "price": {"type": "number", "decimals": 2, "required": False},
                "paid": "boolean",
            },
            "derived": {"value": {"expression": "quantity * price", "decimals": 2}},
        }
    },
    "stats": [
        {"name": "turnover", "kind": "mean", "of": "value", "by": ["item"]},
        {"name": "large", "kind": "count", "where": "quantity >= 10 and not paid"},
        {"name": "best", "kind": "ranking", "by": ["item"], "of": "value", "figure": "sum"},
        {"name": "minutes", "kind": "timed"},
    ],
    "webhooks": [
        {
            "name": "till",
            "stat": "turnover",
            "url": "https://till.example/",
            "on": "change",
            "only": ["bolt"],
            "secret": "till",
            "timeout_s": 5,
            "attempts": 3,
            "give_up_s": 60,
        },
    ],
    "page": {
        "start_s": 0,
        "widgets": [
            {"stats": ["turnover", "best"], "title": "Items", "width": 2},
            {
                "stats": ["minutes"],
                "look": "line",
                "against": [{"name": "plan", "every_s": 60, "values": [0, 1.5]}],
            },
        ],
    },
}

WHOLE: dict[str, Any] = {
    **RIGHT,
    "entries": {
        **RIGHT["entries"],
        "delivery": {"fields": {"order": "text", "item": "text", "quantity": "integer"}},
    },
    "stats": [
        *RIGHT["stats"],
        {"name": "latest", "kind": "single_value", "of": "price"},
        {"name": "prices", "kind": "generic", "key": "item", "of": "price"},
        {"name": "rush", "kind": "spike", "by": ["item"], "over_s": 60, "more_than": 5},
        {"name": "peaks", "kind": "peak", "over_s": 60, "every_s": 30, "more_than": 9},
        {
            "name": "hours",
            "kind": "window",
            "by": ["item"],
            "over_s": 3600,
            "figure": "sum",
            "of": "quantity",
        },
        {"name": "stock", "kind": "level", "by": ["item"], "adds": "delivery", "opening": {}},
        {
            "name": "low",
            "kind": "low_water",
            "stat": "stock",
            "low": 5,
            "clear": 9,
            "clear_after_s": 60,
            "every": False,
        },
        {
            "name": "ten",
            "kind": "milestone",
            "stat": "turnover",
            "figure": "mean",
            "key": "bolt",
            "comparator": "==",
            "target": 10,
            "message": "Ten!",
        },
        {
            "name": "came",
            "kind": "reconcile",
            "entries": "delivery",
            "orders": "order",
            "by": ["order"],
            "of": "quantity",
        },
    ],
}
"""The same with what watches, joins and closes."""

EVERYTHING: dict[str, Any] = deepcopy(WHOLE)
"""The same with every part that a declaration can have."""

EVERYTHING["entries"]["order"] |= {
    "at": {"field": "ordered", "format": "%d.%m.%Y %H:%M", "zone": "Europe/London"},
    "revision": "quantity",
}
EVERYTHING["entries"]["order"]["fields"]["price"] |= {"column": "Unit price", "rounds": True}
EVERYTHING["entries"]["delivery"]["at"] = {"field": "t", "unit": "s"}
EVERYTHING["stats"][0] |= {"nested": True, "quiet_ms": 200, "latest_ms": 1000}
EVERYTHING["stats"] += [
    {
        "name": "shelf",
        "kind": "level",
        "by": ["item"],
        "of": "quantity",
        "adds": "delivery",
        "opening": {"bolt": 3, "nut": 4},
    },
    {
        "name": "shares",
        "kind": "rolling",
        "over_s": 60,
        "by": ["item", "paid"],
        "nested": True,
        "totals": {"": 9, "bolt/true": 2.0, "nut": 3},
    },
]
