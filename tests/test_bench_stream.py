"""What the comparison of streams says: of calm runs, and nothing good of what went wrong."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.stream import payloads
from benchmarks.stream.__main__ import main
from benchmarks.stream.aims import FIGURES
from benchmarks.stream.scenarios import SCENARIOS, SERVERS
from benchmarks.stream.tables import markdown

QUIET = 0.08


def test_every_aim_is_of_servers_that_its_scenario_measures() -> None:
    """No figure waits for a measurement that nobody takes."""
    for figure in FIGURES:
        measured = SCENARIOS[figure.scenario].servers
        named = {name for aim in figure.aims for name in (aim.server, aim.of) if name}
        assert named <= set(measured) <= set(SERVERS), figure.name


def test_a_disturbed_run_does_not_count_where_there_are_calm_ones() -> None:
    """The median is of what nobody else had a part in."""
    runs = [record("pitlive", 100), record("pitlive", 900, foreign=0.5), record("pitlive", 102)]
    assert row(runs, "pitlive")[1:6] == ["101", "/CPU-s", "100 – 102", "2", "0%"]


def test_an_aim_beside_another_server_is_met_or_not() -> None:
    """1.2 times Nchan is asked for; the C program was not measured here."""
    for got, told in ((130, "1.3 × yes; ?"), (110, "1.1 × NO; ?")):
        assert row([record("nchan", 100), record("pitlive", got)], "pitlive")[7] == told


def test_there_is_no_verdict_on_what_was_disturbed() -> None:
    """A busy core does the same work for less: neither side could be believed."""
    runs = [record("nchan", 100), record("pitlive", 900, foreign=0.5)]
    assert row(runs, "pitlive")[7] == "9 × disturbed; ?"


def test_lost_events_are_never_a_figure() -> None:
    """Whoever leaves events out is fast, and has met nothing."""
    runs = [record("nchan", 100), record("pitlive", 900, wrong="3 gaps")]
    assert row(runs, "pitlive")[1:] == [
        "failed", "/CPU-s", "", "0", "", "≥ 1.2 × nchan; ≥ 0.85 × limit-event", "NO; NO", "3 gaps"
    ]  # fmt: skip


def test_one_failure_of_three_is_told_beside_the_figure_of_the_others() -> None:
    """What was right counts, and what was not keeps an aim from being met."""
    runs = [record("nchan", 100), record("pitlive", 900), record("pitlive", 5, wrong="3 gaps")]
    assert row(runs, "pitlive")[1] == "900"
    assert row(runs, "pitlive")[7:] == ["9 × NO; ?", "3 gaps"]


def test_what_failed_is_told_and_fails_the_command(tmp_path: Path) -> None:
    """A peer's failure as much as one of ours."""
    for wrong, status in (("", 0), ("3 gaps", 1)):
        file = tmp_path / "results.jsonl"
        file.write_text(json.dumps(record("nchan", 900, wrong=wrong)))
        ran = CliRunner().invoke(main, ["--report", "--out", str(file)])
        assert ran.exit_code == status, ran.output
        assert ("1 of 1 measurements failed" in ran.output) == bool(wrong)


@pytest.mark.parametrize("name", ["pitlive", "hub-alone"])
def test_what_a_publisher_sends_is_published(name: str) -> None:
    """A command that Redis refuses is one that no reader waits for in vain."""
    server = SERVERS[name]({})
    try:
        server.launch()
        (message,) = payloads.messages(200)[:1]
        command = server.prepared(message)
        for token, digits in (
            (payloads.SEQ, b"1"),
            (payloads.BEFORE, b"0"),
            (payloads.STAMP, b"0"),
        ):
            command = command.replace(token, digits.rjust(len(token), b"0"))
        with socket.create_connection(("127.0.0.1", server.publish_port), 60) as publisher:
            publisher.sendall(command)
            answer = publisher.recv(4096)
    finally:
        server.stop()
    assert answer[:1] in (b":", b"*"), answer


def record(server: str, value: float, foreign: float = 0.0, wrong: str = "") -> dict[str, Any]:
    """A measurement of deliveries a second of processor time."""
    result = {"per_cpu_s": value, "foreign": foreign, "wrong": wrong}
    return {"scenario": "light1000", "server": server, "run": 0, "result": result}


def row(records: list[dict[str, Any]], server: str) -> list[str]:
    """The cells of a server in the first table."""
    lines = markdown(records, QUIET).split("\n\n")[1].splitlines()
    found = next(line for line in lines if line.startswith(f"| {server} |"))
    return [cell.strip() for cell in found.strip("|").split("|")]
