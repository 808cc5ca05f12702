"""Options that several commands share, and how their values are written."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from pitlive.messages import SOURCE_NAME

URL = "http://127.0.0.1:8000"

url = click.option(
    "--url",
    envvar="PITLIVE_URL",
    default=URL,
    show_default=True,
    show_envvar=True,
    help="Where PitLive runs.",
)
user = click.option(
    "--user",
    envvar="PITLIVE_USER",
    metavar="NAME:PASSWORD",
    show_envvar=True,
    help="Operator to write as, where the server asks for one.",
)


class SourceName(click.ParamType[str]):
    """What a source may be called: checked here, since it becomes part of a URL."""

    name = "source"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check a name.

        >>> SourceName().convert("bristol-2025", None, None)
        'bristol-2025'
        """
        if re.fullmatch(SOURCE_NAME, str(value)):
            return str(value)
        want = "1 to 64 small letters, digits, - or _, such as bristol-2025"
        return self.fail(f"got {value!r}, want {want}", param, ctx)


class Folder(click.Path):
    """A folder; no name at all, as of a variable that is not set, is not the working folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Check that there is a name.

        >>> Folder().convert("race", None, None).name
        'race'
        """
        if not os.fspath(value):
            self.fail("got '', want a folder", param, ctx)
        return super().convert(value, param, ctx)


class Speed(click.ParamType[float | None]):
    """`20x`, `0.5x`, or `max`, which is None."""

    name = "speed"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Read a speed.

        >>> Speed().convert("20x", None, None), Speed().convert("max", None, None)
        (20.0, None)
        """
        text = str(value)
        if text == "max":
            return None
        match = re.fullmatch(r"(\d+(?:\.\d+)?)x", text)
        if match and float(match[1]) > 0:
            return float(match[1])
        return self.fail(
            f"got {text!r}, want a multiple of real time such as 20x, or max", param, ctx
        )


class WrittenSpeed(click.ParamType[str]):
    """The same as it was written, to be handed on."""

    name = "speed"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check a speed.

        >>> WrittenSpeed().convert("20x", None, None)
        '20x'
        """
        Speed().convert(value, param, ctx)
        return str(value)


class Duration(click.ParamType[float]):
    """`200ms`, `1.5s` or `2min`, in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a duration.

        >>> Duration().convert("200ms", None, None)
        0.2
        """
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|min)", str(value)):
            return float(match[1]) * {"ms": 0.001, "s": 1.0, "min": 60.0}[match[2]]
        return self.fail(f"got {value!r}, want a duration such as 200ms, 1.5s or 2min", param, ctx)
