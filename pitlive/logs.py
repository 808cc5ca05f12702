"""Log lines go to the standard output; on a full disk they are lost, and nothing else is.

Errors are shown without the values of variables: to write out those of a fold takes seconds,
and a password may be among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

from pitlive.plugins import failures

log = structlog.get_logger()


class LinePrinter(structlog.PrintLogger):
    """Prints lines, and goes on where that fails: whoever logs has something else to do."""

    def msg(self, message: str) -> None:
        """Print a line."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def to_stdout() -> None:
    """Have this process log like that."""
    structlog.configure(logger_factory=lambda *_: LinePrinter())
    ConsoleRenderer.get_active().exception_formatter = plain_traceback


def left_out(groups: Sequence[str]) -> None:
    """Log what packages bring to some groups and this process has to do without."""
    for failure in failures(groups):
        log.error("plug-in is left out", **failure._asdict())
