"""What a benchmark prints: medians of several runs, each beside what it is measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.judge import Failed, Proof, Value, verdict


@dataclass
class Figure:
    """One figure of several runs.

    Attributes:
        against: What the figure is compared with, in words.
        limit: The same measured in the same runs, if it can be.
        proofs: What each value is of: so many that were to be, and so many that were.
    """

    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    against: str = ""
    limit: list[float] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)

    def add(self, value: float, limit: float | None = None, *, got: float, want: float) -> None:
        """Take the value of one run, which is of `got` readers, entries, … of the `want` meant."""
        self.values.append(value)
        self.proofs.append(Proof(self.name, got, want))
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
        table.add_row(*figure.cells())
    Console(width=150).print(table)


Run = Callable[[list[dict[str, Any]], dict[str, Any], int], list[Figure]]


def measured(
    run: Run, race: list[dict[str, Any]], declared: dict[str, Any], runs: int
) -> list[Figure]:
    """Run a part, and return its figures once they are judged.

    Raises:
        Failed: One of them shows nothing.
    """
    figures = run(race, declared, runs)
    why = verdict(list(_values(figures)), list(_proofs(figures, runs)))
    if why:
        raise Failed(why)
    return figures


def _values(figures: Sequence[Figure]) -> Iterator[Value]:
    for figure in figures:
        yield from ((figure.name, figure.unit, value) for value in figure.values)
        yield from ((f"{figure.name}, {figure.against}", "/", limit) for limit in figure.limit)


def _proofs(figures: Sequence[Figure], runs: int) -> Iterator[Proof]:
    for figure in figures:
        yield Proof(f"{figure.name}, runs", len(figure.values), runs)
        yield from figure.proofs


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
