"""A race as it is followed live: its figures at once, and what is forecast soon after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.messages import Entry, Json, PackedPiece, Rejection, Row, Rows
from pitlive.numerics import NEVER
from pitlive.race.fold import RaceState
from pitlive.race.forecasting.view import view
from pitlive.race.live_forecasts import LiveForecasts
from pitlive.race.registry import learnt

FORECASTS, SCORES = "forecasts", "scores"


class LiveRace(RaceState):
    """A race that defers work: its forecasts follow its figures, some tens of ms a lap.

    >>> race = LiveRace({})
    >>> race.work_off(), race.is_settled
    (False, True)
    """

    def __init__(self, spec: Mapping[str, Json]) -> None:
        super().__init__(spec)
        self._forecasts = LiveForecasts(learnt())
        self._fresh: Rows = {}
        self._is_stale = False
        self._seen_lap = -1
        self._published: dict[str, dict[str, Row]] = {FORECASTS: {}, SCORES: {}}

    @property
    def deferred(self) -> Sequence[str]:
        """Channels whose rows follow later."""
        return tuple(self._published)

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold a batch in; return what could not be taken."""
        self._is_stale = True
        return super().apply(batch)

    def rows(self) -> Rows:
        """Return the rows that may have changed, those of forecasts as far as they are made."""
        self._work_out()
        rows, self._fresh = self._fresh, {}
        return rows | self._news()

    def pieces(self) -> Sequence[PackedPiece]:
        """Return past laps that have become known, or known to be otherwise."""
        pieces, self._forecasts.pieces = self._forecasts.pieces, []
        return pieces

    def work_off(self) -> bool:
        """Forecast one lap, or score some; return whether there was anything to do."""
        self._work_out()
        if self._is_news:
            self._forecasts.see(view(self), self._ledger.since_ms)
            self._seen_lap, self._ledger.since_ms = self.figures.line.last, NEVER
        return self._forecasts.step()

    @property
    def is_settled(self) -> bool:
        """Whether all forecasts are made and scored."""
        return not (self._is_stale or self._is_news) and self._forecasts.is_settled

    @property
    def _is_news(self) -> bool:
        """Whether anything has come in that a forecast of the newest lap could look at."""
        line, since_ms = self.figures.line, self._ledger.since_ms
        if since_ms == NEVER:
            return False
        is_over = self.figures.flags.checkered is not None
        return is_over or line.last != self._seen_lap or since_ms <= line.lead_at[line.last]

    def _work_out(self) -> None:
        """Work the figures out, and keep what is told of them for whoever asks."""
        self._is_stale = False
        for channel, rows in super().rows().items():
            self._fresh.setdefault(channel, {}).update(rows)

    def _news(self) -> Rows:
        """Rows of forecasts and scores that are not as they were told; they are told now."""
        revision = self._facts.corrections
        forecasts = {
            name: row | {"revision": revision} for name, row in self._forecasts.newest.items()
        }
        now = {FORECASTS: forecasts, SCORES: self._forecasts.scores}
        before, self._published = self._published, now
        found = {channel: _changed(before[channel], now[channel]) for channel in now}
        return {channel: rows for channel, rows in found.items() if rows}


def _changed(before: Mapping[str, Row], now: Mapping[str, Row]) -> dict[str, Row | None]:
    gone: dict[str, Row | None] = dict.fromkeys(before.keys() - now.keys())
    return gone | {name: row for name, row in now.items() if before.get(name) != row}
