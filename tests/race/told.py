"""What a reader has who was told every row: the state that outcomes add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import orjson
import pandas as pd

from pitlive.messages import Entry, Outcome
from pitlive.race.kind import RACE as kind

State = dict[str, dict[str, Any]]


def state(outcomes: Iterable[Outcome]) -> State:
    """Add up outcomes; a channel without a row is not there."""
    channels: State = {}
    for outcome in outcomes:
        for channel, rows in outcome.rows.items():
            known = channels.setdefault(channel, {})
            for name, row in rows.items():
                known.pop(name, None) if row is None else known.__setitem__(name, row)
    return {channel: rows for channel, rows in channels.items() if rows}


def canonical(channels: State) -> bytes:
    """One text for one state."""
    return orjson.dumps(channels, option=orjson.OPT_SORT_KEYS)


def folded(
    entries: Sequence[Entry], spec: Mapping[str, Any] | None = None, cuts: Iterable[int] = ()
) -> bytes:
    """Fold entries, cut into batches at some places, and return the state told."""
    race = kind.fold(kind.spec({}) if spec is None else spec)
    bounds = [0, *sorted(cuts), len(entries)]
    batches = [entries[a:b] for a, b in pairwise(bounds)]
    return canonical(state([race.outcome([]), *map(race.outcome, batches)]))


def table(channels: State, columns: Sequence[str]) -> pd.DataFrame:
    """The channel `standings` as a table in order, absent figures as NaN."""
    rows = pd.DataFrame(list(channels["standings"].values())).set_index("car")
    rows = rows.sort_values("place").reindex(columns=list(columns))
    return rows.astype({name: "float64" for name in rows if name not in ("driver", "make")})
