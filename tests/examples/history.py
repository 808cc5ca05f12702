"""Two past races, and what the example forecast learns from them, by the command line."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.examples.conftest import python

HEAD = "round,driver,car,lap,lap_time_s,session_time_s,pit_in_s,pit_out_s,pos,track_status"
LAPS, TURN = 20, 5
"""Laps of a race, and after how many of them the lead changes."""


def made(races: Path) -> None:
    """Write the tables of two races of Formula 1."""
    races.mkdir(parents=True)
    (races / "races.csv").write_text("season,round,event\n2024,1,Rain\n2024,2,Shine\n")
    rows = [row for number in (1, 2) for row in _race(number)]
    (races / "laps_2024.csv.gz").write_bytes(gzip.compress("\n".join([HEAD, *rows]).encode()))


def fitted(installed: Path, folder: Path) -> None:
    """Load races, fit the figure, and put what it learnt where its package looks for it."""
    made(folder / "f1")
    history, where = ["-m", "pitlive", "history"], ["--data-dir", str(folder)]
    python([*history, "load", "--quiet", "f1", *where], folder, installed)
    prior = str(installed / "lead_change" / "prior.json")
    learn = ["fit", "--figures", "lead_change", "--out", prior, "--jobs", "1"]
    python([*history, *learn, *where], folder, installed)


def _race(number: int) -> list[str]:
    """Two cars that take turns in the lead."""
    rows = []
    for lap in range(1, LAPS + 1):
        leads = (lap - 1) // TURN % 2
        for car in (0, 1):
            gap = 0 if car == leads else 1
            rows.append(f"{number},{car},{car},{lap},90,{100 + 90 * lap + gap},,,{gap + 1},1")
    return rows
