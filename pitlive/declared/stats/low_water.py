"""The low-water rule: on while a figure is low, with a way back that does not flutter."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.rules import RuleSpec, Switch
from pitlive.declared.running_values import Looks
from pitlive.declared.stat import RowUpdates
from pitlive.numerics import Floats, Ints

LOW, BETWEEN, CLEAR = range(3)
"""Where a figure stands. One that is not known is in between, where nothing changes."""


class Spec(RuleSpec):
    """Row: that of a [rule](#rules). On while the figure is low.

    It comes on when the figure goes strictly below `low`, and goes off when it is `clear`
    or more, and has been so for `clear_after_s`.
    """

    kind: Literal["low_water"]
    figure: str = Field("level", description="Which figure of its rows.")
    low: float = Field(description="Low is strictly below it.")
    clear: float | None = Field(
        None, description="Off only from here on, at least `low`; default: `low`."
    )
    clear_after_s: float = Field(
        0, ge=0, le=31_536_000, description="How long it must have been so [s]."
    )
    every: bool = Field(
        False, description="Come on again with every entry that finds it low, not only the first."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Spec:
        if self.clear is not None and self.clear < self.low:
            raise ValueError(f"clear: got {self.clear}, want at least low, {self.low}")
        return self


class Stat:
    """A switch a row that was ever low, and when those that have come back will be clear.

    Only entries that bring a figure from one zone to another are looked at one by one.
    """

    is_of_the_order = True

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._clear = spec.low if spec.clear is None else spec.clear
        self._after_ms = round(spec.clear_after_s * 1000)
        self._switches: dict[str, Switch] = {}
        self._due: dict[str, int] = {}
        self._changed: set[str] = set()

    def look(self, looks: Looks) -> None:
        """Look at the figure after every entry that moved it."""
        before, zones = self._zones(looks.before), self._zones(looks.values)
        for n in np.flatnonzero(before == LOW).tolist():
            self._was_low(looks.keys[n])
        is_first = np.diff(looks.rows, prepend=-1) != 0
        last = np.where(is_first, before[looks.rows], np.roll(zones, 1))
        is_told = (zones != last) | (self._spec.every & (zones == LOW))
        for n in np.flatnonzero(is_told).tolist():
            key, at_ms = looks.keys[looks.rows[n]], int(looks.clocks[n])
            self._stand(key, int(zones[n]), at_ms, float(looks.values[n]))

    def pass_to(self, now_ms: int) -> None:
        """Clear what has been back for long enough."""
        for key in [key for key, due_ms in self._due.items() if due_ms <= now_ms]:
            self._end(key, self._due.pop(key))

    def rewind(self, now_ms: int) -> None:
        """It is only so late: what is back has been back since now at the latest."""
        self._due = {key: min(ms, now_ms + self._after_ms) for key, ms in self._due.items()}

    @property
    def due_ms(self) -> int | None:
        """When the next one clears by time alone [ms]."""
        return min(self._due.values(), default=None)

    def rows(self) -> RowUpdates:
        """Return the rows that changed."""
        changed, self._changed = self._changed, set()
        return {key: self._switches[key].row() for key in sorted(changed)}

    def _zones(self, values: Floats) -> Ints:
        zones = np.where(values >= self._clear, CLEAR, BETWEEN)
        return np.where(values < self._spec.low, LOW, zones)

    def _was_low(self, key: str) -> None:
        """It was low before any entry, for otherwise it would have a switch."""
        if key not in self._switches:
            self._switches[key] = Switch(is_on=True)
            self._changed.add(key)

    def _stand(self, key: str, zone: int, at_ms: int, value: float) -> None:
        due_ms = self._due.pop(key, None)
        if due_ms is not None and due_ms <= at_ms:
            self._end(key, due_ms)
        switch = self._switches.setdefault(key, Switch()) if zone == LOW else None
        if switch and (self._spec.every or not switch.is_on):
            switch.begin(at_ms, value)
            self._changed.add(key)
        elif zone == CLEAR and key in self._switches and self._switches[key].is_on:
            self._due[key] = at_ms + self._after_ms

    def _end(self, key: str, at_ms: int) -> None:
        self._switches[key].end(at_ms)
        self._changed.add(key)
