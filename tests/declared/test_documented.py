"""docs/sources.md cannot rot: it has every part of the language, and its examples run."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest

from pitlive.cli.declaration import load
from pitlive.declared.page import Page, Series, Widget
from pitlive.declared.registry import STATS
from pitlive.declared.seeds import SeedFile
from pitlive.declared.spec import Derived, EntryType, SourceSpec
from pitlive.declared.stat import StatSpec
from pitlive.declared.times import EventTime
from pitlive.declared.validation import FIELDS, read
from pitlive.declared.webhooks import Webhook
from pitlive.engine.notices import Notices
from pitlive.kind import kind_of
from pitlive.messages import Cursor
from tests.declared.test_scores import same
from tests.declared.told import rows_of

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text()
SECTIONS = dict(re.findall(r"^##+ `?([\w ]+?)`?$\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
MODELS = {
    "The declaration": SourceSpec,
    "Entries": EntryType,
    "at": EventTime,
    "Expressions": Derived,
    "Opening numbers": SeedFile,
    "Stats": StatSpec,
    "Webhooks": Webhook,
    "The page": Page,
    "Widgets": Widget,
    "Series": Series,
    **FIELDS,
}


def blocks(section: str, language: str) -> list[str]:
    """The examples of a section in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("section", MODELS)
def test_every_part_of_a_declaration_is_explained(section: str) -> None:
    """In the table of its section."""
    written = re.findall(r"^\| `(\w+)` \|", SECTIONS[section], re.MULTILINE)
    assert written == [*MODELS[section].model_fields]


@pytest.mark.parametrize("kind", STATS)
def test_every_kind_of_stat_has_its_section_with_all_its_options(kind: str) -> None:
    """Those that every stat has stand above all kinds."""
    own = [name for name in STATS[kind].Spec.model_fields if name not in StatSpec.model_fields]
    assert re.findall(r"^\| `(\w+)` \|", SECTIONS[kind], re.MULTILINE) == own


@pytest.mark.parametrize("kind", STATS)
def test_the_example_of_a_kind_gives_the_rows_that_the_page_shows(kind: str) -> None:
    """With the entries of the page."""
    (declared,) = blocks("The declaration", "toml")
    entries = [json.loads(line) for line in blocks("The declaration", "json")[0].splitlines()]
    (stat,), (rows,) = blocks(kind, "toml"), blocks(kind, "json")
    assert f'kind = "{kind}"' in stat
    same(rows_of(declared + stat, entries), json.loads(rows))


@pytest.mark.parametrize("section", ["Nested rows", "Opening numbers"])
def test_the_example_of_a_part_gives_the_rows_that_the_page_shows(
    section: str, tmp_path: Path
) -> None:
    """With the entries of the page, and the table beside it."""
    (declared,), (stat,) = blocks("The declaration", "toml"), blocks(section, "toml")
    entries = [json.loads(line) for line in blocks("The declaration", "json")[0].splitlines()]
    for table in blocks(section, "csv"):
        (tmp_path / "pupils.csv").write_text(table)
    (tmp_path / "x.toml").write_text(declared + stat)
    same(rows_of(load(tmp_path / "x.toml"), entries), json.loads(blocks(section, "json")[0]))


def test_the_example_of_a_page_is_right() -> None:
    """With the declaration that heads the document."""
    (declared,), (page,) = blocks("The declaration", "toml"), blocks("The page", "toml")
    shown = read(tomllib.loads(declared + page)).page
    assert shown is not None
    assert [widget.look for widget in shown.widgets] == ["table", "line"]


def test_the_example_of_event_times_gives_the_entries_that_the_page_shows() -> None:
    """Its CSV as the server reads it."""
    declared = tomllib.loads(blocks("at", "toml")[0])
    kind = kind_of(declared)
    spec = kind.spec(declared)
    rows = csv.DictReader(blocks("at", "csv")[0].splitlines())
    made = [kind.entry(dict(row), spec, seen_ms=0, text=True) for row in rows]
    shown = [json.loads(line) for line in blocks("at", "json")[0].splitlines()]
    names = ("uid", "at_ms", "revision")
    assert [{n: getattr(one, n) for n in names} | {"quantity": one.data["quantity"]}
            for one in made] == shown  # fmt: skip


@pytest.mark.parametrize("kind", STATS)
def test_what_has_runs_says_so(kind: str) -> None:
    """A webhook can tell of the runs of every stat whose rows count them."""
    (rows,) = blocks(kind, "json")
    (stat,) = blocks(kind, "toml")
    declared = tomllib.loads(blocks("The declaration", "toml")[0] + stat)
    counts = [isinstance(row, dict) and "times" in row for row in json.loads(rows).values()]

    assert read(declared).stats[-1].has_runs == any(counts)


def test_the_example_of_a_webhook_sends_what_the_page_shows() -> None:
    """With the entries of the page, once they are published."""
    (declared,), (hook,) = blocks("The declaration", "toml"), blocks("Webhooks", "toml")
    entries = [json.loads(line) for line in blocks("The declaration", "json")[0].splitlines()]
    rows = {"too_few": rows_of(declared + hook, entries)}
    (webhook,) = read(tomllib.loads(declared + hook)).webhooks
    notices = Notices("scores", [webhook.model_dump()], 1, {}, {})
    notices.hold(rows)
    (told,) = notices.decide(Cursor("a", 0), 130_000, 0)

    assert json.loads(told.body) == json.loads(blocks("Webhooks", "json")[0])
