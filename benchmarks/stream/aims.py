"""The figures that are shown, each with what it should be beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Aim:
    """What the figure of one server should be.

    Attributes:
        bound: Times the figure of `of`, or the figure itself where there is none.
            None only shows how many times it is: as near as it can be brought.
    """

    server: str
    side: Literal["≥", "≤"]
    bound: float | None
    of: str = ""

    def __str__(self) -> str:
        if self.bound is None:
            return f"near {self.of}"
        return f"{self.side} {self.bound:g}" + (f" × {self.of}" if self.of else "")

    def is_met(self, ratio: float) -> bool:
        """Tell whether a ratio, or the figure itself, will do."""
        if self.bound is None:
            return True
        return ratio >= self.bound if self.side == "≥" else ratio <= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one scenario, for all servers that were measured.

    Attributes:
        key: What it is called in the result.
        scale: What the result's value is multiplied with to have the unit.
    """

    name: str
    scenario: str
    key: str
    unit: str
    aims: Sequence[Aim] = ()
    scale: float = 1.0


def _latency(scenario: str, readers: str) -> list[Figure]:
    return [
        Figure(
            f"publish to receive, {which}, {readers} readers, 10 events/s",
            scenario,
            f"{which}_us",
            "ms",
            [Aim("pitlive", "≤", 1.0, "nchan")],
            1e-3,
        )
        for which in ("p50", "p99")
    ]


FIGURES = [
    Figure(
        "deliveries per server-CPU-second, 1,000 readers, 10 events/s",
        "light1000",
        "per_cpu_s",
        "/CPU-s",
        [
            Aim("pitlive", "≥", 1.2, "nchan"),
            Aim("pitlive", "≥", 0.85, "limit-event"),
            Aim("hub-alone", "≥", 0.9, "pitlive"),
            Aim("pitlive-nginx", "≥", None, "nchan"),
        ],
    ),
    Figure(
        "deliveries per server-CPU-second, burst of 1,000 events to 1,000 readers",
        "sat1000",
        "per_cpu_s",
        "/CPU-s",
        [
            Aim("pitlive", "≥", 100, "nchan"),
            Aim("pitlive", "≥", 1, "limit-batch"),
            Aim("hub-alone", "≥", 0.9, "pitlive"),
            Aim("pitlive-nginx", "≥", 10, "nchan"),
        ],
    ),
    Figure(
        "highest sustained rate to 1,000 readers, all delivered, p99 ≤ 100 ms",
        "sweep1000",
        "rate",
        "events/s",
        [
            Aim("pitlive", "≥", 30, "nchan"),
            Aim("pitlive", "≥", None, "limit-batch"),
            Aim("pitlive-nginx", "≥", 2, "nchan"),
        ],
    ),
    *_latency("light1000", "1,000"),
    *_latency("light5000", "5,000"),
    Figure("memory of an open stream, 5,000", "idle5000", "kb", "KiB", [Aim("pitlive", "≤", 1)]),
    Figure(
        "memory of an open stream after an event, 5,000",
        "idle5000",
        "kb_after_event",
        "KiB",
        [Aim("pitlive", "≤", 1)],
    ),
    Figure(
        "memory of an open stream, 20,000 or what file limits allow",
        "idle20000",
        "kb",
        "KiB",
        [Aim("pitlive", "≤", 1)],
    ),
    Figure("streams in that measurement", "idle20000", "readers", "streams"),
    Figure(
        "connects per second, one worker",
        "connects",
        "connects_per_s",
        "/s",
        [
            Aim("pitlive", "≥", 8000),
            Aim("pitlive-private", "≥", 8000),
            Aim("pitlive", "≥", None, "nchan"),
        ],
    ),
    Figure("connects per server-CPU-second", "connects", "connects_per_cpu_s", "/CPU-s"),
    Figure(
        "5,000 readers back from 100 events behind",
        "storm",
        "caught_up_s",
        "s",
        [Aim("pitlive", "≤", 1), Aim("pitlive", "≤", None, "nchan")],
    ),
    Figure(
        "bytes on the wire for an entry of the real race, each reader",
        "laps",
        "wire_b",
        "B",
        [Aim("pitlive-gzip", "≤", 0.1, "full-state"), Aim("pitlive", "≤", None, "full-state")],
    ),
    Figure(
        "server CPU for an entry of the real race, each reader",
        "laps",
        "cpu_us",
        "µs",
        [Aim("pitlive-gzip", "≤", 1.2, "pitlive")],
    ),
    Figure(
        "p99 of 495 readers while 5 do not read, to what it is else",
        "slow",
        "p99_ratio",
        "×",
        [Aim("pitlive", "≤", 1.1)],
    ),
    Figure("until all 5 are gone", "slow", "gone_s", "s", [Aim("pitlive", "≤", 10)]),
    Figure("memory they cost meanwhile", "slow", "grown_kb", "KiB", [Aim("pitlive", "≤", 20_480)]),
    Figure(
        "resume 10 events behind in a log of a million",
        "resume",
        "recent_ms",
        "ms",
        [Aim("long-log", "≤", 50)],
    ),
    Figure("the same on a worker that has just started", "resume", "cold_ms", "ms"),
    Figure("resume 10,000 events behind, first byte", "resume", "far_first_ms", "ms"),
    Figure("resume 10,000 events behind, newest event", "resume", "far_ms", "ms"),
    Figure(
        "connections left after 20,000 of 100 ms",
        "churn",
        "left",
        "left",
        [Aim("pitlive", "≤", 0)],
    ),
    Figure("memory grown by them", "churn", "grown_kb", "KiB", [Aim("pitlive", "≤", 4096)]),
    Figure(
        "most readers back in a second, by an even spread over the window",
        "reload",
        "peak_by_uniform",
        "×",
        [Aim("reloading", "≤", 1.5)],
    ),
    Figure("events lost or repeated in a reload", "reload", "lost", "", [Aim("reloading", "≤", 0)]),
]
