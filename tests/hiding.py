"""Hides rooms of the house from imports, as if they had never been written.

As a plugin of pytest (`-p tests.hiding`), or by importing it first: what it hides, the
environment says (`HIDDEN=pitlive.race,pitlive.tables`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

HIDDEN = tuple(filter(None, os.environ.get("HIDDEN", "").split(",")))


class Hiding(MetaPathFinder):
    """Stands before all other finders."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the signature of a finder
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> None:
        """Raise for what is hidden, and know nothing of the rest.

        Raises:
            ModuleNotFoundError: It is hidden, or below something that is.
        """
        if any(name == one or name.startswith(f"{one}.") for one in HIDDEN):
            raise ModuleNotFoundError(f"No module named {name!r} (hidden)", name=name)


sys.meta_path.insert(0, Hiding())
