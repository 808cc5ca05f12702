"""All kinds of stats that are installed: ours are in `declared/stats`, one a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pitlive.declared.stat import StatSpec
from pitlive.plugins import accepted

GROUP = "pitlive.stats"


def wrong(name: str, module: Any) -> str:
    """Say what is wrong with a kind of stat, empty if it can be used.

    One that cannot would spoil the schema of all declarations.

    >>> from pitlive.declared.stats import mean
    >>> wrong("mean", mean)
    ''
    >>> wrong("average", mean)
    "Spec.kind: got 'mean', want 'average', as its entry point says"
    """
    spec, stat = getattr(module, "Spec", None), getattr(module, "Stat", None)
    if not (isinstance(spec, type) and issubclass(spec, StatSpec)):
        return f"Spec: got {spec!r}, want a model that derives from {StatSpec.__module__}.StatSpec"
    kinds = get_args(spec.model_fields["kind"].annotation)
    if kinds != (name,):
        got = ", ".join(map(repr, kinds)) or "any text"
        return f"Spec.kind: got {got}, want {name!r}, as its entry point says"
    return "" if isinstance(stat, type) else f"Stat: got {stat!r}, want a class"


STATS: Mapping[str, Any] = accepted(GROUP, wrong).loaded
"""Name of the kind → its module, with `Spec` and `Stat`."""
