"""All kinds of stats that are installed: ours are in `declared/stats`, one a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pitlive.plugins import plugins

GROUP = "pitlive.stats"

STATS: Mapping[str, Any] = plugins(GROUP).loaded
"""Name of the kind → its module, with `Spec` and `Stat`."""
