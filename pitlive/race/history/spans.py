"""Laps under one condition → cautions: first lap, last lap, reason."""

from __future__ import annotations

import pandas as pd


def spans(reasons: pd.Series) -> pd.DataFrame:
    """Return the cautions that the laps of the leader were run under.

    Args:
        reasons: Why each lap was not green (empty: no reason known), None where it was;
            indexed by lap, in order.

    >>> spans(pd.Series([None, "VSC", "VSC", None, "SC"], index=[1, 2, 3, 4, 5])).values.tolist()
    [[2, 3, 'VSC'], [5, 5, 'SC']]
    """
    under = reasons[reasons.notna()]
    laps = under.index.to_series()
    number = (laps.diff() != 1).cumsum()
    found = [
        {"first_lap": of.index[0], "last_lap": of.index[-1], "reason": of.iloc[0] or None}
        for _, of in under.groupby(number)
    ]
    return pd.DataFrame(found, columns=["first_lap", "last_lap", "reason"])
