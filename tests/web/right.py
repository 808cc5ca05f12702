"""Right things of every kind of source: a declaration, and entries by it."""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.messages import Json
from pitlive.race.edge.decisions import EXAMPLE
from pitlive.race.edge.example_race import EXAMPLES
from tests.declared.declared import EVERYTHING

ENVELOPE = {"uid": "a", "at_ms": 5, "origin": "ann"}

DECLARED: Mapping[str, Json] = {
    "race": {"kind": "race", "laps": 500, "stages": [125], "cars": [{"car": "24", "grid": 2}]},
    "table": {
        "kind": "table",
        "rows": 6,
        "columns": [
            {"name": "n", "min": -5, "max": 100, "start": {"type": "fill", "v": 3}},
            {"name": "x", "type": "number", "decimals": 2},
            {"name": "m", "start": {"type": "affine", "a": 3, "b": 1, "m": 7}},
        ],
    },
    "figures": {
        "kind": "figures",
        "start_ms": 0,
        "end_ms": 604_800_000,
        "periods": [{"granularity": 300, "cycles": -1}],
        "stats": [
            {"name": "proportion:total", "kind": "proportion"},
            {"name": "rolling:5m", "kind": "rolling"},
            {"name": "timed:votes", "kind": "timed"},
            {"name": "other:n", "kind": "single_value"},
            {"name": "other:how", "kind": "generic"},
        ],
    },
    "declared": EVERYTHING,
}
"""A declaration of each kind."""

ANY_CAR: Mapping[str, Json] = {**DECLARED, "race": {"kind": "race"}}
"""The same, with a race that takes laps and decisions of any car."""

_READ = {"us": 7000, "origin": "a"}
RIGHT: Mapping[str, list[Json]] = {
    "race": [
        *EXAMPLES.entries,
        {"type": "pit_report", **{k: v for k, v in EXAMPLE.items() if k != "reason"}},
        {"type": "pit_decision", **EXAMPLE},
        {"type": "note", "uid": "n", "text": "Rain."},
        {"type": "retract", "amends": "lap/24/1", "at_ms": 7},
        {"type": "flush"},
    ],
    "table": [
        {"type": "cell", **ENVELOPE, "column": 0, "row": 5, "value": 7, "row_version": 0},
        {"type": "add", **ENVELOPE, "column": 0, "k": 1},
        {"type": "affine", **ENVELOPE, "column": 1, "a": 3, "b": 1.5, "m": 7},
        {"type": "fill", **ENVELOPE, "column": 0, "v": 100},
        {"type": "row_index", **ENVELOPE, "column": 1, "k": 0.25},
        {"type": "random", **ENVELOPE, "column": 0, "seed": 1, "low": 0, "high": 9},
        {"type": "message", **ENVELOPE, "text": "Hello", "to": "bob"},
        {"type": "flush"},
    ],
    "figures": [
        {"stat": "other:n", **_READ, "rows": {"": 5}, "gone": ["a"]},
        {"stat": "proportion:total", **_READ, "rows": {"": {"current": 7, "total": 9}}},
        {"stat": "rolling:5m", **_READ, "rows": {"a": {"current": 7, "total": 9, "peak": 8}}},
        {"stat": "timed:votes", **_READ, "rows": {"300/5": 9}, "gone": ["300/4"], "whole": True},
        {"stat": "other:how", **_READ, "rows": {"": {"x": 1}}, "part": 1, "parts": 2},
        {"type": "flush"},
        {"type": "tick", "at_ms": 5},
    ],
    "declared": [
        {
            "order": "7",
            "item": "bolt",
            "quantity": 3,
            "price": 1.25,
            "paid": True,
            "ordered": "02.01.2020 10:00",
        },
        {"type": "delivery", "uid": "d", "t": 5.5, "order": "7", "item": "nut", "quantity": 1},
        {"type": "retract", "amends": "a", "at_ms": 5},
        {"type": "flush"},
        {"type": "tick", "at_ms": 5},
    ],
}
"""Right entries of each kind, by the declarations above."""


def whole(value: Json) -> Json:
    """5 for 5.0 everywhere: JSON Schema calls both whole, we only below an entry."""
    if isinstance(value, dict):
        return {name: whole(below) for name, below in value.items()}
    if isinstance(value, list):
        return [whole(below) for below in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
