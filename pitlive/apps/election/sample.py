"""A made-up students' union election: 8,000 on the register, seven days of voting.

The register comes first, one entry an elector. With the first ballot an elector's entry is
revised: he or she has voted. As in life, a few ballots are struck out, a few electors stand
on the register under the wrong year, and some things are sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from pitlive.messages import Json

ELECTORS = 8000
START_MS, END_MS = 1_772_740_800_000, 1_773_345_600_000
"""Thursday 5 March 2026, eight in the evening, to the next, UTC."""

LIVE_MS = END_MS - 4 * 3_600_000
"""A replay shows what was before at once, and the last four hours as they pass."""

STUDIES = {
    "Undergraduate": (0.68, ("Foundation", "Year 1", "Year 2", "Year 3", "Year 4")),
    "Taught postgraduate": (0.22, ("Full-time", "Part-time", "Distance")),
    "Research": (0.10, ("Year 1", "Year 2", "Year 3", "Writing up")),
}
"""Share of the electors, and what a study type is made of."""

SCHOOLS = (
    "Architecture", "Biosciences", "Business", "Chemistry", "Computing", "Dentistry",
    "Engineering", "English", "Geography", "History", "Law", "Mathematics", "Medicine", "Music",
    "Physics", "Psychology",
)  # fmt: skip

OFFICES = ("President", "Education", "Welfare", "Activities", "Sports", "Postgraduates")

HOURS = (2, 1, 1, 1, 1, 1, 2, 4, 8, 12, 15, 17, 20, 17, 15, 14, 13, 13, 12, 12, 11, 9, 7, 4)
"""How many vote in each hour of the day, in proportion."""

DAYS = (1.8, 1.5, 0.8, 0.7, 1.0, 1.1, 1.3, 2.2)
"""And on each day: many at once, few at the weekend, many when it is nearly too late."""

LAST = 7
LAST_HOURS = (*HOURS[:12], 16, 15, 15, 17, 21, 27, 38, 60, 0, 0, 0, 0)
"""The last day ends with those who nearly forgot."""

CORRECTED, STRUCK_OUT, TWICE = 0.004, 0.003, 0.01
"""Shares of the electors, of the ballots and of all that is sent that this happens to."""

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Elector:
    """Somebody on the register."""

    name: str
    study: str
    year: str
    school: str


def entries(seed: int) -> Iterator[dict[str, Json]]:
    """Yield the register and the votes, in the order of their arrival.

    >>> next(entries(1))["voted"]
    False
    """
    chance = Random(seed)
    electors = [_elector(number, chance) for number in range(1, ELECTORS + 1)]
    for elector in electors:
        yield _registered(elector, START_MS)
    willing = {school: min(0.62, max(0.16, chance.gauss(0.36, 0.11))) for school in SCHOOLS}
    voters = [elector for elector in electors if chance.random() < _will(elector, willing)]
    votes = [vote for elector in voters for vote in _votes(elector, chance)]
    for vote in sorted(votes, key=lambda vote: vote["at_ms"]):
        yield vote
        if chance.random() < TWICE:
            yield vote


def _elector(number: int, chance: Random) -> Elector:
    shares = [share for share, _ in STUDIES.values()]
    study = chance.choices(list(STUDIES), shares)[0]
    year = chance.choice(STUDIES[study][1])
    return Elector(f"E-{number:05}", study, year, chance.choice(SCHOOLS))


def _will(elector: Elector, willing: dict[str, float]) -> float:
    """How likely it is that an elector votes."""
    study = {"Undergraduate": 1.15, "Taught postgraduate": 0.65, "Research": 0.85}
    return willing[elector.school] * study[elector.study] * (0.5 + (elector.year != "Distance") / 2)


def _votes(elector: Elector, chance: Random) -> Iterator[dict[str, Json]]:
    """Yield what somebody who votes causes: a revision of the register, and ballots."""
    at_ms = _moment(chance)
    via = chance.choices(("Web", "Kiosk"), (0.8, 0.2))[0]
    yield _registered(elector, at_ms) | {"voted": True, "via": via, "revision": 1}
    for office in OFFICES:
        if office == "Postgraduates" and elector.study == "Undergraduate":
            continue
        if chance.random() < 0.8:
            at_ms = min(at_ms + round(chance.expovariate(1 / 15_000)), END_MS - 1)
            yield from _ballot(elector, office, at_ms, chance)
    if chance.random() < CORRECTED:
        right = chance.choice(STUDIES[elector.study][1])
        voted = {"voted": True, "via": via, "year": right, "revision": 2}
        yield _registered(elector, at_ms) | voted


def _ballot(elector: Elector, office: str, at_ms: int, chance: Random) -> Iterator[dict[str, Json]]:
    """Yield a ballot with one vote for each candidate that was ranked."""
    ranked = chance.choices((1, 2, 3, 4), (5, 2, 2, 1))[0]
    ballot = {"elector": elector.name, "office": office, "votes": ranked, "at_ms": at_ms}
    yield {"type": "ballot", **ballot}
    if chance.random() < STRUCK_OUT:
        fact = f"ballot/{elector.name}/{office}"
        yield {"type": "retract", "amends": fact, "at_ms": at_ms + 1, "revision": 1}


def _moment(chance: Random) -> int:
    """When somebody votes: a day, an hour, and any moment of it."""
    while True:
        day = chance.choices(range(8), DAYS)[0]
        hour = chance.choices(range(24), LAST_HOURS if day == LAST else HOURS)[0]
        midnight = START_MS - 20 * HOUR_MS + day * 24 * HOUR_MS
        at_ms = midnight + hour * HOUR_MS + chance.randrange(HOUR_MS)
        if START_MS <= at_ms < END_MS:
            return at_ms


def _registered(elector: Elector, at_ms: int) -> dict[str, Json]:
    return {
        "type": "elector",
        "elector": elector.name,
        "study": elector.study,
        "year": elector.year,
        "school": elector.school,
        "voted": False,
        "at_ms": at_ms,
    }
