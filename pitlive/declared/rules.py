"""What all rules share: how one is declared over a figure, and the row that it has.

A rule is on or off, and counts how often it came on. What came on is not undone, so a rule
over a figure looks at it after every entry in the order of the log, and at nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import Field, model_validator

from pitlive.declared.running_values import Looks
from pitlive.declared.stat import RowUpdates, StatSpec


class RuleSpec(StatSpec):
    """A rule over a figure of another stat; its rows have the keys of that stat's rows."""

    stat: str = Field(description="The stat whose rows it looks at, each for itself.")
    figure: str = Field(description="Which figure of its rows.")

    @property
    def has_runs(self) -> bool:
        """Its rows say `is_on`, and how many `times` it has been."""
        return True

    @model_validator(mode="after")
    def _has_no_entries(self) -> RuleSpec:
        for part in ("entries", "by", "where", "nested"):
            if given := getattr(self, part):
                raise ValueError(f"{part}: got {given!r}, want none: it is for the stat to say")
        return self


class Rule(Protocol):
    """What a kind of rule computes, for one declaration of it."""

    def __init__(self, spec: Any) -> None: ...

    def look(self, looks: Looks) -> None:
        """Look at the figure after every entry that moved it."""
        ...

    def rows(self) -> RowUpdates:
        """Return the rows that may have changed since the last call."""
        ...


@runtime_checkable
class RewindingRule(Protocol):
    """A rule that waits for a time, and has to know when it is earlier than it was thought."""

    def rewind(self, now_ms: int) -> None:
        """It is only so late now, for what was newer is taken back."""
        ...


@dataclass(slots=True)
class Switch:
    """Whether a rule is on for one row, and how often it came on.

    >>> switch = Switch()
    >>> switch.begin(5, value=-1.0)
    >>> switch.end(9)
    >>> switch.row()
    {'is_on': False, 'times': 1, 'began_ms': 5, 'ended_ms': 9, 'value': -1}
    """

    is_on: bool = False
    times: int = 0
    began_ms: int | None = None
    ended_ms: int | None = None
    value: float | None = None

    def begin(self, at_ms: int, value: float) -> None:
        """It comes on, because the figure is this."""
        self.is_on, self.times = True, self.times + 1
        self.began_ms, self.ended_ms, self.value = at_ms, None, value

    def end(self, at_ms: int) -> None:
        """It goes off."""
        self.is_on, self.ended_ms = False, at_ms

    def row(self) -> dict[str, Any]:
        """Return its row, without what is not known."""
        row = {"is_on": self.is_on, "times": self.times}
        known = {"began_ms": self.began_ms, "ended_ms": self.ended_ms, "value": _plain(self.value)}
        return row | {name: value for name, value in known.items() if value is not None}


def _plain(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value
