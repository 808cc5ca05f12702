"""What figures fail at: each failure costs its figure alone, and is named.

A figure may be of another package, and fail in any way. What it would have said is then not
known, as of that lap; all other figures and laps go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import extract_tb

import structlog

from pitlive.messages import Row
from pitlive.race.forecasting.protocol import END, Forecast
from pitlive.race.forecasting.view import View

log = structlog.get_logger()

LONGEST = 300
"""Characters of a reason."""


class FigureFailures:
    """Which figures failed, at which lap, and why.

    They are kept by lap, so that laps which turn out to have been otherwise are tried again,
    and what is listed does not depend on the order in which facts came.

    Args:
        lasting: Figure → why it can say nothing at all.
    """

    def __init__(self, lasting: Mapping[str, str] | None = None) -> None:
        self._lasting = dict(lasting or {})
        self._reasons: dict[str, dict[int, str]] = {}
        self._logged: set[tuple[str, str]] = set()

    @contextmanager
    def caught(self, name: str, lap: int) -> Iterator[None]:
        """Note that a figure fails at a lap, and go on."""
        try:
            yield
        except (MemoryError, KeyboardInterrupt):  # whichever figure it is
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a stranger's module raises
            reason = f"{type(error).__name__}: {error}"[:LONGEST]
            self._reasons.setdefault(name, {}).setdefault(lap, reason)
            if (name, reason) not in self._logged:  # a figure that fails does so lap after lap
                self._logged.add((name, reason))
                # no traceback, for its rendering looks through all of a race: many seconds
                at = extract_tb(error.__traceback__)[-1]
                place = f"{at.filename}:{at.lineno}"
                log.error("a forecast failed", figure=name, lap=lap, reason=reason, at=place)

    def forget(self, first: int) -> None:
        """Let go of what failed at a lap or later."""
        for name, reasons in list(self._reasons.items()):
            kept = {lap: reason for lap, reason in reasons.items() if lap < first}
            if kept:
                self._reasons[name] = kept
            else:
                del self._reasons[name]

    def rows(self) -> dict[str, Row]:
        """Return a row for each figure that failed, with the reason of the newest lap.

        >>> FigureFailures({"tides": "BadFile: no prior"}).rows()
        {'tides': {'figure': 'tides', 'failed': 'BadFile: no prior'}}
        """
        newest = {name: reasons[max(reasons)] for name, reasons in self._reasons.items()}
        reasons = self._lasting | newest
        return {name: {"figure": name, "failed": reason} for name, reason in reasons.items()}


def well_formed(forecast: Forecast, view: View) -> Forecast:
    """Return a forecast whose parts fit each other and the view.

    Raises:
        TypeError: It is none.
        ValueError: A part has another shape or type, or it is as of another lap.

    >>> well_formed(None, None)
    Traceback (most recent call last):
    TypeError: got NoneType, want a Forecast
    """
    if not isinstance(forecast, Forecast):
        raise TypeError(f"got {type(forecast).__name__}, want a Forecast")
    if forecast.lap != view.lap:
        raise ValueError(f"lap: got {forecast.lap}, want {view.lap}")
    ahead = forecast.ahead
    if ahead.ndim != 1 or (ahead.size and (ahead.dtype.kind not in "iu" or ahead.min() < END)):
        raise ValueError(f"ahead: got {ahead.tolist()}, want whole numbers from {END} on")
    options = forecast.options
    if len(options) not in (0, len(ahead)) or not all(isinstance(one, str) for one in options):
        raise ValueError(f"options: got {options!r}, want none or {len(ahead)} texts")
    whole = len(forecast.rows), len(forecast.ahead)
    for part, want in (("value", whole), ("n", whole[:1]), ("weight", whole[:1])):
        if (got := getattr(forecast, part).shape) != want:
            raise ValueError(f"{part}: got shape {got}, want {want}")
    return forecast
