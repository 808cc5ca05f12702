"""Each series with what the others teach beside it, against what it teaches alone.

What is shipped was learnt from several series, and no series is to be worse for it. So the
baseline here is the same forecast, learnt from earlier seasons of the series alone; ours has
all races of the other series beside them, as what is shipped has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pitlive.race.backtest.walk_forward import Season
from pitlive.race.history.session import RaceSession


def alone(asked: Sequence[RaceSession], known: Sequence[RaceSession]) -> Iterator[Season]:
    """Split history so that every race is forecast twice: with the other series, and without."""
    for series, season in sorted({(race.series, race.season) for race in asked}):
        own = [race for race in known if race.series == series and race.season < season]
        yield Season(
            [race for race in asked if (race.series, race.season) == (series, season)],
            own + [race for race in known if race.series != series],
            own,
        )
