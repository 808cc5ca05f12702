"""From what a series calls a circuit to the circuit: one, however it is spelt."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from unicodedata import combining, normalize

from pitlive.race.circuits.series import family

STREET = "street"
"""A type of circuit on which cars race as on a road: forecasts do not tell the two apart."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit, or a layout of one.

    Attributes:
        name: What it is called here, whatever the series.
        type: superspeedway (power is restricted), large (two miles and more), intermediate,
            short (up to 1.1 miles), road, street or dirt.
    """

    name: str
    type: str

    @property
    def track_type(self) -> str:
        """The type that forecasts know it by.

        >>> circuit("f1", "Monaco Grand Prix").track_type
        'road'
        """
        return track_type(self.type)


@dataclass(frozen=True, slots=True)
class PitLane:
    """The pit lane of a circuit, in one series.

    Attributes:
        lane_s: Time from line to line with an ordinary stop [s].
        stops: Of how many stops that is the median.
        source: Who says so.
    """

    lane_s: float
    stops: int
    source: str


def track_type(declared: str) -> str:
    """Return the type that forecasts know a type by.

    >>> track_type("street"), track_type("short")
    ('road', 'short')
    """
    return "road" if declared == STREET else declared


def circuit(series: str, name: str, season: int | None = None) -> Circuit | None:
    """Return the circuit that a series means by a name, None if it is not in the table.

    Args:
        series: Such as `f1`, `nascar-cup` or `Formula 1`; empty if unknown.
        name: Of a circuit, a place or a Grand Prix, however it is spelt.
        season: Year, for names that have moved; the newest if unknown.

    >>> circuit("f1", "Brazilian Grand Prix") == circuit("f1", "Sao Paulo GP")
    True
    >>> circuit("f1", "Spanish Grand Prix", 2024).name
    'Circuit de Barcelona-Catalunya'
    """
    of, spelt = family(series), folded(name)
    found = [one for one in _names().get((of, spelt), ()) if one.there(season)]
    if found:
        return circuits()[found[-1].circuit]
    if named := _by_name().get(spelt):
        return named
    meant = {one.circuit for one in _anywhere(spelt) if not of and one.there(season)}
    return circuits()[meant.pop()] if len(meant) == 1 else None


@cache
def circuits() -> Mapping[str, Circuit]:
    """Return all circuits by name."""
    return {row["circuit"]: Circuit(row["circuit"], row["type"]) for row in _rows("circuits.csv")}


@cache
def lanes() -> Mapping[tuple[str, str], PitLane]:
    """Return all pit lanes by family of series and name of the circuit."""
    return {
        (row["series"], row["circuit"]): PitLane(
            float(row["lane_s"]), int(row["stops"]), row["source"]
        )
        for row in _rows("lanes.csv")
    }


def folded(name: str) -> str:
    """Return a name as it is looked up: no accents, capitals or punctuation.

    >>> folded("São Paulo G.P."), folded("Autódromo Hermanos Rodríguez")
    ('sao paulo grand prix', 'autodromo hermanos rodriguez')
    """
    plain = "".join(one for one in normalize("NFKD", name) if not combining(one)).casefold()
    words = re.sub(r"[^\w]+", " ", plain.replace(".", "").replace("'", "")).split()
    return " ".join("grand prix" if word == "gp" else word for word in words)


@dataclass(frozen=True, slots=True)
class _Named:
    circuit: str
    since: int
    until: int

    def there(self, season: int | None) -> bool:
        """Whether the name meant the circuit in a season; the newest does if unknown."""
        return season is None or self.since <= season <= self.until


@cache
def _names() -> Mapping[tuple[str, str], list[_Named]]:
    """What is meant by a name in a family of series, the newest last."""
    found: dict[tuple[str, str], list[_Named]] = {}
    for row in _rows("names.csv"):
        one = _Named(row["circuit"], int(row["since"] or 0), int(row["until"] or 9999))
        found.setdefault((row["series"], folded(row["name"])), []).append(one)
    return {key: sorted(of, key=lambda one: (one.until, one.since)) for key, of in found.items()}


@cache
def _by_name() -> Mapping[str, Circuit]:
    return {folded(name): of for name, of in circuits().items()}


def _anywhere(spelt: str) -> Iterator[_Named]:
    for (_, name), of in _names().items():
        if name == spelt:
            yield from of


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("pitlive.race").joinpath("circuits", name).read_text("utf-8")
    return iter(csv.DictReader(text.splitlines()))
