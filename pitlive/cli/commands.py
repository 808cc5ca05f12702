"""The subcommands of `pitlive`: found through entry points, and imported when they are called.

A package adds one by an entry point of the group `pitlive.commands`, which names a
`click.Command`; its `short_help` is its line in `pitlive --help`:

    [options.entry_points]
    pitlive.commands =
        tides = tides.cli:tides

    # tides/cli.py
    @click.command(short_help="Follow the tides of a harbour.")
    def tides() -> None: ...

The lines of our own are read from their sources, which costs a millisecond each; what other
packages bring is imported for its line, so such a module imports what is large within the
function. What cannot be loaded is listed as unavailable, says why when it is called, and stops
nothing else.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint
from itertools import accumulate
from typing import Any

import click

from pitlive.plugins import OURS, described, entry_points_of, package_of

GROUP = "pitlive.commands"

ORDER = (
    *("up", "down", "web", "engine", "courier", "feed", "demo", "list", "watch", "webhooks"),
    *("verify", "repair", "check", "declare", "delete", "openapi", "operator", "completion"),
)
"""Commands that come first in the help, in this order; the others follow by name."""

UNAVAILABLE = "(unavailable)"


@cache
def commands() -> Mapping[str, EntryPoint]:
    """Return every command by its name, in the order of `pitlive --help`.

    >>> [*commands()][:3]
    ['up', 'down', 'web']
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points_of(GROUP):
        is_taken = point.name in found
        found[f"{point.name} of {package_of(point)}" if is_taken else point.name] = point
    first = {name: found[name] for name in ORDER if name in found}
    return first | dict(sorted(found.items() - first.items()))


def command_of(name: str) -> click.Command | None:
    """Import a command; None if there is no such, one that says why if it cannot be loaded."""
    if name not in commands():
        return None
    point = commands()[name]
    if name != point.name:
        return _unavailable(name, f"{point.value}: want a name that no other package uses")
    try:
        command = point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's module does
        return _unavailable(name, f"{point.value}: {described(error)}")
    if isinstance(command, click.Command):
        return command
    return _unavailable(name, f"{point.value}: got {type(command).__name__}, want a click.Command")


def line(name: str) -> str:
    """Return what the help says of a command.

    >>> line("down")
    'Stop what `pitlive up` started.'
    """
    point = commands()[name]
    if package_of(point) == OURS:
        try:
            written = _written_line(_source(point.module), point.attr)
        except ImportError:
            return UNAVAILABLE
        if written:
            return written
    command = command_of(name)
    try:
        return command.get_short_help_str(100) if command else UNAVAILABLE
    except Exception:  # noqa: BLE001 - as above
        return UNAVAILABLE


def _unavailable(name: str, why: str) -> click.Command:
    """A command that says why there is none, whatever its arguments."""

    def fail(**_: Any) -> None:
        raise click.ClickException(f"{name}: cannot be loaded ({why})")

    return click.Command(
        name,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        callback=fail,
        short_help=UNAVAILABLE,
        add_help_option=False,
    )


def _source(module: str) -> str:
    """The text of a module, found as an import finds it; neither it nor a parent is run.

    Raises:
        ImportError: There is no such module.
    """
    path: Sequence[str] | None = None
    loader: object = None
    for name in accumulate(module.split("."), "{}.{}".format):
        found = (finder.find_spec(name, path) for finder in sys.meta_path)
        spec = next((one for one in found if one is not None), None)
        if spec is None:
            raise ImportError(f"no module {name}")
        path, loader = spec.submodule_search_locations, spec.loader
    read = getattr(loader, "get_source", None)
    return (read(module) or "") if read else ""


def _written_line(source: str, function: str) -> str:
    """The `short_help` of a command as it is written in a source; empty if it is not."""
    defined = (one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef))
    for node in (one for one in defined if one.name == function):
        calls = (one for one in node.decorator_list if isinstance(one, ast.Call))
        given = {word.arg: word.value for call in calls for word in call.keywords}
        line = given.get("short_help")
        return str(line.value) if isinstance(line, ast.Constant) else ""
    return ""
