"""A file with a declaration: read, checked, and every problem said by line and column."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pitlive.cli.positions import Position, Positions
from pitlive.declaration.problems import Problem
from pitlive.declared.reading import look
from pitlive.declared.seeds import Misread, inlined
from pitlive.errors import BadFile, BadSpec
from pitlive.kind import kind_of
from pitlive.messages import Json
from pitlive.tables.reading import look as look_at_table


class WrongDeclaration(BadFile):
    """A declaration with problems; the message has one line for each."""


def load(file: Path) -> dict[str, Json]:
    """Return a declaration that is right, of a TOML or JSON file.

    Raises:
        BadFile: It cannot be read.
        WrongDeclaration: Something in it cannot be taken.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file}: {error}, want a TOML or JSON file in UTF-8") from None
    if lines := list(wrong(text, str(file))):
        raise WrongDeclaration("\n".join(lines))
    declared: dict[str, Json] = _inlined(parsed(text, str(file)), str(file))[0]
    return declared


def wrong(text: str, name: str) -> Iterator[str]:
    """Yield what is wrong, `file:line:column: place: got …, want …`, in the order of the file.

    What is wrong in tables with seeds, which lie beside it, comes last.
    """
    try:
        declared = parsed(text, name)
    except BadFile as bad:
        yield str(bad)
        return
    declared, problems, misread = _inlined(declared, name)
    unread = {problem.place[:2] for problem in problems}
    problems += [one for one in _problems(declared) if one.place[:2] not in unread]
    positions = Positions(text, is_json=_is_json(text, name)) if problems else None
    found = [(positions.of(one.place), one) for one in problems] if positions else []
    for at, problem in sorted(found, key=lambda one: one[0]):
        yield f"{name}:{at.line}:{at.column}: {problem}"
    yield from map(str, misread)


def _inlined(declared: Json, name: str) -> tuple[Json, list[Problem], list[Misread]]:
    """Read the seeds that lie beside a declaration."""
    folder = Path(name).parent
    found, problems, misread = inlined(declared, lambda one: (folder / one).read_text("utf-8-sig"))
    return found, problems, [one._replace(file=str(folder / one.file)) for one in misread]


def parsed(text: str, name: str) -> dict[str, Json]:
    """Return the values of a text.

    Raises:
        BadFile: It is not TOML, or not JSON, or nothing at all; it says where.
    """
    is_json = _is_json(text, name)
    try:
        declared = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = _place_of(error, text)
        what = re.sub(r" \(at .*\)$|: line .*$", "", str(error))
        want = "JSON" if is_json else "TOML"
        raise BadFile(f"{name}:{line}:{column}: syntax: {what}, want {want}") from None
    if not is_json and not declared:
        raise BadFile(f'{name}:1:1: got nothing, want a declaration, such as kind = "race"')
    if not isinstance(declared, dict):
        raise BadFile(f"{name}:1:1: {Problem((), declared, 'an object')}")
    return declared


def _problems(declared: dict[str, Json]) -> list[Problem]:
    if declared.get("kind") == "race" or not {"kind", "entries", "stats"} & declared.keys():
        try:
            kind_of(declared).spec(declared)
        except BadSpec as bad:
            return [_told(line) for line in str(bad).split("; ")]
        return []
    return look_at_table(declared)[1] if declared.get("kind") == "table" else look(declared)[1]


def _told(line: str) -> Problem:
    """A problem of a kind of source that tells them as text."""
    match = re.fullmatch(r"([\w.]+): got (.*?), want:? (.*)", line)
    if not match:
        return Problem((), "something", line)
    parts = (int(part) if part.isdigit() else part for part in match[1].split("."))
    return Problem(tuple(parts), _Quoted(match[2]), match[3])


class _Quoted(str):
    """A value that is shown already."""

    def __repr__(self) -> str:
        return str(self)


def _is_json(text: str, name: str) -> bool:
    return name.endswith(".json") or text.lstrip().startswith("{")


def _place_of(error: Any, text: str) -> Position:
    """Where a parser gave up; at the end, if it does not say."""
    if isinstance(error, json.JSONDecodeError):
        return Position(error.lineno, error.colno)
    if match := re.search(r"at line (\d+), column (\d+)", str(error)):
        return Position(int(match[1]), int(match[2]))
    lines = text.split("\n")
    return Position(len(lines), len(lines[-1]) + 1)
