"""Each series with what the others teach beside it, against what it teaches alone.

What is shipped was learnt from several series, and no series is to be worse for it. So the
baseline here is the same forecast, learnt from earlier seasons of the series alone; ours has
all races of the other series beside them, as what is shipped has.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from pitlive.backtest.walk import Progress, Result, fit, learn, played, races
from pitlive.errors import BadFile


def alone(
    pool: Executor,
    folder: Path,
    glob: str,
    figures: tuple[str, ...],
    every: int,
    tell: Progress,
) -> Result:
    """Forecast the races whose key fits twice, and score the one against the other.

    Raises:
        BadFile: No race fits, or none has a season of its series before it.
    """
    known = races(folder)
    asked: dict[tuple[str, int], list[str]] = defaultdict(list)
    for race in races(folder, glob):
        if any(one.series == race.series and one.season < race.season for one in known):
            asked[race.series, race.season].append(race.key)
    if not asked:
        raise BadFile(f"races: got {glob}, want races with a season of their series before them")
    taught = learn(pool, folder, known, figures, tell)
    calls: dict[str, tuple[Any, ...]] = {}
    for (series, season), keys in asked.items():
        own = [race.key for race in known if race.series == series and race.season < season]
        others = [race.key for race in known if race.series != series]
        beside, by_itself = (
            fit(figures, [taught[key] for key in of]) for of in (own + others, own)
        )
        calls |= {key: (folder, key, beside, every, by_itself) for key in keys}
    return played(pool, calls, tell)
