"""What the parts print, line by line as it comes, for `pitlive up --verbose`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


class Logs:
    """The `*.log` files of a folder, read from where they ended when this was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = {file: file.stat().st_size for file in folder.glob("*.log")}

    def new(self) -> Iterator[str]:
        """Yield the whole lines that came since the last call, each after its part's name."""
        for file in sorted(self._folder.glob("*.log")):
            for line in self._more(file).splitlines():
                yield f"{file.stem:>11} | {line}"

    def _more(self, file: Path) -> str:
        """What was added to one file, up to its last line end."""
        start = self._read.get(file, 0)
        if file.stat().st_size < start:  # it was rotated away
            start = 0
        with file.open("rb") as log:
            log.seek(start)
            whole, end, _ = log.read().rpartition(b"\n")
        self._read[file] = start + len(whole) + len(end)
        return whole.decode(errors="replace")
