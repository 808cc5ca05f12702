"""Webhooks of a declared source: whether what they tell of is declared, and has runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from pitlive.declaration.problems import DeclarationProblem, Location, shown
from pitlive.declaration.webhook import Webhook
from pitlive.messages import Json

MOST_WEBHOOKS = 20

RUNS = ("on", "off", "both")
"""What can only be told of a rule."""


def parts(declared: Json) -> Iterator[tuple[Location, type[BaseModel]]]:
    """Yield which model stands where in what is declared."""
    for n, _ in enumerate(declared if isinstance(declared, list) else ()):
        yield ("webhooks", n), Webhook


def fitting(declared: Json, stats: Mapping[str, Any]) -> Iterator[DeclarationProblem]:
    """Look whether what webhooks tell of is declared, and has runs if they tell of runs.

    Args:
        declared: What is declared; a webhook that is wrong in itself is told of elsewhere.
        stats: Name → stat, None if it is wrong in itself.
    """
    names: set[str] = set()
    for n, one in enumerate(declared if isinstance(declared, list) else ()):
        if not isinstance(one, Mapping):
            continue
        name, stat = one.get("name"), one.get("stat")
        if isinstance(name, str) and name in names:
            yield DeclarationProblem(("webhooks", n, "name"), name, "a name of its own")
        names.add(str(name))
        if isinstance(stat, str):
            yield from _about(("webhooks", n), one, stat, stats)


def _about(
    place: Location, one: Mapping[str, Json], name: str, stats: Mapping[str, Any]
) -> Iterator[DeclarationProblem]:
    if name not in stats:
        listed = ", ".join(map(shown, stats)) or "the stats; there are none"
        yield DeclarationProblem((*place, "stat"), name, f"one of {listed}")
    elif (stat := stats[name]) and one.get("on", "on") in RUNS and not stat.has_runs:
        rules = ", ".join(shown(k) for k, rule in stats.items() if rule and rule.has_runs)
        told = f"a rule ({rules or 'there is none'}), or on = 'change', for {stat.kind} has no runs"
        yield DeclarationProblem((*place, "stat"), name, told)
