"""Medians of all runs: a table a figure on the terminal, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from rich.console import Console
from rich.table import Table

from benchmarks.stream.aims import FIGURES, Aim, Figure

Record: TypeAlias = Mapping[str, Any]
"""One measurement: `scenario`, `server`, `run`, and `result` or `error`."""


def amiss(record: Record) -> str:
    """Return why a measurement failed, empty if it did not: what failed has no figures."""
    return str(record.get("error") or record["result"]["wrong"])


COLUMNS = ("server", "median", "unit", "range", "runs", "others", "aim", "reached", "amiss")
_RIGHT = frozenset({"median", "range", "runs", "others"})


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of one server, of the runs that did not fail.

    Attributes:
        foreign: Share of a core that somebody else had meanwhile, the median.
        disturbed: Whether that is too much for a verdict: a core that others keep busy is
            awake and warm, and the same work then costs less.
        amiss: What was not as it should be, in any of the runs.
    """

    values: Sequence[float]
    foreign: float
    disturbed: bool
    amiss: str

    @property
    def median(self) -> float:
        """The figure."""
        return median(self.values)


def show(records: Sequence[Record], quiet: float) -> None:
    """Print a table for each figure; `quiet` is the share of others that does not matter."""
    console = Console(width=170)
    for figure, cells in _tables(records, quiet):
        table = Table(title=figure.name, title_justify="left")
        for column in COLUMNS:
            table.add_column(column, justify="right" if column in _RIGHT else "left")
        for line in cells:
            table.add_row(*line)
        console.print(table)


def markdown(records: Sequence[Record], quiet: float) -> str:
    """Return the same for a page of the docs."""
    lines = []
    for figure, cells in _tables(records, quiet):
        lines += [f"**{figure.name}**", "", _line(COLUMNS), _line(["---"] * len(COLUMNS))]
        lines += [*map(_line, cells), ""]
    return "\n".join(lines)


def _tables(records: Sequence[Record], quiet: float) -> Iterator[tuple[Figure, list[list[str]]]]:
    for figure in FIGURES:
        rows = _rows(figure, records, quiet)
        if rows:
            yield figure, [_cells(figure, server, rows) for server in rows]


def _rows(figure: Figure, records: Sequence[Record], quiet: float) -> dict[str, Row]:
    """The figure of each server, of the runs that nobody disturbed if there are any."""
    found: dict[str, list[Record]] = {}
    for record in records:
        if record["scenario"] == figure.scenario:
            found.setdefault(record["server"], []).append(record)
    return {server: _row(figure, runs, quiet) for server, runs in found.items()}


def _row(figure: Figure, runs: Sequence[Record], quiet: float) -> Row:
    done = [r["result"] for r in runs if not amiss(r) and figure.key in r["result"]]
    calm = [result for result in done if result["foreign"] <= quiet] or done
    foreign = median([result["foreign"] for result in calm]) if calm else 0.0
    return Row(
        [result[figure.key] * figure.scale for result in calm],
        foreign,
        foreign > quiet,
        "; ".join(dict.fromkeys(filter(None, map(amiss, runs)))),
    )


def _cells(figure: Figure, server: str, rows: Mapping[str, Row]) -> list[str]:
    row = rows[server]
    aims, reached = _verdict(figure, server, rows)
    if not row.values:
        return [server, "failed", figure.unit, "", "0", "", aims, reached, row.amiss[:60]]
    spread = f"{short(min(row.values))} – {short(max(row.values))}"
    return [
        server,
        short(row.median),
        figure.unit,
        spread if len(row.values) > 1 else "",
        str(len(row.values)),
        f"{row.foreign:.0%}",
        aims,
        reached,
        row.amiss[:60],
    ]


def _verdict(figure: Figure, server: str, rows: Mapping[str, Row]) -> tuple[str, str]:
    """The aims of a server, and whether they are met."""
    aims = [aim for aim in figure.aims if aim.server == server]
    told = [_reached(aim, rows) for aim in aims]
    return "; ".join(map(str, aims)), "; ".join(told)


def _reached(aim: Aim, rows: Mapping[str, Row]) -> str:
    """How far a server is; nothing is met if something is amiss or was disturbed."""
    row = rows[aim.server]
    if not row.values:
        return "NO"
    if aim.of and not _measured(rows, aim.of):
        return "?"
    ratio = row.median / (rows[aim.of].median if aim.of else 1)
    times = f"{short(ratio)} ×" if aim.of else ""
    if row.disturbed or (aim.of and rows[aim.of].disturbed):
        return f"{times} disturbed".strip()
    met = "yes" if aim.is_met(ratio) and not row.amiss else "NO"
    return times if aim.bound is None else f"{times} {met}".strip()


def _measured(rows: Mapping[str, Row], server: str) -> bool:
    return server in rows and bool(rows[server].values) and rows[server].median > 0


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def short(value: float) -> str:
    """A number as people read it."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
