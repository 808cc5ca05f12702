"""Priors from all of history, as the artefact that is shipped, or that a package brings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from hashlib import sha256
from pathlib import Path

from pitlive.errors import BadFile
from pitlive.race.backtest.walk_forward import ProgressCallback, fit, learn
from pitlive.race.forecasting.artefact import Artefact
from pitlive.race.forecasts import lane_time
from pitlive.race.history.archive import Archive
from pitlive.race.history.session import RaceSession


def artefact(
    pool: Executor,
    folder: Path,
    glob: str,
    figures: tuple[str, ...],
    day: str,
    tell: ProgressCallback,
) -> Artefact:
    """Fit figures on the races with laps whose key fits.

    Raises:
        BadFile: There are none.
    """
    found = [(race, digest) for race, digest in Archive(folder).races(glob) if race.has_laps]
    if not found:
        raise BadFile(f"races: got {glob}, want a pattern of keys, see `pitlive history list`")
    known = [race for race, _ in found]
    taught = learn(pool, folder, known, figures, tell)
    priors = fit(figures, [taught[race.key] for race in known])
    if lane_time.name in priors:
        priors[lane_time.name] = lane_time.tabled(priors[lane_time.name])
    data = sha256("".join(f"{race.key}{digest}" for race, digest in found).encode()).hexdigest()
    return Artefact(
        {"day": day, "data": data[:16], "series": _counted(known)},
        {race.track: race.track_type for race in known},
        priors,
    )


def _counted(known: Sequence[RaceSession]) -> dict[str, dict[str, object]]:
    """Races and seasons of each series."""
    return {
        series: {
            "races": sum(race.series == series for race in known),
            "seasons": sorted({race.season for race in known if race.series == series}),
        }
        for series in sorted({race.series for race in known})
    }
