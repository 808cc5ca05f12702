"""What was learnt from history, as it is shipped: one small JSON file with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import orjson

from pitlive.errors import BadFile
from pitlive.messages import Json
from pitlive.race.circuits.names import circuit, track_type
from pitlive.race.circuits.series import series
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import View

VERSION = 1
"""Rises when a file of before cannot be read any more."""

PARTS = ("provenance", "tracks", "figures")
"""Of a file, besides its version."""

DIGITS = 4
"""Significant digits kept: more than any of this is known to."""


@dataclass(frozen=True)
class Artefact:
    """Priors, and where they come from.

    Attributes:
        provenance: `races` and `seasons` per series, `data` (digest of all races), `day`;
            `before`: figures that were fitted earlier, and from what.
        tracks: Name of a track → its type.
        figures: Figure → its prior.
        unread: Figure → why the prior that it brings cannot be read.
    """

    provenance: Mapping[str, Json]
    tracks: Mapping[str, str]
    figures: Mapping[str, Prior]
    unread: Mapping[str, str] = field(default_factory=dict)

    def placed(self, view: View) -> View:
        """Return a view named as history names it: a feed says "Formula 1", "Sakhir", no type."""
        of = circuit(view.series, view.track)
        track = of.name if of else view.track
        known = of.track_type if of else self.tracks.get(view.track, "")
        declared = track_type(view.track_type) or known
        return replace(view, series=series(view.series), track=track, track_type=declared)


def dump(artefact: Artefact) -> bytes:
    """Return the file of an artefact; the same content gives the same bytes."""
    body = {
        "version": VERSION,
        "provenance": artefact.provenance,
        "tracks": artefact.tracks,
        "figures": plain(artefact.figures),
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def load(file: bytes) -> Artefact:
    """Read the file of an artefact.

    Raises:
        BadFile: It is none, or of another version.

    >>> load(b"[]")
    Traceback (most recent call last):
    pitlive.errors.BadFile: priors: got b'[]', want a file that `pitlive history fit` wrote
    """
    try:
        body = orjson.loads(file)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict) or not {"version", *PARTS} <= body.keys():
        raise BadFile(f"priors: got {file[:40]!r}, want a file that `pitlive history fit` wrote")
    if body["version"] != VERSION:
        raise BadFile(f"priors: got version {body['version']!r}, want {VERSION}")
    return Artefact(body["provenance"], body["tracks"], arrays(body["figures"]))


@cache
def shipped() -> Artefact:
    """Return the artefact that comes with this package."""
    return load(files("pitlive.race").joinpath("priors", f"v{VERSION}.json").read_bytes())


def plain(value: Any) -> Json:
    """Return arrays as lists, numbers rounded.

    >>> plain({"a": np.array([1.23456789, 2]), "b": "x"})
    {'a': [1.235, 2], 'b': 'x'}
    """
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return _short(float(value))
    return value.item() if isinstance(value, np.generic) else value


def _short(value: float) -> Json:
    if not np.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def arrays(value: Json) -> Any:
    """Return lists of numbers as arrays; null is NaN.

    >>> arrays({"a": [1, None]})
    {'a': array([ 1., nan])}
    """
    if isinstance(value, dict):
        return {name: arrays(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return np.array(value, dtype=np.float64)
    return value
