"""gunicorn where nothing of PitLive can be imported but the hub, nor what only others need.

Run as a program: what is forbidden is a `ModuleNotFoundError` in whatever asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import packages_distributions, requires
from types import ModuleType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = ("pitlive.hub", "pitlive.messages", "pitlive.errors")

NEEDED = frozenset(
    {"flask", "gevent", "gunicorn", "orjson", "prometheus-client", "redis", "structlog"}
    | {"click", "packaging"}  # of Flask and of gunicorn
)


def forbidden() -> frozenset[str]:
    """The modules of what PitLive depends on and the hub does not."""
    asked = (Requirement(line) for line in requires("pitlive") or ())
    others = {canonicalize_name(one.name) for one in asked if not one.marker} - NEEDED
    modules = packages_distributions().items()
    return frozenset(m for m, names in modules if others & set(map(canonicalize_name, names)))


class Forbid(MetaPathFinder):
    """Finds what is forbidden, before others do, and does not give it."""

    def __init__(self) -> None:
        self._others = forbidden()
        assert {"numpy", "pandas", "pydantic", "flask_openapi3", "httpx"} <= self._others

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Leave what is allowed to others.

        Raises:
            ModuleNotFoundError: It is not.
        """
        ours = name.startswith("pitlive.") and not name.startswith(OURS)
        if ours or name.partition(".")[0] in self._others:
            raise ModuleNotFoundError(f"{name} is not of the hub", name=name)
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, Forbid())
    from gunicorn.app.wsgiapp import run  # type: ignore[import-untyped]

    run()
