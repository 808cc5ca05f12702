"""Where the parts of a TOML or JSON text stand: line and column of each.

The parsers that give the values keep no positions, so tree-sitter's grammars say where.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter_json
import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from pitlive.declaration.problems import Location

CONTAINERS = ("table", "table_array_element", "inline_table", "object")
KEYS = ("bare_key", "quoted_key", "dotted_key")


class TextPosition(NamedTuple):
    """Line and column of a text, both from 1, columns in characters."""

    line: int
    column: int


class Positions:
    """The positions of all parts of a text.

    >>> Positions('[[stats]]\\nname = "a"\\n[[stats]]\\nof = "scor"\\n', is_json=False).of(
    ...     ("stats", 1, "of")
    ... )
    TextPosition(line=4, column=6)
    """

    def __init__(self, text: str, *, is_json: bool) -> None:
        language = tree_sitter_json.language() if is_json else tree_sitter_toml.language()
        self._lines = text.encode().split(b"\n")
        self._found: dict[Location, TextPosition] = {(): TextPosition(1, 1)}
        self._lengths: dict[Location, int] = {}
        root = Parser(Language(language)).parse(text.encode()).root_node
        self._note(root, ())

    def of(self, place: Location) -> TextPosition:
        """Return where a part stands; of one that is not there, where it is missing."""
        while place not in self._found:
            place = place[:-1]
        return self._found[place]

    def _note(self, node: Node, place: Location) -> None:
        """Note all that stands below a node."""
        elements = 0
        for child in node.named_children:
            if child.type in ("table", "table_array_element"):
                self._table(child)
            elif child.type == "pair":
                self._pair(child, place)
            elif child.type == "object" and node.type == "document":
                self._note(child, place)
            elif node.type == "array" and child.type != "comment":
                self._value(child, (*place, elements))
                elements += 1

    def _table(self, node: Node) -> None:
        """`[a.b]`, or `[[a.b]]`, which is one more element of a list."""
        key = next(child for child in node.named_children if child.type in KEYS)
        place = self._through(tuple(_keys(key)))
        if node.type == "table_array_element":
            self._lengths[place] = self._lengths.get(place, 0) + 1
            self._found.setdefault(place, self._position(key))
            place = (*place, self._lengths[place] - 1)
        self._put(place, key)
        self._note(node, place)

    def _through(self, keys: tuple[str, ...]) -> Location:
        """The place of a header: a list stands for its newest element, but at the end."""
        place: Location = ()
        for key in keys:
            if place in self._lengths:
                place = (*place, self._lengths[place] - 1)
            place = (*place, key)
        return place

    def _pair(self, node: Node, place: Location) -> None:
        key, value = node.named_children[0], node.named_children[-1]
        self._value(value, (*place, *_keys(key)))

    def _value(self, node: Node, place: Location) -> None:
        self._put(place, node)
        if node.type in (*CONTAINERS, "array"):
            self._note(node, place)

    def _put(self, place: Location, node: Node) -> None:
        """Note a part, and those it is in if they stand nowhere else."""
        position = self._position(node)
        self._found[place] = position
        for depth in range(1, len(place)):
            self._found.setdefault(place[:depth], position)

    def _position(self, node: Node) -> TextPosition:
        row, column = node.start_point
        before = self._lines[row][:column].decode(errors="replace")
        return TextPosition(row + 1, len(before) + 1)


def _keys(node: Node) -> Iterator[str]:
    """The names that a key consists of."""
    text = (node.text or b"").decode()
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _keys(child)
    elif node.type == "quoted_key":
        yield next(iter(tomllib.loads(f"{text} = 1")))
    else:
        yield json.loads(text) if node.type == "string" else text
