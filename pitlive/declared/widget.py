"""A widget that a package brings: an ES module, and which stats it can draw (docs/extending.md)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from pitlive.declared.stat import StatSpec

LOOKS = (
    "number", "graph", "table", "spread", "columns", "line",
    "alerts", "banner", "statuses", "notices",
)  # fmt: skip
"""What the pages can draw themselves."""


@dataclass(frozen=True, slots=True)
class WidgetModule:
    """What stands under an entry point of `pitlive.widgets`, by the look that it adds.

    Attributes:
        file: The module, one file; all that it imports is in it.
        kinds: Kinds of stats whose rows it can draw; none: all.
        grouped: Whether these must have groups, or must have none; None: either.
    """

    file: Traversable
    kinds: Set[str] = frozenset()
    grouped: bool | None = None

    def can_draw(self, stat: StatSpec) -> bool:
        """Tell whether it can draw the rows of a stat.

        >>> from pathlib import Path
        >>> dial = WidgetModule(Path("dial.js"), kinds={"proportion"}, grouped=False)
        >>> share = StatSpec(kind="proportion", name="share")
        >>> dial.can_draw(share), dial.can_draw(share.model_copy(update={"by": ("school",)}))
        (True, False)
        """
        is_kind = not self.kinds or stat.kind in self.kinds
        return is_kind and self.grouped in (None, bool(stat.by))
