"""Pit reports: what operators claim of a stop, whether they agree, and why a value stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pitlive.messages import Entry, Row
from pitlive.versions import rank

AGREE_MS = 500
"""Service times this close are the same stop, read off two screens."""

UNIX_MS = 10**11
"""Times beyond it are Unix time: no race lasts three years."""


@dataclass(frozen=True, slots=True)
class StopVerdict:
    """What is to be believed of a stop.

    Attributes:
        status: `single`, `agreed`, `conflict` or `decided`.
        tires: How many were changed; None in a conflict.
        service_ms: Stationary time [ms]; None in a conflict.
        why: The reason, for people.
    """

    status: str
    tires: int | None
    service_ms: int | None
    why: str


def judge(claims: Sequence[Entry], decision: Entry | None) -> StopVerdict:
    """Decide what claims about one car and lap come to.

    >>> def claim(who, tires, ms):
    ...     data = {"operator": who, "tires": tires, "service_ms": ms}
    ...     return Entry(who, "pit_report", 65000, data)
    >>> judge([claim("anna", 4, 11000), claim("ben", 4, 11301)], None).service_ms
    11150
    >>> judge([claim("anna", 4, 11000), claim("ben", 2, 11000)], None).why
    'anna (0:01:05) says 4 tyres and 11.000 s; ben (0:01:05) says 2 tyres and 11.000 s. \
They disagree about the tyres, so no value is used until somebody decides.'
    """
    claimed = "; ".join(map(_said, claims))
    if decision is not None:
        return _decided(decision, claimed)
    if len(claims) == 1:
        why = f"{claimed}. Nobody else reported this stop, so that is used."
        return StopVerdict("single", claims[0].data["tires"], claims[0].data["service_ms"], why)
    times = [claim.data["service_ms"] for claim in claims]
    if difference := _difference(claims, times):
        until = "so no value is used until somebody decides."
        why = f"{claimed}. They disagree about {difference}, {until}"
        return StopVerdict("conflict", None, None, why)
    mean = sum(times) // len(times)
    why = (
        f"{claimed}. The tyres are equal and the times lie within {AGREE_MS} ms, "
        f"so their mean, {_seconds(mean)}, is used."
    )
    return StopVerdict("agreed", claims[0].data["tires"], mean, why)


def believed(claims: Sequence[Entry], decisions: Sequence[Entry]) -> StopVerdict | None:
    """Return what is to be used of a stop; None in a conflict, or if nobody says anything."""
    if not claims and not decisions:
        return None
    verdict = judge(claims, max(decisions, key=rank, default=None))
    return None if verdict.service_ms is None else verdict


def _decided(decision: Entry, claimed: str) -> StopVerdict:
    data = decision.data
    why = (
        f"{data['operator']} ({_when(decision.at_ms)}) decided on {_value(data)}, "
        f"because: {data['reason']}"
    )
    why += f". Claims: {claimed}." if claimed else ". Nobody has reported this stop."
    return StopVerdict("decided", data["tires"], data["service_ms"], why)


def _difference(claims: Sequence[Entry], times: list[int]) -> str:
    """What they disagree about, empty if they agree."""
    parts = []
    if len({claim.data["tires"] for claim in claims}) > 1:
        parts.append("the tyres")
    if (apart := max(times) - min(times)) > AGREE_MS:
        parts.append(f"the time ({apart} ms apart, at most {AGREE_MS} is agreement)")
    return " and ".join(parts)


def _said(claim: Entry) -> str:
    corrected = ", corrected" if claim.revision else ""
    return f"{claim.data['operator']} ({_when(claim.at_ms)}{corrected}) says {_value(claim.data)}"


def _value(data: Any) -> str:
    return f"{data['tires']} tyres and {_seconds(data['service_ms'])}"


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d} s"


def _when(at_ms: int) -> str:
    """Time of day (UTC) of a Unix time, else the race clock.

    >>> _when(3_723_000), _when(1_763_822_400_000)
    ('1:02:03', '14:40:00 UTC')
    """
    if at_ms >= UNIX_MS:
        return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%H:%M:%S UTC")
    minutes, seconds = divmod(at_ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def report_row(car: str, lap: int, claims: Sequence[Entry], decisions: Sequence[Entry]) -> Row:
    """Return the row of the channel `reports` for one car and lap; None if nobody says anything."""
    if not claims and not decisions:
        return None
    claims = sorted(claims, key=lambda e: (e.at_ms, e.uid))
    decision = max(decisions, key=rank, default=None)
    verdict = judge(claims, decision)
    row: dict[str, Any] = {"car": car, "lap": lap, "status": verdict.status, "why": verdict.why}
    if verdict.tires is not None:
        row |= {"tires": verdict.tires, "service_ms": verdict.service_ms}
    row["claims"] = [_claim(claim) for claim in claims]
    if decision is not None:
        names = ("operator", "tires", "service_ms", "reason")
        row["decision"] = {k: decision.data[k] for k in names} | {"at_ms": decision.at_ms}
    return row


def _claim(claim: Entry) -> Row:
    names = ("operator", "tires", "service_ms")
    return {
        "uid": claim.fact,
        "revision": claim.revision,
        **{k: claim.data[k] for k in names},
        "at_ms": claim.at_ms,
    }
