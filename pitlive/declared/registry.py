"""All kinds of stats and all widgets that are installed: our stats are in `declared/stats`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from importlib.resources.abc import Traversable
from typing import Any, get_args

from pitlive.declared.stat import StatSpec
from pitlive.declared.stat_schema import STAT_NAME, definition, definitions
from pitlive.declared.widget import LOOKS, WidgetModule
from pitlive.plugins import OURS, accepted, entry_points_of

GROUP = "pitlive.stats"
WIDGET_GROUP = "pitlive.widgets"

WIDGET_NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,59}"
"""What a widget may be called: it is a part of an address."""


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
    if not re.fullmatch(STAT_NAME, name):
        return "got a name that no schema can have, want letters, digits and _"
    for other in entry_points_of(GROUP):
        if other.name == name:
            break
        if definition(other.name) == definition(name):
            return f"got a name that is taken in the schema, by {other.name!r}"
    if not module.__name__.startswith(f"{OURS}."):  # ours are right, and this takes its time
        definitions(name, spec, "{model}")  # raises what is wrong with it
    return "" if isinstance(stat, type) else f"Stat: got {stat!r}, want a class"


def wrong_widget(name: str, widget: Any) -> str:
    """Say what is wrong with a widget, empty if it can be used.

    >>> from pathlib import Path
    >>> wrong_widget("dial", "dial.js")
    'got str, want a pitlive.declared.widget.WidgetModule'
    >>> wrong_widget("number", WidgetModule(Path("dial.js")))
    'got the name of a look that the pages have themselves'
    >>> wrong_widget("dial", WidgetModule(Path("nowhere/dial.js")))
    "file: got 'nowhere/dial.js', want a file that the package has"
    """
    if not isinstance(widget, WidgetModule):
        want = f"{WidgetModule.__module__}.{WidgetModule.__name__}"
        return f"got {type(widget).__name__}, want a {want}"
    if name in LOOKS:
        return "got the name of a look that the pages have themselves"
    if not re.fullmatch(WIDGET_NAME, name):
        return "got a name that no address can have, want letters, digits, _ and -"
    if not (isinstance(widget.file, Traversable) and widget.file.is_file()):
        return f"file: got {str(widget.file)!r}, want a file that the package has"
    is_set = isinstance(widget.kinds, Set)
    return "" if is_set else f"kinds: got {widget.kinds!r}, want a set of kinds of stats"


STATS: Mapping[str, Any] = accepted(GROUP, wrong).loaded
"""Name of the kind → its module, with `Spec` and `Stat`."""

WIDGETS: Mapping[str, WidgetModule] = accepted(WIDGET_GROUP, wrong_widget).loaded
"""Name of the look → its module."""
