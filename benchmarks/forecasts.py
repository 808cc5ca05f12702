"""What forecasts cost: every figure of the whole field at every lap of the real race.

In time of the processor, for it hardly depends on what else a machine does.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.judge import rate
from benchmarks.report import Figure
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.protocol import Forecast
from pitlive.race.forecasting.view import View, view
from pitlive.race.kind import RACE as kind
from pitlive.race.registry import FIGURES
from tests import races

LAP_MS = 100.0
"""What all figures of a lap may take together."""

OUT_PER_S = 185.0
"""Values out per second of race: 2 million in three hours, the least that such a system told."""


def run(race: list[dict[str, Any]], declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure the forecasts."""
    fold = kind.fold(kind.spec(declared))
    fold.outcome(races.checked(race, declared))
    race_s = int(view(fold).lead_at[-1]) / 1000
    looking = Figure("view of the fold at the end", "CPU ms", against="aim")
    every = Figure("all figures, a lap, mean", "CPU ms", against="aim")
    worst = Figure("all figures, the dearest lap", "CPU ms", against="aim")
    whole = Figure("all figures, every lap of the race", "CPU s")
    figures = {name: Figure(f"  {name}, a lap", "CPU ms") for name in FIGURES}
    told = Figure("values out, the race", "")
    out = Figure("values out per second of race", "", against="aim")
    for _ in range(runs):
        began = time.process_time()
        now = view(fold)
        looked_ms = (time.process_time() - began) * 1000
        laps, values = _measure(now)
        of = {"got": len(laps), "want": max(1, now.lap)}
        looking.add(looked_ms, LAP_MS, **of)
        of_lap = [sum(lap.values()) for lap in laps]
        every.add(sum(of_lap) / len(laps), LAP_MS, **of)
        worst.add(max(of_lap), LAP_MS, **of)
        whole.add(sum(of_lap) / 1000, **of)
        told.add(values, got=values, want=1)
        out.add(rate(values, race_s), OUT_PER_S, got=values, want=1)
        for name, figure in figures.items():
            figure.add(sum(lap[name] for lap in laps) / len(laps), **of)
    return [looking, every, worst, whole, told, out, *figures.values()]


def _measure(whole: View) -> tuple[list[dict[str, float]], int]:
    """Return what each figure took at each lap [ms], and how many numbers all of it was."""
    artefact = shipped()
    laps, values = [], 0
    for lap in range(1, whole.lap + 1):
        now = artefact.placed(whole.until(lap))
        took = {}
        for name, figure in FIGURES.items():
            began = time.process_time()
            said = figure.forecast(now, artefact.figures[name])
            took[name] = (time.process_time() - began) * 1000
            values += _values(said)
        laps.append(took)
    return laps, values


def _values(said: Forecast) -> int:
    """Numbers that a reader would be told."""
    arrays = (said.value, said.quantiles, said.chances, said.n, said.weight)
    return sum(array.size for array in arrays if array is not None)
