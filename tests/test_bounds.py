"""The bounds that docs/architecture.md promises are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pitlive.arithmospora import schema as figures
from pitlive.courier import lanes
from pitlive.declaration import fields
from pitlive.engine import folding, publishing, rota, turns
from pitlive.hub import feed, start
from pitlive.race import entries as race
from pitlive.race import spec as race_spec
from pitlive.reported import MOST_GROUPS
from pitlive.settings import Settings
from pitlive.store import append, keys, unfoldable, walk
from pitlive.tables import fold, inbox
from pitlive.tables import schema as table

PAGE = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text()

HUB = (Path(__file__).parent.parent / "docs" / "hub.md").read_text()

ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE, re.MULTILINE))

BOUNDS: dict[str, list[int]] = {
    "list of rejections": [keys.KEEP_REJECTED],
    "notices of a source that wait": [keys.KEEP_NOTICES],
    "dead notices; delivered ones": [keys.KEEP_NOTICES, keys.KEEP_DELIVERED],
    "notices on their way": [lanes.PER_RECEIVER, lanes.IN_ALL, 1, lanes.IN_TROUBLE],
    "a record of the log": [append.RECORD_ENTRIES],
    "entries folded in one go": [folding.FOLD_BATCH],
    "entries at which a fold fails": [unfoldable.MOST_LEFT_OUT],
    "rows of one publish": [publishing.PUBLISH_ROWS, publishing.PUBLISH_BYTES // 1024],
    "one read of a state": [walk.ROWS, walk.BYTES // 1024],
    "events of a source in a worker's memory": [feed.KEEP_EVENTS, feed.KEEP_BYTES // 2**20],
    "replay to one reader": [start.REPLAY_MOST],
    "changes of a table that are told": [fold.KEEP_CHANGES],
    "messages kept": [inbox.KEEP, inbox.KEEP_USERS, inbox.KEEP],
    "groups of a declared source, rows of one of figures": [MOST_GROUPS],
    "a text of an entry": [fields.LONGEST_TEXT, figures.LONGEST_PATH, table.LONGEST_MESSAGE],
    "laps, cars, notes of a race": [race.LAPS, race_spec.MOST_CARS, race_spec.MOST_NOTES],
}


@pytest.mark.parametrize("what", BOUNDS)
def test_a_bound_is_that_of_the_code(what: str) -> None:
    """Number by number, in their order."""
    written = [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", ROWS[what])]
    assert written[: len(BOUNDS[what])] == BOUNDS[what]


def test_what_is_replayed_to_one_reader_of_a_hub_is_told() -> None:
    """Its page names the number that its users meet before `keep`."""
    assert f"fewer than {start.REPLAY_MOST:,} from any log for one reader" in HUB


def test_the_threads_of_an_engine_are_as_many_as_are_told() -> None:
    """In words, as they stand there."""
    of_engine = next(
        line for line in PAGE.splitlines() if line.startswith("| sources of an engine")
    )
    words = {3: "three", 8: "eight"}
    assert f"{words[rota.WORKERS]} threads" in of_engine
    assert f"{words[turns.SLOW]} of the threads" in of_engine


def test_the_setting_of_groups_is_what_is_usual() -> None:
    """A server that sets nothing writes nothing into declarations."""
    assert Settings.model_fields["most_groups"].default == MOST_GROUPS
