"""docs/tables.md cannot rot: it has every part of a declaration and every type of entry."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from pitlive.tables.fold import CELL, MESSAGE, TableState
from pitlive.tables.kind import TABLE as kind
from pitlive.tables.operations import OPERATIONS
from pitlive.tables.spec import Column, TableSpec
from pitlive.tables.validation import known
from tests.tables.told import checked

PAGE = (Path(__file__).parents[2] / "docs" / "tables.md").read_text()
SECTIONS = dict(re.findall(r"^## ([\w ]+)$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def rows(section: str) -> dict[str, str]:
    """The rows of a section's table by what they are about."""
    return dict(re.findall(r"^\| `(\w+)` \|(.*)$", SECTIONS[section], re.MULTILINE))


@pytest.mark.parametrize(
    ("section", "model"), [("The declaration", TableSpec), ("Columns", Column)]
)
def test_every_part_of_a_declaration_is_explained(section: str, model: type[TableSpec]) -> None:
    """In the table of its section."""
    assert [*rows(section)] == [*model.model_fields]


def test_every_type_of_entry_is_explained_with_its_fields() -> None:
    """And none that there is not."""
    assert [*rows("Operations")] == [*OPERATIONS]
    for name, operation in OPERATIONS.items():
        assert set(re.findall(r"`(\w+)`", rows("Operations")[name])) == {*operation.takes}, name
    assert [*rows("Cells"), *rows("Messages")] == [CELL, MESSAGE]


def test_the_examples_are_taken() -> None:
    """The declaration and the operation of the page, done to it."""
    (declared,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (entry,) = re.findall(r"^```json\n(.*?)^```", SECTIONS["Operations"], re.MULTILINE | re.DOTALL)
    spec = kind.spec(tomllib.loads(declared))
    state = TableState(known(spec))
    assert state.outcome(checked([json.loads(entry)], spec)).rejected == []
    assert state.columns[0].values.tolist() == [1, 11, 21, 31, 41]
    assert all(100 <= units <= 999 for units in state.columns[1].values)
