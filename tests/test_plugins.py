"""What packages bring is found; what they get wrong is named, and stops nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from pitlive import plugins
from tests.conftest import ROOT
from tests.distributions import describe

MODULES = {
    "typo.py": "import does_not_exist",
    "no_kind.py": "KIND = 'a text'",
    "clash.py": """
from pitlive.kind import Kind, Schemas
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
class Paged(Clash):
    name = "paged"
    pages = {"no-slash": "source.html"}
    def schemas(self):
        return Schemas("PagedSpec", "PagedEntry", dict.fromkeys(("PagedSpec", "PagedEntry"), {}))
PAGED = Paged()
class Nested(Paged):
    name, pages = "nested", {"/n/<source>": "index.html", "/n.x/<source>": "index.html"}
    def schemas(self):
        inner = {"properties": {"car": {"$ref": "#/$defs/Car"}}, "$defs": {"Car": {}}}
        return Schemas("NestedSpec", "NestedEntry", {"NestedSpec": {}, "NestedEntry": inner})
NESTED = Nested()
class Unnamed(Paged):
    name, pages = "unnamed", {}
    def schemas(self):
        return Schemas("Missing", "UnnamedEntry", {"UnnamedEntry": {}})
UNNAMED = Unnamed()
class Signs(Paged):
    name, pages = "signs", {}
    def schemas(self):
        return Schemas("S/T", "SEntry", {"S/T": {}, "SEntry": {}})
SIGNS = Signs()
class Nameless(Kind):
    spec, stated, fold, schemas = Clash.spec, Clash.stated, Clash.fold, Clash.schemas
NAMELESS = Nameless()
""",
    "edges.py": """
from flask import Blueprint
from pydantic import BaseModel
from pitlive.web.answers import said
from pitlive.web.edge import Edge
print("hello from a module")
class Port(BaseModel):
    number: int
class Broken(Edge):
    answers = (Port,)
    def paths(self):
        return {"/api/v1/ghost": {"get": {"responses": {}}}}
    def add_routes(self, blueprint, services):
        blueprint.get("/api/v1/half")(lambda: "there")
        raise RuntimeError("no routes")
EDGE = Broken()
class Alike(Edge):
    def add_routes(self, blueprint, services):
        @blueprint.get("/api/v1/tides")
        def status():
            return "high"
ALIKE = Alike()
class Converted(Edge):
    def add_routes(self, blueprint, services):
        blueprint.get("/api/v1/first")(lambda: "there")
        blueprint.get("/api/v1/<nothing:source>")(lambda source: "")
CONVERTED = Converted()
class Described(Edge):
    def paths(self):
        return {"/api/v1/more": {"get": {}}, "/api/v1/status": {"get": {}}}
DESCRIBED = Described()
class Half(Edge):
    def add_routes(self, blueprint, services):
        blueprint.get("/api/v1/before")(lambda: "there")
    def blueprints(self, services):
        return [Blueprint("pages", __name__)]
HALF = Half()
class Owner(Edge):
    def add_routes(self, blueprint, services):
        @blueprint.get("/api/v1/status")
        def taken():
            return "mine"
OWNER = Owner()
class Unwrapped(Edge):
    def wrap(self, application, services):
        return None
UNWRAPPED = Unwrapped()
class Dangling(Edge):
    def add_routes(self, blueprint, services):
        @blueprint.get("/api/v1/dangling", responses=said(Port))
        def dangling():
            return "answered"
    def paths(self):
        return {"/api/v1/hidden": {"get": {"responses": {}}}}
DANGLING = Dangling()
class Unfinished(Edge):
    answers = (Port,)
    def definitions(self, schemas):
        return {"Ship": {"type": {"object"}}}
UNFINISHED = Unfinished()
""",
    "cancelled.py": "import asyncio; raise asyncio.CancelledError",
    "mute.py": """
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")
raise Mute
""",
    "leaver.py": "import sys; sys.exit('no licence')",
    "double.py": "",
    "twice.py": """
from typing import Literal
from pitlive.declared.stat import StatSpec
class Spec(StatSpec):
    kind: Literal["twice"]
class Stat:
    pass
""",
    "no_spec.py": """
from pydantic import BaseModel
class Spec(BaseModel):
    kind: str
""",
    "picture.py": """
from pathlib import Path
from pitlive.declared.widget import WidgetModule
FILE = Path(__file__)
DIAL = WidgetModule(FILE, kinds={"proportion"}, grouped=False)
ANY = WidgetModule(FILE)
LOST = WidgetModule(FILE.with_name("lost.js"))
TEXT = WidgetModule("dial.js")
""",
    "half.py": "name, unit = 'half', 'ms'",
    "model.py": """
from typing import Literal
from pydantic import BaseModel
from pitlive.declared.stat import StatSpec
class Widget(BaseModel):
    theirs: int
class Spec(StatSpec):
    kind: Literal["model"]
    widget: Widget
class Stat:
    pass
""",
    "called.py": """
from collections.abc import Callable
from typing import Literal
from pitlive.declared.stat import StatSpec
class Spec(StatSpec):
    kind: Literal["called"]
    how: Callable
class Stat:
    pass
""",
    "capital.py": """
from typing import Literal
from pitlive.declared.stat import StatSpec
class Spec(StatSpec):
    kind: Literal["Mean"]
class Stat:
    pass
""",
}
POINTS = """
[pitlive.kinds]
typo = typo:KIND
text = no_kind:KIND
clash = clash:KIND
paged = clash:PAGED
nested = clash:NESTED
unnamed = clash:UNNAMED
class = clash:Clash
nameless = clash:NAMELESS
signs = clash:SIGNS
cancelled = cancelled:KIND
mute = mute:KIND
other_name = clash:KIND
leaver = leaver:KIND
[pitlive.web]
clash = edges:EDGE
alike = edges:ALIKE
converted = edges:CONVERTED
described = edges:DESCRIBED
half = edges:HALF
owner = edges:OWNER
unwrapped = edges:UNWRAPPED
dangling = edges:DANGLING
unfinished = edges:UNFINISHED
class = edges:Half
[pitlive.stats]
twice = twice
thrice = twice
no_spec = no_spec
mean = double
model = model
called = called
Mean = capital
[pitlive.widgets]
dial = picture:DIAL
any = picture:ANY
lost = picture:LOST
not_a_file = picture:TEXT
path = picture:FILE
graph = picture:ANY
no/address = picture:ANY
[pitlive.forecasts]
half = half
"""
ASKED = """
import json, sys
from pitlive.kind import kinds
from pitlive.declared.registry import STATS
from pitlive.race.registry import FIGURES
from pitlive.declared.validation import look
from pitlive.plugins import OF_WEB, failures
from pitlive.settings import load
from pitlive.web.app import create_app
app = create_app(load(redis_url=sys.argv[1]))
document = app.spec_json
modules = {
    name: app.test_client().get(f"/static/widgets/{name}")
    for name in ("dial.js", "lost.js", "picture.js", "..%2Fpicture.js", "dial.js/../picture.js")
}
dial = modules["dial.js"]
known = {"If-None-Match": dial.headers["ETag"]}
stats = [
    {"name": "all", "kind": "proportion", "of": "came"},
    {"name": "wards", "kind": "proportion", "by": ["ward"], "of": "came"},
    {"name": "sum", "kind": "count"},
]
widgets = [
    {"stats": [stat["name"]], "look": name} for name in ("dial", "any", "pie") for stat in stats
]
declared = {
    "kind": "declared",
    "entries": {"vote": {"fields": {"ward": "text", "came": "boolean"}}},
    "stats": stats,
    "page": {"widgets": widgets[:6]},
}
print(json.dumps({
    "schemas": sorted(document["components"]["schemas"]),
    "mean schema": document["components"]["schemas"]["MeanStat"]["title"],
    "widget": sorted(document["components"]["schemas"]["Widget"]["properties"]),
    "paths": sorted(document["paths"]),
    "rules": sorted(rule.rule for rule in app.url_map.iter_rules()),
    "status": app.test_client().get("/api/v1/status").is_json,
    "summary": document["paths"]["/api/v1/status"]["get"]["operationId"],
    "looks": document["components"]["schemas"]["Widget"]["properties"]["look"]["anyOf"][0]["enum"],
    "unfit": [str(one) for one in look(declared)[1]],
    "unknown": [str(one) for one in look(declared | {"page": {"widgets": widgets[6:]}})[1]],
    "modules": {name: answer.status_code for name, answer in modules.items()},
    "tides": app.test_client().get("/api/v1/tides").text,
    "module": dial.text,
    "type": dial.headers["Content-Type"],
    "again": app.test_client().get("/static/widgets/dial.js", headers=known).status_code,
    "kinds": sorted(kinds()), "stats": sorted(STATS), "mean": STATS["mean"].__name__,
    "figures": sorted(FIGURES),
    "failures": [one._asdict() for one in failures(OF_WEB)],
}))
"""

OF_AN_ENGINE = """
import sys
from pitlive import logs, plugins
import pitlive.engine.run
from pitlive.kind import kinds
kinds()
logs.left_out(plugins.OF_ENGINE)
print(sorted({"flask", "gevent"} & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds a package which does nearly everything wrong."""
    folder = tmp_path_factory.mktemp("installed")
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    describe(folder, "stranger", points=POINTS)
    return {**os.environ, "PYTHONPATH": str(folder)}


def run(installed: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with that package."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=installed,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture(scope="module")
def found(redis_url: str, installed: dict[str, str]) -> dict[str, Any]:
    """What is found beside that package."""
    done = run(installed, "-c", ASKED, redis_url)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_what_a_package_brings_is_there(found: dict[str, Any]) -> None:
    """A stat of another package is one like ours."""
    assert "twice" in found["stats"]


def test_what_cannot_be_loaded_is_named_and_the_rest_is_there(found: dict[str, Any]) -> None:
    """With its group, its name and the reason."""
    ours = {"declared", "figures", "race", "table"}
    theirs = {"clash", "paged", "nested", "unnamed", "signs"}
    assert ours | theirs == {*found["kinds"]}
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.kinds", "typo"] == (
        "typo:KIND: ModuleNotFoundError: No module named 'does_not_exist'"
    )
    assert reasons["pitlive.kinds", "text"] == (
        "no_kind:KIND: got str, want an object that derives from pitlive.kind.Kind"
    )
    assert reasons["pitlive.kinds", "class"] == (
        "clash:Clash: got the class Clash, want an object that derives from pitlive.kind.Kind"
    )
    assert reasons["pitlive.kinds", "other_name"] == (
        "clash:KIND: name: got 'clash', want 'other_name', as its entry point"
    )
    assert reasons["pitlive.kinds", "cancelled"].startswith("cancelled:KIND: CancelledError: ")
    assert reasons["pitlive.kinds", "mute"] == (
        "mute:KIND: Mute: (its text fails with RuntimeError)"
    )
    assert reasons["pitlive.kinds", "nameless"] == (
        "clash:NAMELESS: name: got None, want 'nameless', as its entry point"
    )
    assert reasons["pitlive.kinds", "leaver"] == "leaver:KIND: SystemExit: no licence"


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
    widgets = {"lost", "path", "graph", "no/address", "not_a_file"}
    stats = {"no_spec", "thrice", "called", "Mean", "mean of stranger"}
    kinds = {"typo", "text", "clash", "paged", "class", "other_name", "leaver"}
    kinds |= {"nested", "unnamed", "nameless", "signs", "cancelled", "mute"}
    edges = {"converted", "described", "half", "owner", "unwrapped", "dangling", "unfinished"}
    assert named == widgets | stats | kinds | edges | {"half"}


def test_a_name_of_ours_that_fails_is_served_by_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a stranger's would fold the sources that were declared for ours."""
    points = [
        EntryPoint("mean", "does_not_exist", "some.group"),
        EntryPoint("mean", "json", "some.group"),
    ]
    monkeypatch.setattr(plugins, "entry_points_of", lambda _: points)
    monkeypatch.setattr(plugins, "package_of", lambda one: f"the one with {one.value}")
    found = plugins.plugins.__wrapped__("some.group")
    assert found.loaded == {}
    assert set(found.failed) == {"mean", "mean of the one with json"}


def test_what_a_check_fails_at_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a stranger's object does when it is looked at."""
    monkeypatch.setattr(plugins, "plugins", lambda _: plugins.Plugins({"odd": 1, "even": 2}, {}))
    points = [EntryPoint(name, f"some:{name}", "some.group") for name in ("odd", "even")]
    monkeypatch.setattr(plugins, "entry_points_of", lambda _: points)
    found = plugins.accepted("some.group", lambda _, one: "" if one == 2 else one.lower())
    assert found.loaded == {"even": 2}
    assert found.failed["odd"].startswith("some:odd: AttributeError: ")


def test_no_stat_of_a_package_changes_the_schema_of_the_rest(found: dict[str, Any]) -> None:
    """One without a schema, one called nearly as ours, one with a model called as ours."""
    assert {"model"} == {"model", "called", "Mean"} & {*found["stats"]}
    assert found["mean schema"] == "mean"
    assert "look" in found["widget"]
    assert {"ModelStat", "ModelStat.Widget", "SourceSpec"} <= {*found["schemas"]}
    reasons = {one["name"]: one["reason"] for one in found["failures"]}
    assert reasons["called"].startswith("called: PydanticInvalidForJsonSchema: ")
    assert reasons["Mean"] == "capital: got a name that is taken in the schema, by 'mean'"


def test_a_widget_is_a_look_for_the_stats_that_it_can_draw(found: dict[str, Any]) -> None:
    """The schema has its name, and so has what is said of a look that does not fit or exist."""
    assert found["looks"][-2:] == ["any", "dial"]
    assert found["unfit"] == [
        "page.widgets.1.look: got 'dial', want graph or table or any, as suits wards",
        "page.widgets.2.look: got 'dial', want number or any, as suits sum",
    ]
    assert all("got 'pie', want 'number', " in one for one in found["unknown"])
    assert all(one.endswith("'notices', 'any' or 'dial'") for one in found["unknown"])


def test_a_widget_that_is_none_is_left_out_and_named(found: dict[str, Any]) -> None:
    """Without its file, without a type, with a name of ours, or one that no address can have."""
    reasons = {one["name"]: one["reason"] for one in found["failures"]}
    assert reasons["lost"].endswith("lost.js', want a file that the package has")
    assert reasons["not_a_file"].endswith("'dial.js', want a file that the package has")
    assert "want a pitlive.declared.widget.WidgetModule" in reasons["path"]
    assert reasons["graph"] == "picture:ANY: got the name of a look that the pages have themselves"
    assert "got a name that no address can have" in reasons["no/address"]


def test_the_module_of_a_widget_is_served_and_nothing_beside_it(found: dict[str, Any]) -> None:
    """As JavaScript, with a tag of its content; it is asked for by the name of the look."""
    assert found["module"] == MODULES["picture.py"]
    assert found["type"] == "text/javascript; charset=utf-8"
    assert found["again"] == 304
    assert found["modules"].pop("dial.js") == 200
    assert {*found["modules"].values()} == {404}
    assert "/static/widgets/{widget}.js" in found["paths"]


def test_a_kind_whose_parts_fail_costs_itself_alone(found: dict[str, Any]) -> None:
    """Its schemas have a name of ours, and its routes raise: the rest of both is there."""
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.kinds", "clash"].startswith("schemas: SchemaClash: schema Problem")
    assert reasons["pitlive.web", "clash"] == "routes: RuntimeError: no routes"
    assert reasons["pitlive.web", "converted"].startswith("routes: LookupError: ")
    assert reasons["pitlive.web", "described"].startswith("paths: SchemaClash: get /api/v1/status")
    assert reasons["pitlive.kinds", "paged"].startswith("pages: ValueError: ")
    assert "/api/v1/half" not in found["paths"]
    assert found["tides"] == "high"
    assert {"RaceSpec", "TableSpec", "Problem"} <= {*found["schemas"]}
    assert "/api/v1/sources/{source}/rows" in found["paths"]


def test_of_what_fails_halfway_nothing_stays(found: dict[str, Any]) -> None:
    """Neither a rule nor an operation nor a schema; what is there already keeps its place."""
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert "want a schema of that name" not in reasons["pitlive.web", "dangling"]
    assert reasons["pitlive.web", "dangling"].startswith("paths: get /api/v1/dangling: got no")
    assert reasons["pitlive.web", "half"].startswith("routes: ValueError: The name 'pages' is")
    assert reasons["pitlive.web", "owner"].startswith("routes: SchemaClash: get /api/v1/status")
    assert reasons["pitlive.web", "unwrapped"].startswith("routes: TypeError: wrap: got None")
    assert reasons["pitlive.web", "unfinished"].startswith("schemas: TypeError: ")
    gone = {"/api/v1/first", "/api/v1/before", "/api/v1/more", "/api/v1/dangling", "/api/v1/ghost"}
    assert gone.isdisjoint(found["paths"])
    assert {"/api/v1/first", "/api/v1/before"}.isdisjoint(found["rules"])
    assert "/api/v1/hidden" in found["paths"]
    assert {"Port", "Ship"}.isdisjoint(found["schemas"])
    assert found["status"]
    assert found["summary"] == "status"


def test_schemas_that_refer_to_nothing_are_left_out_and_named(found: dict[str, Any]) -> None:
    """As pydantic writes those of one model; the pages of such a kind stay."""
    reasons = {(one["group"], one["name"]): one["reason"] for one in found["failures"]}
    assert reasons["pitlive.kinds", "nested"] == (
        "schemas: SchemaLacking: #/$defs/Car: got a reference to it, want a definition of that name"
    )
    assert reasons["pitlive.kinds", "signs"].startswith("schemas: SchemaClash: schema S/T: got a")
    assert reasons["pitlive.kinds", "unnamed"].startswith("schemas: SchemaLacking: Missing: ")
    assert {"NestedSpec", "UnnamedEntry"}.isdisjoint(found["schemas"])
    assert {"/n/<source>", "/n.x/<source>"} <= {*found["rules"]}


def test_the_printed_document_is_json_whatever_is_left_out(installed: dict[str, str]) -> None:
    """What modules print and what is left out is told beside it."""
    done = run(installed, "-m", "pitlive", "openapi")
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
    assert "hello from a module" in done.stderr
    assert "plug-in is left out" in done.stderr


def test_an_engine_names_what_it_lacks_without_the_web_framework(
    installed: dict[str, str],
) -> None:
    """It names what is left out of kinds and stats, and of no routes."""
    printed = run(installed, "-c", OF_AN_ENGINE).stdout
    assert "does_not_exist" in printed
    assert "pitlive.web" not in printed
    assert "Spec.kind" in printed
    assert printed.splitlines()[-1] == "[]"
