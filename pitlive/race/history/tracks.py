"""What kind of track it is that no table knows, by the words of its name and its length.

Circuits that are known stand in `pitlive/race/circuits`.
"""

from __future__ import annotations

DIRT = ("Dirt", "Eldora", "Knoxville")
ROAD = (
    "Road Course",
    "Roval",
    "Street",
    "Circuit",
    "Circuito",
    "Autodromo",
    "Autódromo",
)
"""Words in the names of tracks; what is neither dirt nor road is an oval."""

SHORT, LARGE = 1.1, 1.95
"""Length of ovals [miles]: up to a mile, and from two on (1.99 is a rounded two)."""


def track_type(name: str, miles: float, plate: bool = False) -> str:
    """Return the type of a track.

    Args:
        name: What it is called.
        miles: Its length.
        plate: Power is restricted there, so cars run in packs.

    >>> track_type("Somewhere Speedway", 0.53), track_type("Anywhere Street Course", 2.5)
    ('short', 'road')
    """
    for kind, words in (("dirt", DIRT), ("road", ROAD)):
        if any(word in name for word in words):
            return kind
    if plate and miles > SHORT:
        return "superspeedway"
    return "short" if miles <= SHORT else "large" if miles >= LARGE else "intermediate"
