"""The real race, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pitlive.messages import Entry
from pitlive.race.kind import RACE as kind
from tests import races


@dataclass(frozen=True)
class Bristol:
    """The Bristol race: as posted, as declared, as folded."""

    reported: list[dict[str, Any]]
    spec: dict[str, Any]
    entries: list[Entry]


@pytest.fixture(scope="session")
def bristol(data_dir: Path) -> Bristol:
    """The Bristol night race of 2025."""
    reported, declared = races.real(data_dir), races.spec(data_dir)
    return Bristol(reported, dict(kind.spec(declared)), races.checked(reported, declared))
