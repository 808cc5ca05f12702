"""Everything public of the feeds has its line in docs/feeds.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from pitlive.feeds import columns
from pitlive.race.feeds import race_document, timing

PAGE = (Path(__file__).parent.parent.parent / "docs/feeds.md").read_text()


@pytest.mark.parametrize("name", sorted({*columns.KNOWN, *columns.UNITS, *timing.SECONDS}))
def test_every_column_and_unit_is_documented(name: str) -> None:
    """A reader who looks for it finds it."""
    assert f"`{name}`" in PAGE


def test_every_field_of_a_declaration_is_documented() -> None:
    """What passes, and by omission what does not."""
    words = PAGE.replace(",", " ").split()
    assert {"name", "series", "track", "laps", "stages", "lateness"} <= set(words)
    assert set(race_document.CAR) == {"car", "driver", "make", "grid"}
