"""The example apps: each fits its own declaration, and its sample data is the same every time."""

from __future__ import annotations

import pytest

from pitlive import apps
from pitlive.kind import kind_of
from pitlive.messages import Entry


@pytest.mark.parametrize("app", apps.names())
def test_every_sample_entry_fits_the_declaration_of_its_app(app: str) -> None:
    """Nothing is refused at the door, and every stat has rows."""
    kind = kind_of(apps.declaration(app))
    spec = kind.spec(apps.declaration(app))
    made = [kind.entry(one, spec, seen_ms=1) for one in apps.entries(app, 1)]
    entries = [one for one in made if isinstance(one, Entry)]
    outcome = kind.fold(spec).outcome(entries)

    assert [one for one in made if not isinstance(one, Entry)] == []
    assert outcome.rejected == []
    if "stats" in spec:
        assert outcome.rows.keys() == {stat["name"] for stat in spec["stats"]}


@pytest.mark.parametrize("app", apps.names())
def test_the_same_seed_gives_the_same_data(app: str) -> None:
    """Another one gives others."""
    assert list(apps.entries(app, 7)) == list(apps.entries(app, 7))
    assert list(apps.entries(app, 7)) != list(apps.entries(app, 8))
