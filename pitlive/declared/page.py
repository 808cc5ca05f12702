"""What the page of a source shows: its widgets in their order; undeclared, one for every stat.

What a widget looks like, its stats decide: `look` is for those who want another of the looks
that fit, which may be one that a package brings. No source has front-end code of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pitlive.declaration.problems import ABSENT, DeclarationProblem, Location, shown
from pitlive.declared.registry import WIDGETS
from pitlive.declared.widget import LOOKS

OVER_TIME = frozenset({"timed", "window"})
"""Kinds whose rows are moments, not groups."""

if TYPE_CHECKING:
    Look = str  # which are installed is not known before
else:
    Look = Literal[(*LOOKS, *WIDGETS)]
Order = Literal["largest", "lowest", "name"]


class Series(BaseModel):
    """Figures known beforehand: an earlier year, a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60, description="What people call it.")
    every_s: int = Field(ge=1, description="Time from one value to the next [s].")
    values: tuple[float, ...] = Field(
        min_length=1, max_length=3000, description="The values, the first at `start_s` of the page."
    )


class Widget(BaseModel):
    """One picture of a stat, or of several that a reader switches between."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stats: tuple[str, ...] = Field(
        min_length=1, max_length=10, description="Stats it shows; of several, one at a time."
    )
    title: str = Field("", max_length=200, description="Default: what its stat is called.")
    look: Look | None = Field(None, description="Default: what suits its first stat.")
    width: int = Field(1, ge=1, le=3, description="How many columns of the page it takes.")
    figure: str = Field(
        "",
        max_length=60,
        description="The figure of its rows that is drawn; default: the main.",
    )
    order: Order | None = Field(
        None, description="Default: by name where names have an order, else the largest first."
    )
    most: int | None = Field(
        None, ge=1, le=3000, description="Groups or moments that are shown at most."
    )
    running: bool = Field(False, description="Over time: add up all that went before.")
    total: float | None = Field(None, gt=0, description="Over time: show the share of this [%].")
    against: tuple[Series, ...] = Field(
        (), max_length=5, description="Of a line: others it is compared with."
    )


class Page(BaseModel):
    """The page of a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: int | None = Field(
        None, ge=0, le=10**10, description="When it begins [s since 1970]; it is counted down to."
    )
    end_s: int | None = Field(
        None, ge=0, le=10**10, description="When it closes [s since 1970]; counted down to, then."
    )
    widgets: tuple[Widget, ...] = Field(
        (), max_length=100, description="Default: one for every stat."
    )


def parts(page: Any) -> Iterator[tuple[Location, type[BaseModel]]]:
    """Yield which model stands where in what is declared."""
    yield ("page",), Page
    widgets = page.get("widgets") if isinstance(page, Mapping) else None
    for n, widget in enumerate(widgets if isinstance(widgets, list) else ()):
        yield ("page", "widgets", n), Widget
        against = widget.get("against") if isinstance(widget, Mapping) else None
        for m, _ in enumerate(against if isinstance(against, list) else ()):
            yield ("page", "widgets", n, "against", m), Series


def fitting(page: Page, stats: Mapping[str, Any]) -> Iterator[DeclarationProblem]:
    """Look whether what widgets name is declared, and can look like that.

    Args:
        stats: Name → stat, None if it is wrong in itself.
    """
    for n, widget in enumerate(page.widgets):
        place: Location = ("page", "widgets", n)
        for m, name in enumerate(widget.stats):
            if name not in stats:
                listed = ", ".join(map(shown, stats)) or "the stats; there are none"
                yield DeclarationProblem((*place, "stats", m), name, f"one of {listed}")
            elif widget.look and stats[name]:
                yield from _of_look((*place, "look"), widget.look, stats[name])
        if widget.against and widget.look != "line":
            yield DeclarationProblem((*place, "look"), widget.look, "line, which can be compared")
        if widget.look == "line" and page.start_s is None:
            yield DeclarationProblem(("page", "start_s"), ABSENT, "when lines begin")


def _of_look(place: Location, look: Look, stat: Any) -> Iterator[DeclarationProblem]:
    able = looks(stat)
    if look not in able and look != "notices":
        yield DeclarationProblem(place, look, f"{' or '.join(able)}, as suits {shown(stat.name)}")


def looks(stat: Any) -> Sequence[Look]:
    """Return what a stat can look like, its usual look first; besides what webhooks told of it."""
    brought = (name for name, widget in WIDGETS.items() if widget.can_draw(stat))
    return *_own_looks(stat), *brought


def _own_looks(stat: Any) -> Sequence[Look]:
    if stat.kind in OVER_TIME:
        return "columns", "line"
    if stat.has_runs:
        return "alerts", "banner"
    if stat.kind == "reconcile":
        return "statuses", "table"
    if stat.kind == "count" and stat.by:
        return "graph", "table", "spread"
    return ("graph", "table") if stat.by else ("number",)
