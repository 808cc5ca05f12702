"""What packages bring is found; what they get wrong is named, and stops nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

MODULES = {
    "typo.py": "import does_not_exist",
    "no_kind.py": "KIND = 'a text'",
    "clash.py": """
from pitlive.kind import Kind, Schemas
from pitlive.web.edge import Edge
class Clash(Kind):
    name = "clash"
    def spec(self, declared):
        return declared
    def stated(self, report):
        return report.entry("it", {})
    def fold(self, spec):
        raise RuntimeError
    def schemas(self):
        return Schemas("Problem", "Problem", {"Problem": {"type": "string"}})
KIND = Clash()
class Broken(Edge):
    def add_routes(self, blueprint, services):
        raise RuntimeError("no routes")
EDGE = Broken()
""",
    "double.py": "",
    "twice.py": """
from typing import Literal
from pitlive.declared.stat import Declared
class Spec(Declared):
    kind: Literal["twice"]
class Stat:
    pass
""",
    "no_spec.py": """
from pydantic import BaseModel
class Spec(BaseModel):
    kind: str
""",
    "half.py": "name, unit = 'half', 'ms'",
}
POINTS = """
[pitlive.kinds]
typo = typo:KIND
text = no_kind:KIND
clash = clash:KIND
[pitlive.web]
clash = clash:EDGE
[pitlive.stats]
twice = twice
thrice = twice
no_spec = no_spec
mean = double
[pitlive.forecasts]
half = half
"""
ASKED = """
import json, sys
from pitlive.kind import kinds
from pitlive.declared.registry import STATS
from pitlive.race.registry import FIGURES
from pitlive.plugins import failures
from pitlive.settings import load
from pitlive.web.app import create_app
document = create_app(load(redis_url=sys.argv[1])).spec_json
print(json.dumps({
    "schemas": sorted(document["components"]["schemas"]),
    "paths": sorted(document["paths"]),
    "kinds": sorted(kinds()), "stats": sorted(STATS), "mean": STATS["mean"].__name__,
    "figures": sorted(FIGURES),
    "failures": [one._asdict() for one in failures()],
}))
"""


@pytest.fixture(scope="module")
def found(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is found beside a package that does everything wrong but one thing."""
    folder = tmp_path_factory.mktemp("installed")
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    about: Path = folder / "stranger-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    done = subprocess.run(
        [sys.executable, "-c", ASKED, redis_url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_what_a_package_brings_is_there(found: dict[str, Any]) -> None:
    """A stat of another package is one like ours."""
    assert "twice" in found["stats"]


def test_what_cannot_be_loaded_is_named_and_the_rest_is_there(found: dict[str, Any]) -> None:
    """With its group, its name and the reason."""
    assert {"clash", "declared", "figures", "race", "table"} == {*found["kinds"]}
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.kinds", "typo"] == (
        "typo:KIND: ModuleNotFoundError: No module named 'does_not_exist'"
    )
    assert reasons["pitlive.kinds", "text"] == (
        "no_kind:KIND: got str, want what derives from pitlive.kind.Kind"
    )


def test_what_would_spoil_the_rest_is_left_out_and_named(found: dict[str, Any]) -> None:
    """A stat without a declaration of its own, a figure that cannot be scored."""
    assert {"no_spec", "thrice"}.isdisjoint(found["stats"])
    assert "half" not in found["figures"]
    assert "win" in found["figures"]
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.stats", "no_spec"] == (
        "no_spec: Spec: got <class 'no_spec.Spec'>, want a model that derives from "
        "pitlive.declared.stat.StatSpec"
    )
    assert reasons["pitlive.stats", "thrice"] == (
        "twice: Spec.kind: got 'twice', want 'thrice', as its entry point says"
    )
    assert reasons["pitlive.forecasts", "half"] == (
        "half: got no kind, sample, fit, forecast, baseline, outcome, groups, want what "
        "pitlive.race.forecasting.protocol.Figure lists"
    )


def test_a_name_of_ours_cannot_be_taken(found: dict[str, Any]) -> None:
    """What PitLive brings itself wins, and the other is named with its package."""
    assert found["mean"] == "pitlive.declared.stats.mean"
    named = {one["name"] for one in found["failures"]}
    assert named == {"typo", "text", "no_spec", "thrice", "half", "clash", "mean of stranger"}


def test_a_kind_whose_parts_fail_costs_itself_alone(found: dict[str, Any]) -> None:
    """Its schemas have a name of ours, and its routes raise: the rest of both is there."""
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.kinds", "clash"].startswith("schemas: SchemaClash: schema Problem")
    assert reasons["pitlive.web", "clash"] == "routes: RuntimeError: no routes"
    assert {"RaceSpec", "TableSpec", "Problem"} <= {*found["schemas"]}
    assert "/api/v1/sources/{source}/rows" in found["paths"]
