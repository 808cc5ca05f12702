"""`pitlive election`, `list` and `watch`, as users of the programme type them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.processes import module
from tests.arithmospora.programme import Feeder, config, is_read
from tests.stack import Stack, wait_for

Follow = Callable[[Stack, str], "subprocess.Popen[bytes]"]


def typed(server: Stack, *arguments: str) -> str:
    done = CliRunner().invoke(main, [*arguments, "--url", server.url])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_archived_source_is_read_once_and_its_commands_show_it(
    server: Stack, feeder: Feeder, source: str, tmp_path: Path
) -> None:
    """It ends by itself; stats of one name are two, by their periods."""
    feeder.write("rolling:5m:total", {"current": 7, "total": 200, "peak": 50})
    feeder.write("rolling:1h:total", {"current": 90, "total": 200, "peak": 95})
    feeder.write("proportion:studytypes", {"current": 1, "total": 4}, "PG", "T")
    feeder.write("other:how", {"web": 4})
    file = tmp_path / "programme.toml"
    file.write_text(config(feeder, source, live=False))
    typed(server, "election", str(file))
    wait_for(lambda: is_read(server, source), "all stats as read", server)
    told = orjson.loads(typed(server, "list", source, "--json"))
    lines = typed(server, "list", source).splitlines()

    assert [told["rolling"][key]["data"]["current"] for key in ("5m:total", "1h:total")] == [7, 90]
    assert orjson.loads(typed(server, "list", source, "--pretty")) == told
    assert "other:how  web 4" in lines
    assert "    T  current 1, total 4, proportion 0.25, percentage 25" in lines
    assert feeder.tell("other:how") == 0


def test_one_stat_is_watched_under_its_full_name(
    server: Stack, feeder: Feeder, election: Follow, source: str
) -> None:
    """As it is, then as it changes; one that there is not is named."""
    election(server, config(feeder, source))
    wait_for(lambda: is_read(server, source), "all stats as read", server)
    command = module("pitlive", "watch", source, "--url", server.url)
    with subprocess.Popen(
        [*command, "--stat", "other:5m:totalvotes"], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        feeder.write("other:totalvotes", 3)
        feeder.tell("other:totalvotes")
        feeder.write("other:5m:totalvotes", 4)
        feeder.tell("other:5m:totalvotes")
        second = watching.stdout.readline()
        watching.terminate()
    wrong = CliRunner().invoke(main, [*command[command.index("watch") :], "--stat", "other:votes"])

    assert first == "other:5m:totalvotes  totalvotes 0\n"
    assert second == "other:5m:totalvotes  totalvotes 4\n"
    assert "want one of proportion:total" in wrong.output


def test_a_value_that_is_no_number_is_refused_and_the_others_go_on(
    server: Stack, feeder: Feeder, source: str, tmp_path: Path
) -> None:
    """It is listed with its place; the wrong type of a key is said, and costs its stat alone."""
    feeder.redis.hset(f"{feeder.stem('proportion:total')}:data", "current", "many")
    feeder.redis.set(f"{feeder.stem('other:how')}:data", "no hash")
    feeder.write("other:totalvotes", 5)
    file = tmp_path / "programme.toml"
    file.write_text(config(feeder, source, live=False))
    done = CliRunner().invoke(main, ["election", str(file), "--url", server.url])
    address = f"{server.url}/api/v1/sources/{source}"
    wait_for(lambda: '"totalvotes":5' in httpx.get(f"{address}/state").text, "it", server)
    (aside,) = httpx.get(f"{address}/set-aside").json()["aside"]

    assert (aside["field"], aside["want"]) == ("rows.", "current and total, whole numbers")
    assert "want the keys of a generic stat" in done.stderr
    assert done.exit_code == 0
