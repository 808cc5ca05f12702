"""Which data a folder holds, told by the files in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pitlive.errors import BadFile
from pitlive.race.history import f1, indycar, nascar
from pitlive.race.history.session import Session

KINDS: dict[str, tuple[str, Callable[[Path], Iterator[Session]]]] = {
    "NASCAR": ("races.csv.gz", nascar.sessions),
    "IndyCar": ("indy500_*.csv.gz", indycar.sessions),
    "Formula 1": ("races.csv", f1.sessions),
}
"""What is read, the file that tells it, and how."""


def sessions(folder: Path) -> Iterator[Session]:
    """Read all races of a folder.

    Raises:
        BadFile: It is none of these, a file of it is missing, or a cell will not do.
    """
    for told_by, of_kind in KINDS.values():
        if any(folder.glob(told_by)):
            return of_kind(folder)
    want = ", ".join(f"{told_by} ({kind})" for kind, (told_by, _) in KINDS.items())
    raise BadFile(f"{folder}: got no race data, want a folder with one of {want}")
