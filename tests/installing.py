"""The distributions of this checkout, each installed by pip in an environment of its own.

What pip would fetch is linked from the environment of the suite, by what the metadata of the
wheel require and by nothing else, so nobody outside is asked. pip itself then looks whether all
that is required is there.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
HOMES = {"pitlive": ROOT, "pitlive-slim": ROOT / "distributions" / "slim"}
"""Distribution → the folder that it is built from."""

SOURCES = ("LICENSE", "README.md", "pitlive", "pyproject.toml", "setup.cfg")
"""What of such a folder a wheel is built from, where it is there."""


class Environments:
    """Environments that all processes of a test run share; each is made when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def python(self, wanted: str) -> Path:
        """The Python where what pip was asked for is installed: `"pitlive-slim[hub]"`."""
        home, asked = self._folder / wanted, Requirement(wanted)
        with self._once(wanted) as is_first:
            if is_first:
                _install(home, asked, self.wheel(asked.name))
        return home / "bin" / "python"

    def wheel(self, name: str) -> Path:
        """The wheel of a distribution."""
        wheels = self._folder / f"{name}.wheels"
        with self._once(wheels.name) as is_first:
            if is_first:
                _build(HOMES[name], self._folder / f"{name}.source", wheels)
        return next(wheels.glob("*.whl"))

    def about(self, name: str) -> Distribution:
        """The metadata of its wheel."""
        return next(iter(distributions(path=[str(self.wheel(name))])))

    @contextmanager
    def _once(self, what: str) -> Iterator[bool]:
        """Tell whether something has still to be made; others wait meanwhile."""
        done = self._folder / f"{what}.done"
        with (self._folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not done.exists()
            done.touch()


def required(about: Distribution, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """What a distribution requires with these extras."""
    for one in map(Requirement, about.requires or ()):
        ways = [{"extra": extra} for extra in ("", *extras)]
        if not one.marker or any(one.marker.evaluate(way) for way in ways):
            yield one


def _build(home: Path, source: Path, wheels: Path) -> None:
    """Build a wheel from a copy, for a build leaves folders behind."""
    source.mkdir()
    for path in (home / name for name in SOURCES):
        if path.is_dir():
            left = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, source / path.name, ignore=left)
        elif path.exists():
            shutil.copy(path, source)
    offline = ("--no-deps", "--no-index", "--no-build-isolation")
    _pip(source, "wheel", *offline, f"--wheel-dir={wheels}", source)


def _install(home: Path, asked: Requirement, wheel: Path) -> None:
    """Make an environment with what a wheel requires, and have pip install the wheel in it."""
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/*/site-packages")
    (about,) = distributions(path=[str(wheel)])
    for one in _all_required(about, asked.extras):
        for part in {file.parts[0] for file in one.files or ()} - {"..", "__pycache__"}:
            if not (packages / part).exists():  # a namespace is of several
                (packages / part).symlink_to(str(one.locate_file(part)))
    asked.url = wheel.as_uri()
    _pip(home, f"--python={home}/bin/python", "install", "--no-index", "--no-compile", str(asked))


def _all_required(about: Distribution, extras: Iterable[str]) -> Iterator[Distribution]:
    """All that has to be beside a distribution, as the suite has it."""
    seen = set[tuple[str, frozenset[str]]]()
    waiting = [*required(about, extras)]
    while waiting:
        one = waiting.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key not in seen:
            seen.add(key)
            yield (found := distribution(one.name))
            waiting += required(found, one.extras)


def _pip(folder: Path, *arguments: str | Path) -> None:
    """Run the pip of the suite in a folder: what is in ours would count as installed."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
