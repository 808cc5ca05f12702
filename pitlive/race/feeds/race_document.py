"""What lies beside a file of entries → the declaration of its source, for `PUT`.

Only what was known before the start passes: who finished where, and after how many
laps, stays behind, in the fields and in the order of the cars.
"""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.errors import BadFile
from pitlive.messages import Json

RACE = {
    "name": "name",
    "series": "series",
    "track": "track",
    "scheduled_laps": "laps",
    "laps": "laps",
    "stage_end_laps": "stages",
    "stages": "stages",
    "lateness_ms": "lateness_ms",
}
"""Fields of a race document, and the field of the declaration that each becomes."""

CAR = ("car", "driver", "make", "grid")
"""What may be known of a car before the start."""


def spec(document: Json) -> dict[str, Json]:
    """Return the declaration that a race document (or a declaration) contains.

    Cars come in the order of the grid: documents written after the race list them as
    they finished, and that is an outcome too. Other kinds than `race` pass through.

    Raises:
        BadFile: It is not an object, or its cars are not a list of objects.

    >>> spec({"scheduled_laps": 2, "entries": [
    ...     {"car": "24", "grid": 2, "finish": 1}, {"car": "9", "grid": 1, "finish": 2}]})
    {'kind': 'race', 'laps': 2, 'cars': [{'car': '9', 'grid': 1}, {'car': '24', 'grid': 2}]}
    """
    if not isinstance(document, Mapping):
        raise BadFile(f"declaration: got {type(document).__name__}, want a JSON object")
    if document.get("kind", "race") != "race":
        return dict(document)
    declared = {RACE[k]: v for k, v in document.items() if k in RACE and v is not None}
    cars = _cars(document)
    return {"kind": "race", **declared, **({"cars": cars} if cars else {})}


def _cars(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    field = "entries" if "entries" in document else "cars"
    listed = document.get(field)
    if not isinstance(listed, list):  # also a mere number of cars
        return []
    if not all(isinstance(car, Mapping) for car in listed):
        raise BadFile(f"declaration, {field}: want a list of objects with `car`")
    cars = [{k: car[k] for k in CAR if car.get(k) is not None} for car in listed]
    return sorted(cars, key=_grid)


def _grid(car: Mapping[str, Json]) -> tuple[float, str]:
    grid = car.get("grid")
    return (grid if isinstance(grid, int) else float("inf"), str(car.get("car")))
