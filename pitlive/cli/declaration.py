"""A file with a declaration: read, checked, and every problem said by line and column."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pitlive.cli.positions import Positions, TextPosition
from pitlive.declaration.problems import ABSENT, DeclarationProblem
from pitlive.errors import BadFile, BadSpec
from pitlive.kind import Files, Kind, kinds, meant, name_of
from pitlive.messages import Json


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
    found = parsed(text, str(file))
    declared: dict[str, Json] = _with_files(meant(found), found, str(file)).declared
    return declared


def wrong(text: str, name: str) -> Iterator[str]:
    """Yield what is wrong, `file:line:column: place: got …, want …`, in the order of the file.

    What is wrong in files that it names, which lie beside it, comes last.

    >>> [*wrong('name = "Shop"\\nkind = "shop"', "shop.toml")]
    ["shop.toml:2:8: kind: got 'shop', want one of declared, figures, race, table"]
    """
    try:
        declared = parsed(text, name)
    except BadFile as bad:
        yield str(bad)
        return
    found, misread = _found(declared, name)
    if found:
        positions = Positions(text, is_json=_is_json(text, name))
        placed = sorted(((positions.of(one.place), one) for one in found), key=lambda one: one[0])
        for at, problem in placed:
            yield f"{name}:{at.line}:{at.column}: {problem}"
    yield from misread


def _found(
    declared: Mapping[str, Json], name: str
) -> tuple[list[DeclarationProblem], Sequence[str]]:
    """The problems of a declaration, and what is wrong in the files that it names."""
    try:
        kind = meant(declared)
    except BadSpec:
        got = declared.get("kind", ABSENT)
        return [DeclarationProblem(("kind",), got, f"one of {', '.join(sorted(kinds()))}")], ()
    files = _with_files(kind, declared, name)
    unread = {problem.place[:2] for problem in files.problems}
    others = (one for one in kind.problems(files.declared) if one.place[:2] not in unread)
    return [*files.problems, *others], files.misread


def _with_files(kind: Kind, declared: Mapping[str, Json], name: str) -> Files:
    """Read the files that a declaration names; they lie beside it."""
    folder = Path(name).parent
    files = kind.with_files(declared, lambda one: (folder / one).read_text("utf-8-sig"))
    return files._replace(misread=[os.path.join(folder, one) for one in files.misread])  # noqa: PTH118 - a line that begins with a path


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
        such = f', such as kind = "{default}"' if (default := name_of({})) else ""
        raise BadFile(f"{name}:1:1: got nothing, want a declaration{such}")
    if not isinstance(declared, dict):
        raise BadFile(f"{name}:1:1: {DeclarationProblem((), declared, 'an object')}")
    return declared


def _is_json(text: str, name: str) -> bool:
    return name.endswith(".json") or text.lstrip().startswith("{")


def _place_of(error: Any, text: str) -> TextPosition:
    """Where a parser gave up; at the end, if it does not say."""
    if isinstance(error, json.JSONDecodeError):
        return TextPosition(error.lineno, error.colno)
    if match := re.search(r"at line (\d+), column (\d+)", str(error)):
        return TextPosition(int(match[1]), int(match[2]))
    lines = text.split("\n")
    return TextPosition(len(lines), len(lines[-1]) + 1)
