"""Each kind of source is a room of its own: where it is hidden only what is its own is lacking."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask

from pitlive.kind import kinds
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
        ("race/test_reports.py", "race/test_traffic.py"),
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
        "/<source>",
        frozenset({"/{source}"}),
        frozenset({"FiguresSpec"}),
        ("arithmospora/test_configuration.py",),
    ),
}
"""Room → what is its own."""

SHOWN = """
import tests.hiding, importlib, json, pkgutil, pytest, sys
from pitlive.kind import kinds
from pitlive.plugins import OF_WEB, failures
from pitlive.settings import load
from pitlive.web.app import create_app
import pitlive.engine.run
url, cache, *rooms = sys.argv[1:]
app = create_app(load(redis_url=url))
modules = []
for room in rooms:
    package = importlib.import_module(f"pitlive.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"pitlive.{room}."):
        modules.append(importlib.import_module(found.name).__name__)
shown = {
    "kinds": sorted(kinds()),
    "modules": modules,
    "spec": app.test_client().get("/openapi/openapi.json").json,
    "rules": sorted(rule.rule for rule in app.url_map.iter_rules()),
    "left_out": sorted({failure.name for failure in failures(OF_WEB)}),
    "said": app.test_client().get("/metrics").text,
}
quiet = ["-q", "-p", "no:xdist", "-o", f"cache_dir={cache}"]
status = pytest.main([*quiet, *sys.stdin.read().split()])
print(json.dumps(shown))
sys.exit(status)
"""


def without(room: str, redis_url: str, cache: Path) -> dict[str, Any]:
    """What the application shows with a room hidden, where some quick tests of the others pass."""
    others = [name for name in ROOMS if name != room]
    tests = [f"tests/{test}" for name in others for test in ROOMS[name].tests]
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, redis_url, str(cache), *others],
        input=" ".join(tests),
        cwd=ROOT,
        env={**os.environ, "HIDDEN": f"pitlive.{room}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_with_a_kind_hidden_just_that_is_lacking(
    room: str, shared_app: Flask, redis_url: str, tmp_path: Path
) -> None:
    """The server starts without it and names it; no module of the others needs it."""
    own, rest = ROOMS[room], without(room, redis_url, tmp_path)
    whole = shared_app.test_client().get("/openapi/openapi.json").json
    paths = {*whole["paths"]} - {*rest["spec"]["paths"]}
    schemas = {*whole["components"]["schemas"]} - {*rest["spec"]["components"]["schemas"]}
    assert {*kinds()} - {*rest["kinds"]} == {own.kind}
    assert paths == own.paths
    assert own.schemas <= schemas
    assert not schemas & {name for one in ROOMS.values() if one is not own for name in one.schemas}
    assert own.page in {rule.rule for rule in shared_app.url_map.iter_rules()} - {*rest["rules"]}
    sent = rest["spec"]["paths"][SOURCE]["put"]["requestBody"]["content"]
    assert ("example" in sent["application/json"]) == (room != "race")
    assert own.kind in rest["left_out"]
    assert f'pitlive_plugin_left_out{{group="pitlive.kinds",name="{own.kind}"' in rest["said"]
    counted = {
        name: sum(one.startswith(f"pitlive.{name}.") for one in rest["modules"]) for name in ROOMS
    }
    assert counted.pop(room) == 0
    assert min(counted.values()) > 5
