"""The notebook page runs as it is written, and its figures are the live ones."""

from __future__ import annotations

import doctest
from pathlib import Path

import pandas as pd
import pytest

from pitlive.race import notebook
from tests.race import oracle
from tests.race.conftest import Bristol

PAGE = Path(__file__).parents[2] / "docs" / "notebook.md"


def test_the_examples_of_the_page_give_what_it_says() -> None:
    """A reader who types them sees the same."""
    spaces = doctest.NORMALIZE_WHITESPACE
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=spaces)
    assert found.attempted > 8
    assert not found.failed


@pytest.mark.data
def test_a_recorded_race_in_a_notebook_gives_the_live_figures(bristol: Bristol) -> None:
    """The table of a whole race equals pandas, as the live standings do."""
    events = pd.DataFrame(bristol.reported)
    of = dict(list(events.groupby("type")))
    got = notebook.figures(of["lap"], of["flag"], pd.concat([of["pit_in"], of["pit_out"]]))
    want = oracle.standings(bristol.reported)
    kept = [name for name in want if name in got]
    assert len(kept) > 20
    pd.testing.assert_frame_equal(got[kept].astype("float64"), want[kept], check_exact=True)
