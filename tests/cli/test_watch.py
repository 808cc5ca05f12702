"""`pitlive watch` and `pitlive list` against a running server."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import httpx
import orjson
import pytest
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.messages import Json
from pitlive.processes import module
from pitlive.race.edge.standings_table import board, line
from tests.stack import Stack, wait_for


def lap(server: Stack, source: str, number: int, **more: Json) -> None:
    entry = {"type": "lap", "car": "7", "lap": number, "at_ms": number * 30_000, **more}
    answer = httpx.post(f"{server.url}/api/v1/sources/{source}/entries", json=entry)
    assert answer.status_code == 200, answer.text


def begun(server: Stack, source: str) -> None:
    """A source whose first lap is published; there may be a state before that."""
    lap(server, source, 1)
    address = f"{server.url}/api/v1/sources/{source}/state"

    def laps() -> Json:
        rows = httpx.get(address).json()["channels"].get("standings", {})
        return rows.get("7", {}).get("laps")

    wait_for(lambda: laps() == 1, "a lap", server)


def watching(server: Stack, source: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        module("pitlive", "watch", source, "--url", server.url, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def next_of(following: subprocess.Popen[str]) -> Json:
    """The next event that is not about the connection itself."""
    assert following.stdout is not None
    while (event := orjson.loads(following.stdout.readline()))["event"] in ("bye", "hb"):
        pass
    return event


def first_of(server: Stack, source: str, many: int, *arguments: str) -> list[Json]:
    """The first such events; a server whose Redis is slow may have sent us away before them."""
    with watching(server, source, "--json", *arguments) as following:
        found = [next_of(following) for _ in range(many)]
        following.terminate()
    return found


def test_raw_events_are_json_lines(server: Stack, source: str) -> None:
    """Each with cursor, name and data; hello first, then the state."""
    begun(server, source)
    done = CliRunner().invoke(
        main, ["watch", source, "--json", "--events", "2", "--url", server.url]
    )
    assert done.exit_code == 0, done.output
    assert len([orjson.loads(one) for one in done.stdout.split("\n") if one]) == 2
    hello, snapshot = first_of(server, source, 2)
    assert (hello["event"], snapshot["event"]) == ("hello", "snapshot")
    assert snapshot["data"]["channels"]["standings"]["7"]["laps"] == 1
    assert snapshot["id"] == snapshot["data"]["cursor"]


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x0bb", "a\nb\rc", "🏁 'x' \"y\" \\"])
def test_no_character_of_a_name_tears_an_event(server: Stack, source: str, text: str) -> None:
    """U+2028 is no line end of a stream, and a newline in a text is escaped in JSON."""
    begun(server, source)
    note = {"type": "note", "uid": "n1", "text": text, "at_ms": 1}
    httpx.post(f"{server.url}/api/v1/sources/{source}/entries", json=note).raise_for_status()
    address = f"{server.url}/api/v1/sources/{source}/state"
    wait_for(lambda: "notes" in httpx.get(address).json()["channels"], "a note", server)
    _, snapshot = first_of(server, source, 2, "--channels", "notes")
    assert snapshot["data"]["channels"]["notes"]["n1"]["text"] == text


def test_without_a_terminal_it_is_a_line_per_lap(server: Stack, source: str) -> None:
    """For a log: flag, lap, and the first three."""
    begun(server, source)
    with watching(server, source) as following:
        assert following.stdout is not None
        assert "lap 1" in following.stdout.readline()
        lap(server, source, 2)
        assert "lap 2" in following.stdout.readline()
        following.terminate()


def test_a_source_that_nothing_draws_is_followed_by_its_events(server: Stack, source: str) -> None:
    """A table has neither stats nor a board."""
    table = {"kind": "table", "rows": 2, "columns": [{"name": "n"}]}
    httpx.put(f"{server.url}/api/v1/sources/{source}", json=table).raise_for_status()
    with watching(server, source) as following:
        hello = next_of(following)
        following.terminate()
    assert (hello["event"], [*hello["data"]["sources"]]) == ("hello", [source])


@pytest.mark.faults
def test_after_a_lost_connection_it_goes_on_with_the_next_event(
    stack: Callable[..., Stack],
) -> None:
    """By Last-Event-ID: the new hello says resumed, no event is missed and none repeated."""
    server = stack()
    begun(server, "broken")
    following = watching(server, "broken", "--json", "--channels", "race")
    hello, _snapshot = next_of(following), next_of(following)
    server.restart("web")
    again = next_of(following)
    lap(server, "broken", 2)
    change = next_of(following)
    following.terminate()
    _, err = following.communicate(timeout=90)
    assert (hello["event"], again["event"]) == ("hello", "hello")
    assert again["data"]["sources"]["broken"]["resumed"] is True
    assert (change["event"], change["data"]["data"]["lap"]) == ("message", 2)
    assert "again in" in err


def test_a_source_that_is_not_there_yet_is_waited_for(server: Stack, source: str) -> None:
    """It may be fed later; meanwhile it is said that there is nothing."""
    with watching(server, source, "--json") as following:
        hello = next_of(following)
        following.terminate()
        _, err = following.communicate(timeout=90)
    assert hello["event"] == "hello"
    assert f"{source}: nothing to see yet" in err


def test_sources_are_listed(server: Stack, source: str) -> None:
    """As a table, and as JSON lines for programs."""
    begun(server, source)
    table = CliRunner().invoke(main, ["list", "--url", server.url]).stdout
    assert any(row.startswith(source) for row in table.splitlines())
    lines = CliRunner().invoke(main, ["list", "--json", "--url", server.url]).stdout.split("\n")
    assert source in [orjson.loads(one)["source"] for one in lines if one]


CHANNELS: dict[str, dict[str, Json]] = {
    "race": {
        "name": "Night [race]",
        "flag": "yellow",
        "lap": 12,
        "laps_total": 20,
        "at_ms": 61_000,
    },
    "standings": {
        "9": {"car": "9", "place": 2, "laps": 11, "laps_down": 1, "last_ms": 30_500},
        "7": {"car": "7", "place": 1, "laps": 12, "last_ms": 29_500, "in_pit": True},
    },
}


def test_the_table_is_in_order_of_place() -> None:
    """What is not known is empty, never 0; text is text and no markup."""
    table = board(CHANNELS, rows=40)
    cells = [[str(cell) for cell in column.cells] for column in table.columns]
    assert cells[1] == ["7", "9"]
    assert cells[4] == ["", "1 lap"]
    assert cells[6] == ["29.500", "30.500"]
    assert cells[9] == ["pit", ""]


def test_the_line_names_flag_lap_and_the_first() -> None:
    """One line of a log."""
    told = line(CHANNELS["race"], CHANNELS["standings"])
    assert told == " yellow  Night [race]  lap 12/20  0:01:01  1. #7  2. #9"
