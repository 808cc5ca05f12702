"""The types of the Python client are those of the document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pitlive.client import types
from pitlive.web.document.components import answer_schemas
from pitlive.web.document.typed import module


def test_the_types_of_the_client_are_those_of_the_document() -> None:
    """Else `make types` makes them so."""
    assert Path(types.__file__).read_text() == module(answer_schemas())


def test_the_document_is_written_without_a_server() -> None:
    """And twice the same, so that what is made from it changes only with it."""
    command = [sys.executable, "-m", "pitlive", "openapi"]
    first, second = (subprocess.check_output(command, text=True) for _ in range(2))
    written = json.loads(first)
    assert first == second
    assert {"Declaration", "Entry", "Taken", "Hello"} <= written["components"]["schemas"].keys()
