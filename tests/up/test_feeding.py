"""What `pitlive up` feeds, and what it shows of its parts."""

from __future__ import annotations

from pathlib import Path

import httpx

from pitlive.cli.feeding import demo
from pitlive.cli.follow_logs import Logs
from tests.stack import Stack, wait_for


def test_the_demo_goes_on_until_it_has_finished_and_then_begins_anew(server: Stack) -> None:
    """Whoever starts PitLive finds a race that runs, not yesterday's last lap."""
    assert demo(server.url, None, "20x").source == "demo"

    race = f"{server.url}/api/v1/sources/demo"
    httpx.put(race, json={"kind": "race", "laps": 1}).raise_for_status()
    lap = {"type": "lap", "car": "24", "lap": 1, "at_ms": 16183}
    flag = {"type": "flag", "flag": "checkered", "at_ms": 16183, "lap": 1}
    httpx.post(f"{race}/entries", json=[lap, flag]).raise_for_status()
    httpx.post(f"{race}/flush").raise_for_status()
    wait_for(lambda: demo(server.url, None, "20x").source == "demo-2", "next demo")
    assert demo(server.url, "demo", "20x").source == "demo"  # asked for by name


def test_logs_come_line_by_line_and_survive_rotation(tmp_path: Path) -> None:
    """Only what is new, only whole lines, each after the name of its part."""
    log = tmp_path / "web.log"
    log.write_text("old\n")
    logs = Logs(tmp_path)
    with log.open("a") as opened:
        opened.write("one\ntw")
    assert list(logs.new()) == ["        web | one"]

    with log.open("a") as opened:
        opened.write("o\n")
    (tmp_path / "feed.log").write_text("new part\n")
    assert list(logs.new()) == ["       feed | new part", "        web | two"]

    log.write_text("rot\n")
    assert list(logs.new()) == ["        web | rot"]
