"""Docs that cannot rot: whatever the code has, the docs have, found by asking the code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pitlive.courier import metrics as of_courier
from pitlive.engine import metrics as of_engine
from pitlive.hub import metrics as of_hub
from pitlive.kind import kind_of, kinds
from pitlive.messages import Entry, Row
from pitlive.race.entries import TYPES
from pitlive.race.simulation import simulate
from pitlive.settings import Settings
from pitlive.web import metrics as of_web
from pitlive.web import scrape
from tests.stack import Stack

DOCS = Path(__file__).parent.parent / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text()


def headings(page: str) -> list[str]:
    """The headings of a page, without their `#`."""
    return re.findall(r"^#+ (.*)$", (DOCS / page).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_heading(name: str) -> None:
    """docs/operations.md explains all that can be set."""
    assert f"`{name}`" in headings("operations.md")


def test_every_heading_of_a_setting_is_one() -> None:
    """And nothing that cannot."""
    written = (DOCS / "operations.md").read_text().partition("\n## Settings\n")[2]
    assert re.findall(r"^### `(\w+)`$", written, re.MULTILINE) == list(Settings.model_fields)


def metrics() -> set[str]:
    """Every metric that `/metrics` may have, found by asking the code."""
    registries = of_web.REGISTRY, of_engine.REGISTRY, of_courier.REGISTRY
    families = [family for registry in registries for family in registry.collect()]
    counted = {f"{f.name}_total" if f.type == "counter" else f.name for f in families}
    by_hand = {
        scrape.FAILING,
        scrape.HELD,
        scrape.LEFT_OUT,
        scrape.REDIS_UP,
        scrape.ON_DISK,
        scrape.REPLICAS,
        scrape.UNFOLDABLE,
    }
    return counted | {*scrape.SOURCE_METRICS} | by_hand


def test_every_metric_has_its_row() -> None:
    """docs/operations.md explains all that is counted, and nothing that is not."""
    text = (DOCS / "operations.md").read_text()
    assert set(re.findall(r"^\| `(pitlive_\w+)` \|", text, re.MULTILINE)) == metrics()


def test_every_figure_of_the_dashboard_is_there() -> None:
    """A panel of the Grafana dashboard that asks for a metric that nobody counts stays empty."""
    dashboard = json.loads((DOCS.parent / "grafana" / "pitlive.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    named = {name for expr in asked for name in re.findall(r"pitlive_\w+", expr)}
    series = {re.sub(r"_seconds_(bucket|count|sum)$", "_seconds", name) for name in named}

    assert len(asked) > 20
    assert series - metrics() == set()


LABELS: Mapping[str, Sequence[str]] = {
    "VERDICTS": of_hub.REASONS,
    "ENDS": of_hub.ENDS,
    "CAUSES": of_hub.CAUSES,
}


@pytest.mark.parametrize("words", LABELS)
def test_every_label_has_its_word_on_the_status_page(words: str) -> None:
    """A reason without one would be counted and never seen."""
    text = (DOCS.parent / "frontend" / "src" / "status" / "words.ts").read_text()
    said = re.search(rf"const {words}.*?{{\n(.*?)\n}}", text, re.DOTALL)
    assert said is not None
    assert sorted(re.findall(r"^  (\w+):", said[1], re.MULTILINE)) == sorted(LABELS[words])


def without_converters(rule: str) -> str:
    """`/x/<string:name>` as the docs write it: `/x/<name>`."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"<\1>", rule)


def test_every_route_has_its_heading(server: Stack) -> None:
    """docs/protocol.md explains all that can be asked."""
    from pitlive.web.app import create_app

    app = create_app(Settings(redis_url=server.redis_url, data_dir=server.folder))
    asked = {
        f"{method} {without_converters(rule.rule)}"
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith(("/openapi", "/static"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    written = {
        quoted.partition("?")[0]
        for heading in headings("protocol.md")
        for quoted in re.findall(r"`([^`]+)`", heading)
    }
    assert asked - written == set()


def test_every_type_of_entry_and_each_of_its_fields_is_explained() -> None:
    """docs/protocol.md has a row in a table for each."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)$", PROTOCOL, re.MULTILINE)
    common = " ".join(name for name, _ in rows)
    for name, type_ in TYPES.items():
        row = next((text for row, text in rows if row == name), None)
        assert row is not None, f"no row for {name}"
        fields = set(type_.model.model_fields) - {"type"}
        assert {f for f in fields if f"`{f}`" not in row and f not in common.split()} == set(), name


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Mapping[str, Row]]:
    """All channels and rows of a simulated race in which everything happens."""
    plan = simulate.RacePlan(cars=12, laps=80)
    spec = kinds()["race"].spec({"kind": "race", **simulate.spec(plan)})
    fold = kind_of(spec).fold(spec)
    note = {"type": "note", "uid": "n1", "text": "rain", "at_ms": 1, "car": "1", "lap": 1}
    reported = [*simulate.entries(plan), note]
    checked = [kind_of(spec).entry(one, spec, seen_ms=1) for one in reported]
    return fold.outcome([entry for entry in checked if isinstance(entry, Entry)]).rows


def test_every_channel_has_its_heading(rows: Mapping[str, Mapping[str, Row]]) -> None:
    """A reader finds what it may subscribe to."""
    written = {
        quoted
        for heading in headings("protocol.md")
        for quoted in re.findall(r"`([^`]+)`", heading)
    }
    assert {re.sub(r"/.*", "/<car>", channel) for channel in rows} - written == set()


def test_every_figure_of_a_channel_is_named(rows: Mapping[str, Mapping[str, Row]]) -> None:
    """A reader finds what each row holds."""
    unnamed = {
        f"{channel}: {field}"
        for channel, keyed in rows.items()
        for key, row in keyed.items()
        for field in (row if isinstance(row, dict) else [key] if channel == "race" else [])
        if not re.search(rf"[`\"]{re.escape(field)}[`\"]", PROTOCOL)
    }
    assert unnamed == set()


PAGES = [*DOCS.glob("**/*.md"), *DOCS.parent.glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """In backticks or as a link: what moves is named where it is now."""
    text = page.read_text()
    linked = re.findall(r"\]\((?!https?:)([\w./-]+)(?:#[\w-]*)?\)", text)
    assert [link for link in linked if not (page.parent / link).exists()] == []
    assert lost(text) == []


def lost(text: str) -> list[str]:
    """The files in backticks that are neither below the root nor `pitlive/` nor `examples/`."""
    homes = [DOCS.parent / home for home in ("", "pitlive", "examples")]
    known = r"(?:pitlive|tests|frontend|benchmarks|examples)/[\w./-]*"
    named = re.findall(rf"`({known}|(?:[\w-]+/)+[\w-]+\.py)`", text)
    return [name for name in named if not any((home / name).exists() for home in homes)]


def test_every_file_that_the_architecture_names_without_its_folder_is_there() -> None:
    """The sentence says which folder."""
    named = re.findall(r"`(\w+\.py)`", (DOCS / "architecture.md").read_text())
    there = {path.name for path in DOCS.parent.joinpath("pitlive").rglob("*.py")}
    assert named
    assert {*named} <= there


def test_every_file_that_a_module_names_is_there() -> None:
    """In backticks, as on pages."""
    modules = [path for home in ("pitlive", "tests") for path in (DOCS.parent / home).rglob("*.py")]
    assert len(modules) > 300
    assert {str(path): found for path in modules if (found := lost(path.read_text()))} == {}
