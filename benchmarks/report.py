"""What a benchmark prints: medians of several runs, each beside what it is measured against."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass
class Figure:
    """One figure of several runs.

    Attributes:
        against: What the figure is compared with, in words.
        limit: The same measured in the same runs, if it can be.
    """

    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    against: str = ""
    limit: list[float] = field(default_factory=list)

    def add(self, value: float, limit: float | None = None) -> None:
        """Take the value of one run."""
        self.values.append(value)
        if limit is not None:
            self.limit.append(limit)

    def cells(self) -> list[str]:
        """The figure as a row of the table."""
        spread = f"{_short(min(self.values))} – {_short(max(self.values))}"
        ratio = f"{median(self.values) / median(self.limit):.2g} ×" if self.limit else ""
        limit = f"{self.against} {_short(median(self.limit))}" if self.limit else self.against
        return [self.name, _short(median(self.values)), self.unit, spread, limit, ratio]


def show(title: str, figures: list[Figure]) -> None:
    """Print figures as a table."""
    table = Table(title=title, title_justify="left")
    for column in ("figure", "median", "unit", "range", "against", "ratio"):
        table.add_column(
            column, justify="right" if column in {"median", "range", "ratio"} else "left"
        )
    for figure in figures:
        if figure.values:
            table.add_row(*figure.cells())
    Console(width=150).print(table)


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
