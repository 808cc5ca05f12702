"""Runnable examples: a declaration and seeded sample data each, one folder an app.

An app is a folder here with `<name>.toml`, its declaration, and `sample.py`, whose
`entries(seed)` makes up what a feed would report; its `LIVE_MS`, if it has one, is from when
on it is shown as it happened. Tables with opening numbers may lie beside it. No app has code
of its own besides.
"""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from pitlive.kind import meant
from pitlive.messages import Json


def names() -> list[str]:
    """Name all apps.

    >>> "assessment" in names()
    True
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def declaration(app: str) -> dict[str, Json]:
    """Return how the source of an app is declared.

    >>> declaration("assessment")["name"]
    'School assessment'
    """
    folder = files(__name__) / app
    declared = tomllib.loads((folder / f"{app}.toml").read_text("utf-8"))
    found = meant(declared).with_files(declared, lambda name: (folder / name).read_text("utf-8"))
    whole: dict[str, Json] = found.declared
    return whole


def entries(app: str, seed: int) -> Iterator[dict[str, Json]]:
    """Yield sample entries as a feed would report them, in the order of their arrival.

    >>> next(entries("assessment", 1)) == next(entries("assessment", 1))
    True
    """
    made: Iterator[dict[str, Json]] = _sample(app).entries(seed)
    return made


def live_ms(app: str) -> int | None:
    """Return from when on a sample is shown as it happened [ms]; None: from its beginning.

    >>> live_ms("assessment") is None
    True
    """
    return getattr(_sample(app), "LIVE_MS", None)


def _sample(app: str) -> Any:
    return importlib.import_module(f"{__name__}.{app}.sample")
