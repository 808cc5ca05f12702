"""A package below `examples/`, as if it had been installed: its metadata, and where it is found."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from tests.conftest import ROOT
from tests.distributions import describe


def environment(example: str, folder: Path) -> dict[str, str]:
    """Return what a process needs in its environment to find an example.

    Args:
        folder: Where its metadata is written, as an installer would from `pyproject.toml`.
    """
    home = ROOT / "examples" / example
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    points = project["entry-points"].items()
    listed = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in found.items())
        for group, found in points
    ]
    describe(folder, project["name"], project["version"], points="\n".join(listed))
    return {"PYTHONPATH": os.pathsep.join((str(home), str(folder)))}
