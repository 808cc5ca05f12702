"""Forecasts as rows of the channel `forecasts`: what a reader is told of a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pitlive.messages import Row
from pitlive.numerics import Floats, Ints
from pitlive.race.forecasting.protocol import RACE, Figure, Forecast
from pitlive.race.forecasting.view import View

DIGITS = {"ms": 0, "place": 2, "laps": 2, "s": 3}
"""Decimals by unit: what can be told apart on a screen, and what is known at all."""

OTHERWISE = 4
"""Decimals of chances, weights and any other unit."""

BAND = {"low": 0.1, "mid": 0.5, "high": 0.9}
"""Quantiles that are told."""


def row(figure: Figure, predicted: Forecast, view: View) -> Row | None:
    """Return what a figure says of a race, cars in the order of the field; None: nothing.

    >>> from types import SimpleNamespace as Some
    >>> of = Some(unit="probability", kind="chance")
    >>> said = Forecast(7, RACE, np.array([5, 10]), np.array([[0.21239, np.nan]]),
    ...                 np.array([7.0]), np.array([0.98282]))
    >>> told = row(of, said, None)
    >>> told["value"], told["weight"], told["ahead"]
    ([[0.2124, None]], [0.9828], [5, 10])
    """
    if not len(predicted.rows):
        return None
    digits = DIGITS.get(figure.unit, OTHERWISE)
    of_race = np.array_equal(predicted.rows, RACE)
    by = np.arange(len(predicted.rows)) if of_race else np.argsort(view.standing[predicted.rows])
    return {
        **{"lap": int(predicted.lap), "unit": figure.unit, "kind": figure.kind},
        "ahead": predicted.ahead.tolist(),
        **({"options": list(predicted.options)} if predicted.options else {}),
        **({} if of_race else {"cars": _names(view, predicted.rows[by])}),
        **(
            {}
            if predicted.others is None
            else {"others": [_names(view, o) for o in predicted.others[by]]}
        ),
        "value": numbers(predicted.value[by], digits),
        **_bands(predicted, by, digits),
        **({} if predicted.chances is None else {"chances": _chances(predicted.chances[by])}),
        **{"n": numbers(predicted.n[by], 0), "weight": numbers(predicted.weight[by], OTHERWISE)},
    }


def numbers(values: npt.NDArray[Any], digits: int) -> list[Any]:
    """Return nested lists of rounded numbers, None for what is unknown.

    >>> numbers(np.array([[1.26, np.nan], [-0.01, 2.0]]), 1)
    [[1.3, None], [0.0, 2.0]]
    >>> numbers(np.array([7.0, np.nan]), 0)
    [7, None]
    """
    rounded = np.round(np.asarray(values, np.float64), digits) + 0.0  # no -0.0 on a screen
    whole = rounded if digits else np.where(np.isnan(rounded), 0, rounded).astype(np.int64)
    found = whole.tolist()
    unknown = np.isnan(rounded)
    return _with_unknown(found, unknown.tolist()) if unknown.any() else found  # type: ignore[no-any-return]


def _with_unknown(found: Any, unknown: Any) -> Any:
    if isinstance(found, list):
        return [_with_unknown(f, u) for f, u in zip(found, unknown, strict=True)]
    return None if unknown else found


def _names(view: View, rows: Ints) -> list[str | None]:
    return [view.cars[row] if row >= 0 else None for row in rows.tolist()]


def _bands(predicted: Forecast, by: Ints, digits: int) -> dict[str, Row]:
    if predicted.quantiles is None:
        return {}
    levels = {name: predicted.band(level, level)[0] for name, level in BAND.items()}
    return {name: numbers(of[by], digits) for name, of in levels.items()}


def _chances(chances: Floats) -> list[list[float]]:
    """Chances without the zeros behind the last that matters."""
    found = np.round(chances, OTHERWISE) + 0.0
    ends = (found.shape[1] - np.argmax(found[:, ::-1] > 0, axis=1)).tolist()
    return [line[:end] for line, end in zip(found.tolist(), ends, strict=True)]
