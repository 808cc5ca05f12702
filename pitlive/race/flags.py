"""Flags → times under green, cautions and green-flag runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from pitlive.messages import Entry, Row
from pitlive.numerics import NEVER, Ints


@dataclass(frozen=True, slots=True)
class Span:
    """A time under one condition: a caution, or a green-flag run.

    Attributes:
        begin: The flag entry that began it.
        end: The one that ended it; None while it lasts.
        red: The race was stopped in it.
    """

    begin: Entry
    end: Entry | None = None
    red: bool = False


@dataclass(frozen=True, slots=True)
class Flags:
    """What all flags of a race say, in order of time."""

    shown: tuple[Entry, ...] = ()
    cautions: tuple[Span, ...] = ()
    green_runs: tuple[Span, ...] = ()
    checkered: Entry | None = None
    starts: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    ends: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def at(self, at_ms: int) -> str | None:
        """Return the flag in force at a time, None before the first."""
        before = [flag for flag in self.shown if flag.at_ms <= at_ms]
        return str(before[-1].data["flag"]) if before else None


def read(flags: Iterable[Entry]) -> Flags:
    """Read flag entries, in any order.

    Green begins a run; yellow, or red out of green, begins a caution; red within one
    belongs to it; white announces the last lap and changes nothing; checkered ends all.

    >>> def flag(name, at):
    ...     return Entry(f"{name}/{at}", "flag", at, {"flag": name})
    >>> flags = read([flag("yellow", 50), flag("green", 0), flag("green", 90)])
    >>> flags.starts.tolist(), flags.ends.tolist() == [50, NEVER], len(flags.cautions)
    ([0, 90], True, 1)
    """
    shown = sorted(flags, key=lambda f: (f.at_ms, f.uid))
    spans: dict[str, list[Span]] = {"green": [], "caution": []}
    now = ""
    checkered = None
    for flag in shown:
        name = flag.data["flag"]
        if name == "checkered":
            _close(spans, now, flag)
            checkered = flag
            break
        now = _turn(spans, now, flag)
    green = spans["green"]
    return Flags(
        shown=tuple(shown),
        cautions=tuple(spans["caution"]),
        green_runs=tuple(green),
        checkered=checkered,
        starts=np.array([run.begin.at_ms for run in green], np.int64),
        ends=np.array([run.end.at_ms if run.end else NEVER for run in green], np.int64),
    )


def _turn(spans: dict[str, list[Span]], now: str, flag: Entry) -> str:
    """Go from one condition to the next; a flag that repeats it changes nothing."""
    name = flag.data["flag"]
    if name == "white":
        return now
    then = "green" if name == "green" else "caution"
    if then != now:
        _close(spans, now, flag)
        spans[then].append(Span(flag))
    if name == "red":
        spans[then][-1] = replace(spans[then][-1], red=True)
    return then


def _close(spans: dict[str, list[Span]], now: str, flag: Entry) -> None:
    if now:
        spans[now][-1] = replace(spans[now][-1], end=flag)


@dataclass(frozen=True, slots=True)
class LeaderAtLine:
    """What the line knows of the leader, for flags that do not say on which lap they came.

    Attributes:
        done: Time [ms] → laps the leader had completed by then.
        last: The last lap led.
        closed_ms: When the stream was closed, None while it is open.
    """

    done: Callable[[int], int]
    last: int
    closed_ms: int | None = None


def caution_rows(flags: Flags, line: LeaderAtLine) -> list[Row]:
    """Return the rows of the channel `cautions`, oldest first."""
    return [_caution(span, line) for span in flags.cautions]


def _caution(span: Span, line: LeaderAtLine) -> Row:
    first = _lap_of(span.begin, line)
    row = {
        "first_lap": first,
        "start_ms": span.begin.at_ms,
        "flag": "red" if span.red else "yellow",
    }
    row |= {k: span.begin.data[k] for k in ("reason", "comment") if k in span.begin.data}
    return row | _ending(span, line, first, 0)


def green_run_rows(flags: Flags, line: LeaderAtLine) -> list[Row]:
    """Return the rows of the channel `green_runs`, oldest first."""
    return [_green_run(span, line) for span in flags.green_runs]


def _green_run(span: Span, line: LeaderAtLine) -> Row:
    first = first_green_lap(span, line)
    return {"first_lap": first, "start_ms": span.begin.at_ms} | _ending(span, line, first, 1)


def first_green_lap(span: Span, line: LeaderAtLine) -> int:
    """Return the first lap of a green-flag run: the one after that in which it began."""
    at_start = "lap" not in span.begin.data and not line.done(span.begin.at_ms)
    return 1 if at_start else _lap_of(span.begin, line) + 1


def _ending(span: Span, line: LeaderAtLine, first: int, before: int) -> dict[str, int]:
    """Last lap, end and number of laps; while it lasts, only the laps so far."""
    if span.end is None and line.closed_ms is None:
        return {"laps": max(0, line.last - first + 1)}
    if span.end is None:
        last, end_ms = line.last, line.closed_ms or 0
    else:
        checkered = span.end.data["flag"] == "checkered"
        last, end_ms = _lap_of(span.end, line) - (0 if checkered else before), span.end.at_ms
    return {"last_lap": max(last, first - 1), "end_ms": end_ms, "laps": max(0, last - first + 1)}


def _lap_of(flag: Entry, line: LeaderAtLine) -> int:
    """The lap that the leader was running when a flag came (had completed, if checkered)."""
    if "lap" in flag.data:
        return int(flag.data["lap"])
    return line.done(flag.at_ms) + int(flag.data["flag"] != "checkered")
