"""Two past races, for the example forecast to learn from."""

from __future__ import annotations

import gzip
from pathlib import Path

HEAD = "round,driver,car,lap,lap_time_s,session_time_s,pit_in_s,pit_out_s,pos,track_status"
LAPS, TURN = 20, 5
"""Laps of a race, and after how many of them the lead changes."""


def made(races: Path) -> None:
    """Write the tables of two races of Formula 1."""
    races.mkdir(parents=True)
    (races / "races.csv").write_text("season,round,event\n2024,1,Rain\n2024,2,Shine\n")
    rows = [row for number in (1, 2) for row in _race(number)]
    (races / "laps_2024.csv.gz").write_bytes(gzip.compress("\n".join([HEAD, *rows]).encode()))


def _race(number: int) -> list[str]:
    """Two cars that take turns in the lead."""
    rows = []
    for lap in range(1, LAPS + 1):
        leads = (lap - 1) // TURN % 2
        for car in (0, 1):
            gap = 0 if car == leads else 1
            rows.append(f"{number},{car},{car},{lap},90,{100 + 90 * lap + gap},,,{gap + 1},1")
    return rows
