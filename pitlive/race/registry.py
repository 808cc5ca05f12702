"""All figures that are forecast and installed, and what each has learnt.

Ours are in `forecasts` and `shadows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pitlive.errors import BadFile
from pitlive.plugins import accepted
from pitlive.race.forecasting.artefact import Artefact, load, shipped
from pitlive.race.forecasting.protocol import Figure, ForecastKind

GROUP, SHADOW_GROUP = "pitlive.forecasts", "pitlive.shadows"

PARTS = ("name", "unit", "kind", "sample", "fit", "forecast", "baseline", "outcome", "groups")
"""What a figure must have."""


def wrong(name: str, figure: Any) -> str:
    """Say what is wrong with a figure, empty if it can be used.

    >>> from pitlive.race.forecasts import win
    >>> wrong("win", win), wrong("winner", win)
    ('', "name: got 'win', want 'winner', as its entry point says")
    """
    lacking = [part for part in PARTS if not hasattr(figure, part)]
    if lacking:
        return f"got no {', '.join(lacking)}, want what {Figure.__module__}.Figure lists"
    if figure.name != name:
        return f"name: got {figure.name!r}, want {name!r}, as its entry point says"
    kinds = get_args(ForecastKind)
    if figure.kind not in kinds:
        return f"kind: got {figure.kind!r}, want one of {', '.join(kinds)}"
    if not isinstance(figure.unit, str):
        return f"unit: got {figure.unit!r}, want a text"
    within = getattr(figure, "WITHIN", None)
    if within is not None and (type(within) is not int or within < 1):
        return f"WITHIN: got {within!r}, want a whole number of laps"
    return ""


FIGURES: Mapping[str, Figure] = accepted(GROUP, wrong).loaded
"""Name of the figure → its module; these are published."""

SHADOWS: Mapping[str, Figure] = accepted(SHADOW_GROUP, wrong).loaded
"""The same of candidates, which are scored beside the published ones and never published."""

EVERY: Mapping[str, Figure] = {**FIGURES, **SHADOWS}
"""All that is fitted and scored."""


@cache
def learnt() -> Artefact:
    """Return what every figure has learnt: what is shipped, and the `PRIOR` that a figure brings.

    One whose file is not there is unfitted; one whose file cannot be read is named.
    """
    ours = shipped()
    tracks, priors, unread = dict(ours.tracks), dict(ours.figures), dict[str, str]()
    for name, figure in EVERY.items():
        file = getattr(figure, "PRIOR", None)
        try:
            if file is None or not file.is_file():
                continue
            own = load(file.read_bytes())
            if name not in own.figures:
                raise BadFile(f"priors: got {', '.join(own.figures)}, want {name}")
        except Exception as error:  # noqa: BLE001 - whatever a stranger calls a file
            unread[name] = f"PRIOR: {type(error).__name__}: {error}"
            continue
        tracks, priors[name] = {**own.tracks, **tracks}, own.figures[name]
    return Artefact(ours.provenance, tracks, priors, unread)
