"""The examples in a real server, beside a package that does everything wrong."""

from __future__ import annotations

import csv
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from pitlive.race.simulation import simulate
from tests.browser import shown
from tests.examples import stranger
from tests.examples.conftest import EXAMPLES, NAMES, beside
from tests.examples.live import Server
from tests.stack import Stack, wait_for

PLAN = simulate.RacePlan(cars=6, laps=15, seed=3)


def references(schema: dict[str, Any]) -> set[str]:
    """The schemas of which an instance is one."""
    return {one["$ref"] for one in schema.get("oneOf") or schema["anyOf"]}


@pytest.fixture(scope="module")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: what is wrong with the stranger is to disturb nobody."""
    target = tmp_path_factory.mktemp("live") / "target"
    shutil.copytree(installed, target, ignore=shutil.ignore_patterns("prior.json"))
    for name in NAMES:
        shutil.copytree(EXAMPLES / name, target.parent / name)
    stranger.install(target)
    stack = Stack(forked=False, lease_ms=1000)
    stack.environment |= beside(target)
    try:
        live = Server(stack.start(), target)
        yield live
        live.close()
    finally:
        print(stack.logs())
        stack.stop()


def test_the_stat_is_declared_fed_and_right(server: Server) -> None:
    """`pitlive check` takes its declaration, and its rows are what one can reckon by hand."""
    checked, _ = server.type("A kind of stat")
    assert "right; entries: answer; 1 stat, each a channel: spread" in checked
    row = {"count": 4, "distinct": 2, "entropy": 1.0, "effective": 2.0}
    wait_for(lambda: server.rows("answers", "spread") == {"": row}, "row", server.stack)


GAUGES = """([look, stat]) => Object.fromEntries(
  [...document.querySelector(`[data-look=${look}][data-stat=${stat}] .place > *`)
    .shadowRoot.querySelectorAll('figure')].map(one => [
      one.querySelector('figcaption').textContent,
      [one.querySelector('text').textContent, getComputedStyle(one.querySelector('.share')).stroke],
    ]))"""
"""Caption of a gauge → what is written in it, and the colour of its arc."""

ACCENT = {"light": "rgb(18, 87, 196)", "dark": "rgb(108, 176, 255)"}
"""The token `--accent` in the light and in the dark."""


@pytest.mark.browser
def test_a_widget_draws_and_one_that_fails_says_so_in_its_place(server: Server, page: Any) -> None:
    """It draws every change; another's failure is told on the page and in the console."""
    assert "2 stats" in server.type("A widget")[0]
    wards = {"Harbour": "50.0 %", "North": "66.7 %", "Old Town": "0.0 %"}
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    shown.opened(page, server.stack, "turnout")
    page.wait_for_selector("[data-stat=wards] figure")

    def is_drawn(stat: str, want: dict[str, str], scheme: str = "light") -> bool:
        drawn = page.evaluate(GAUGES, ["gauge", stat])
        return bool(drawn == {group: [text, ACCENT[scheme]] for group, text in want.items()})

    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for stat, want in (("wards", wards), ("turnout", {"": "50.0 %"})):
            drawn = partial(is_drawn, stat, want, scheme)
            wait_for(drawn, f"{stat} as gauges, {scheme}", server.stack)

    spec = server.get("/sources/turnout")["spec"]
    looks = ("gauge", "moody", "lost")
    spec["page"]["widgets"] += [{"stats": ["turnout"], "look": look} for look in looks[1:]]
    module = server.target / "lost.js"
    module.unlink()
    assert server.declare("turnout", spec).is_success
    moody = page.locator("[data-look=moody]")
    lost = page.locator("[data-look=lost] [data-problem]")
    moody.get_by_text("drawn 3").wait_for()
    assert "The widget lost cannot be shown: Failed to fetch" in lost.inner_text()

    server.report("turnout", [{"elector": "g", "ward": "Old Town", "voted": True}])
    moody.locator("[data-problem]").wait_for()
    said = "The widget moody could not draw the last change: update fails"
    assert moody.locator("[data-problem]").inner_text() == said
    wards["Old Town"] = "50.0 %"
    wait_for(lambda: is_drawn("wards", wards), "the change", server.stack)
    module.write_text((server.target / "moody.js").read_text())
    server.report("turnout", [{"elector": "h", "ward": "Old Town", "voted": True}])
    page.locator("[data-look=lost]").get_by_text("drawn 5").wait_for()
    lost.wait_for(state="detached")
    moody.get_by_text("drawn 5").wait_for()
    moody.locator("[data-problem]").wait_for(state="detached")
    wards["Old Town"] = "66.7 %"
    wait_for(lambda: is_drawn("wards", wards), "the next change", server.stack)
    assert sum(said in one for one in logged) == 1


def test_the_kind_is_declared_fed_folded_and_described(server: Server) -> None:
    """Over HTTP; what has no place in it is refused, and silence takes a service down."""
    checked, *_ = server.type("A kind of source")
    assert "right; a heartbeat" in checked
    wait_for(lambda: len(server.rows("beats", "services")) == 2, "rows", server.stack)
    assert "every_s: got 0" in server.declare("beats", {"kind": "heartbeat", "every_s": 0}).text
    assert server.declare("live", {"kind": "heartbeat", "every_s": 2}).is_success
    told = server.report("live", [{"type": "beat", "service": name} for name in ("db", 3)])
    assert (told["accepted"], told["refused"][0]["field"]) == (1, "service")
    wait_for(lambda: "db" in server.rows("live", "services"), "row", server.stack)
    assert server.rows("live", "services")["db"]["beats"] == 1
    assert [e["service"] for e in server.get("/sources/live/entries")["entries"]] == ["db"]
    wait_for(lambda: not server.rows("live", "services")["db"]["is_up"], "end", server.stack)

    document = httpx.get(f"{server.stack.url}/openapi/openapi.json").json()["components"]["schemas"]
    assert document["Beat"]["properties"].keys() >= {"service", "at_ms"}
    assert "#/components/schemas/HeartbeatSpec" in references(document["Declaration"])
    assert "#/components/schemas/Beat" in references(document["Entry"])


def test_the_feed_is_fed_and_the_command_prints_it(server: Server) -> None:
    """A recording of it declares its source, and its channel is printed as CSV."""
    server.type("A feed")
    wait_for(lambda: len(server.rows("bikes", "stations")) == 2, "stations", server.stack)
    assert server.rows("bikes", "bikes")[""]["sum"] == 3
    assert server.rows("bikes", "empty")[""]["count"] == 1
    (printed,) = server.type("A command")
    assert sorted(csv.reader(printed.splitlines())) == [
        ["hill", "0"],
        ["quay", "3"],
        ["row", "stations"],
    ]


def test_what_fails_costs_itself_alone_and_is_named(server: Server) -> None:
    """At import, at declaring, as the fold begins, and at an entry."""
    metrics = httpx.get(f"{server.stack.url}/metrics").text
    assert 'pitlive_plugin_left_out{group="pitlive.kinds",name="bad_import",reason="' in metrics
    assert 'pitlive_plugin_left_out{group="pitlive.widgets",name="missing",reason="' in metrics
    for part in ("web", "engine"):
        log = (server.stack.folder / "logs" / f"{part}.log").read_text()
        assert "plug-in is left out" in log
        assert "No module named 'does_not_exist'" in log

    assert server.declare("raises", {"kind": "bad", "raises": True}).status_code == 500
    assert server.declare("bad", {"kind": "bad"}).is_success
    wait_for(lambda: "failing" in server.summary("bad"), "failing", server.stack)
    assert "fold fails" in server.summary("bad")["failing"]["reason"]

    entries = {"it": {"uid": ["n"], "fields": {"n": "integer"}}}
    stats = [{"name": "bad", "kind": "bad", "of": "n"}, {"name": "count", "kind": "count"}]
    declared = {"kind": "declared", "entries": entries, "stats": stats}
    assert server.declare("rows", declared).is_success
    server.report("rows", [{"n": 1}])
    wait_for(lambda: "" in server.rows("rows", "count"), "row", server.stack)
    server.report("rows", [{"n": 2}])
    wait_for(lambda: "unfoldable" in server.summary("rows"), "entry left out", server.stack)
    unfoldable = server.summary("rows")["unfoldable"]
    assert (unfoldable["entries"], "rows fail" in unfoldable["reason"]) == (1, True)
    wait_for(lambda: server.rows("rows", "count") == {"": {"count": 1}}, "count", server.stack)


def test_the_forecast_is_silent_until_it_is_fitted(server: Server, prior: Path) -> None:
    """And then it is told; those that fail are named among the scores, and ours go on."""
    spec = {**simulate.spec(PLAN), "series": "f1", "track_type": "road"}
    assert server.declare("race", spec).is_success
    server.report("race", list(simulate.entries(PLAN)))
    wait_for(lambda: len(server.rows("race", "scores")) > 5, "scores", server.stack)
    scores = server.rows("race", "scores")
    assert scores["lead_change"] == {"figure": "lead_change", "unfitted": True}
    named = {"figure": "bad_forecast", "failed": "RuntimeError: forecast fails"}
    assert scores["bad_forecast"] == named
    assert scores["bad_prior"]["failed"].startswith("PRIOR: BadFile: priors: got b'not JSON'")
    assert "win" in server.rows("race", "forecasts")
    assert {"lead_change", "bad_forecast"}.isdisjoint(server.rows("race", "forecasts"))

    shutil.copy(prior, server.target / "lead_change")  # as if it were installed again
    server.stack.restart("engine", signal.SIGTERM)
    wait_for(lambda: "lead_change/1" in server.rows("race", "scores"), "forecast", server.stack)
    assert "lead_change" not in server.rows("race", "scores")
    row = server.rows("race", "scores")["lead_change/1"]
    assert row["n"] > 0
