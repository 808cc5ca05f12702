"""The example packages as somebody else installs them: wheels in a folder on the path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.examples import page
from tests.examples.history import made

EXAMPLES = ROOT / "examples"
NAMES = ("stat_kind", "widget", "forecast", "kind", "feed", "command")
"""Their folders."""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all examples are installed."""
    folder = tmp_path_factory.mktemp("examples")
    left = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    sources = [shutil.copytree(EXAMPLES / n, folder / n, ignore=left) for n in NAMES]
    offline = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    pip(["wheel", *offline, "--no-build-isolation", "--wheel-dir", "wheels", *sources], folder)
    wheels = sorted((folder / "wheels").iterdir())
    pip(["install", *offline, "--target", "target", *wheels], folder)
    return folder / "target"


@pytest.fixture(scope="session")
def prior(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the forecast has learnt, as docs/extending.md has it learn."""
    folder = tmp_path_factory.mktemp("learning")
    made(folder / "data" / "f1")
    (folder / "forecast" / "lead_change").mkdir(parents=True)
    typed("A forecast", folder, installed)
    return folder / "forecast" / "lead_change" / "prior.json"


def typed(title: str, folder: Path, path: Path, **environment: str) -> list[str]:
    """Type what a section of docs/extending.md has typed; return what is printed."""
    kept = {"PITLIVE_DATA_DIR": str(folder / "kept"), **environment}
    asked = (["-m", "pitlive", *arguments] for arguments in page.commands(title))
    return [python(arguments, folder, path, **kept) for arguments in asked]


def pip(arguments: list[str | Path], folder: Path) -> None:
    """Run pip in a folder."""
    python(["-m", "pip", *map(str, arguments)], folder)


def python(arguments: list[str], folder: Path, path: Path | None = None, **environment: str) -> str:
    """Run Python in a folder, with another one on its path; return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **beside(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def beside(path: Path | None) -> dict[str, str]:
    """Variables with which what is installed in a folder is found."""
    return {"PYTHONPATH": str(path)} if path else {}
