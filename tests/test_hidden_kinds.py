"""Each kind of source is a room of its own: where it is hidden only what is its own is lacking."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import ROOT


class Room(NamedTuple):
    """A kind, and quick tests of it that need nothing of another one."""

    kind: str
    page: str
    paths: frozenset[str]
    schemas: frozenset[str]
    tests: tuple[str, ...]


SOURCE = "/api/v1/sources/{source}"
ROOMS = {
    "race": Room(
        "race",
        "/race/<source>",
        frozenset({f"{SOURCE}/laps", f"{SOURCE}/laps/{{lap}}", f"{SOURCE}/decisions"}),
        frozenset({"RaceSpec", "LapEntry", "PitDecision"}),
        ("race/test_entries.py", "race/test_reports.py"),
    ),
    "tables": Room(
        "table",
        "/table/<source>",
        frozenset({f"{SOURCE}/rows"}),
        frozenset({"TableSpec", "TableRows"}),
        ("tables/test_fold.py", "tables/test_operations.py"),
    ),
    "declared": Room(
        "declared",
        "/source/<source>",
        frozenset({"/static/widgets/{widget}.js"}),
        frozenset({"SourceSpec", "MeanStat"}),
        ("declared/test_nested.py",),
    ),
    "arithmospora": Room(
        "figures",
        "",
        frozenset({"/{source}"}),
        frozenset({"FiguresSpec"}),
        ("arithmospora/test_configuration.py",),
    ),
}
"""Room → what is its own."""

SHOWN = """
import tests.hiding, importlib, json, pkgutil, sys
from pitlive.kind import kinds
from pitlive.plugins import OF_WEB, failures
from pitlive.settings import load
from pitlive.web.app import create_app
import pitlive.engine.run
app = create_app(load(redis_url=sys.argv[1]))
spec = app.test_client().get("/openapi/openapi.json").json
modules = []
for room in sys.argv[2:]:
    package = importlib.import_module(f"pitlive.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"pitlive.{room}."):
        modules.append(importlib.import_module(found.name).__name__)
print(json.dumps({
    "kinds": sorted(kinds()),
    "modules": modules,
    "paths": sorted(spec["paths"]),
    "schemas": sorted(spec["components"]["schemas"]),
    "sent": spec["paths"]["/api/v1/sources/{source}"]["put"]["requestBody"]["content"],
    "rules": sorted(rule.rule for rule in app.url_map.iter_rules()),
    "left_out": sorted({failure.name for failure in failures(OF_WEB)}),
    "said": app.test_client().get("/metrics").text,
}))
"""


def run(hidden: str, *arguments: str) -> str:
    """Run Python with a room hidden; return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "HIDDEN": hidden and f"pitlive.{hidden}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@cache
def shown(redis_url: str, hidden: str) -> dict[str, Any]:
    """What the application shows with a room hidden."""
    others = [room for room in ROOMS if room != hidden] if hidden else []
    printed = run(hidden, "-c", SHOWN, redis_url, *others)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_with_a_kind_hidden_the_document_and_the_pages_lack_just_that(
    redis_url: str, room: str
) -> None:
    """The server starts without it, and says by its name what it has to do without."""
    own = ROOMS[room]
    whole, rest = shown(redis_url, ""), shown(redis_url, room)
    assert {*whole["kinds"]} - {*rest["kinds"]} == {own.kind}
    assert {*whole["paths"]} - {*rest["paths"]} == own.paths
    assert own.schemas <= {*whole["schemas"]} - {*rest["schemas"]}
    others = {name for one in ROOMS.values() if one is not own for name in one.schemas}
    assert others <= {*rest["schemas"]}
    assert ({*whole["rules"]} - {*rest["rules"]} >= {own.page}) if own.page else True
    assert ("example" in rest["sent"]["application/json"]) == (room != "race")
    assert whole["left_out"] == []
    assert own.kind in rest["left_out"]
    assert f'pitlive_plugin_left_out{{group="pitlive.kinds",name="{own.kind}"' in rest["said"]


@pytest.mark.parametrize("room", ROOMS)
def test_with_a_kind_hidden_every_module_of_the_others_is_imported(
    redis_url: str, room: str
) -> None:
    """None of them needs it, not even the parts of which no server makes use."""
    modules = shown(redis_url, room)["modules"]
    counted = {name: sum(one.startswith(f"pitlive.{name}.") for one in modules) for name in ROOMS}
    assert counted.pop(room) == 0
    assert min(counted.values()) > 5


@pytest.mark.parametrize("room", ROOMS)
def test_with_a_kind_hidden_some_quick_tests_of_the_others_pass(room: str, tmp_path: Path) -> None:
    """One or two files of each: they fold and check without it; the rest is imported only."""
    tests = [f"tests/{test}" for name, one in ROOMS.items() if name != room for test in one.tests]
    run(room, "-m", "pytest", "-q", "-p", "tests.hiding", "-o", f"cache_dir={tmp_path}", *tests)
