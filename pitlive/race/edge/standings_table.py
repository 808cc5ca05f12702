"""The standings of a race as a table for a terminal, and as lines for a log."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from pitlive.cli.showing import clock
from pitlive.messages import Json

FLAG = {
    "green": "black on green",
    "yellow": "black on yellow",
    "red": "white on red",
    "checkered": "black on white",
}
RIGHT = {"justify": "right", "no_wrap": True}


def board(channels: Mapping[str, Mapping[str, Json]], rows: int) -> Table:
    """Return the table of the first `rows` cars."""
    race, standings = channels.get("race", {}), channels.get("standings", {})
    table = Table(title=_title(race), box=None, pad_edge=False, title_justify="left")
    for name in ("", "car"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("driver", no_wrap=True, overflow="ellipsis")
    for name in ("laps", "leader", "ahead", "last", "best", "pace", "stint", "stops"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in in_order(standings)[:rows]:
        table.add_row(*(Text(cell) for cell in _cells(row)))
    return table


def line(race: Mapping[str, Json], standings: Mapping[str, Json]) -> str:
    """Return one line: flag, lap, and the first three."""
    first = "  ".join(f"{row['place']}. #{row['car']}" for row in in_order(standings)[:3])
    return f"{_title(race).plain}  {first}"


def in_order(standings: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the rows by place; without a place they come last."""
    return sorted(standings.values(), key=lambda row: (row.get("place", 10_000), row["car"]))


def _title(race: Mapping[str, Json]) -> Text:
    flag = str(race.get("flag", "no flag"))
    lap = f"lap {race.get('lap', 0)}" + (f"/{race['laps_total']}" if "laps_total" in race else "")
    at = f"  {clock(race['at_ms'])}" if "at_ms" in race else ""
    return Text.assemble((f" {flag} ", FLAG.get(flag, "")), f" {race.get('name', '')}  {lap}{at}")


def _cells(row: Mapping[str, Json]) -> list[str]:
    down = row.get("laps_down", 0)
    leader = f"{down} lap{'s' * (down > 1)}" if down else seconds(row.get("to_leader_ms"), "+")
    return [
        str(row.get("place", "")),
        str(row["car"]),
        str(row.get("driver", "")),
        str(row.get("laps", 0)),
        leader,
        seconds(row.get("to_ahead_ms"), "+"),
        seconds(row.get("last_ms")),
        seconds(row.get("best_ms")),
        seconds(row.get("mean10_ms")),
        "pit" if row.get("in_pit") else str(row.get("stint_laps", "")),
        str(row.get("stops", "")),
    ]


def seconds(ms: float | None, sign: str = "") -> str:
    """Write a time as timing screens do; not known is empty.

    >>> seconds(29851), seconds(83_004), seconds(120, "+"), seconds(None)
    ('29.851', '1:23.004', '+0.120', '')
    """
    if ms is None:
        return ""
    minutes, rest = divmod(round(ms), 60_000)
    text = f"{minutes}:{rest / 1000:06.3f}" if minutes else f"{rest / 1000:.3f}"
    return sign + text
