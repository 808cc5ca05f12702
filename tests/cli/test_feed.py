"""`pitlive feed` and `pitlive simulate` against a running server."""

from __future__ import annotations

import gzip
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
import pytest
from click.testing import CliRunner, Result

from pitlive.cli.bookmark import holds, newest
from pitlive.cli.connection import Server
from pitlive.cli.main import main
from pitlive.messages import Json
from pitlive.processes import module
from pitlive.store.client import connect
from pitlive.store.keys import key
from tests.faults.pasts import Kept
from tests.stack import WITHIN_S, Stack, wait_for

PITLIVE = module("pitlive")

JSON = {"Content-Type": "application/json"}


def laps(many: int, first: int = 1) -> bytes:
    """Laps of one car, one every second of the race clock."""
    entries = (
        {"type": "lap", "car": "7", "lap": n, "at_ms": n * 1000} for n in range(first, first + many)
    )
    return b"".join(orjson.dumps(entry) + b"\n" for entry in entries)


def invoke(server: Stack, *arguments: str) -> Result:
    own = ["--url", server.url, "--data-dir", str(server.folder), "--give-up", "150s"]
    return CliRunner().invoke(main, [*arguments, *own])


def known(server: Stack, source: str) -> dict[str, Json]:
    sources = httpx.get(f"{server.url}/api/v1/sources").json()["sources"]
    return next((one for one in sources if one["source"] == source), {"entries": 0})


def marked(server: Stack, source: str) -> int:
    """How many entries a feed has kept as acknowledged, for its next run."""
    kept = (server.folder / "feeds").glob(f"{source}-*.json")
    return max((int(orjson.loads(one.read_bytes())["rows"]) for one in kept), default=0)


def log(server: Stack, source: str) -> list[dict[str, Json]]:
    """The entries of a source but for the flush."""
    found: list[dict[str, Json]] = []
    address = f"{server.url}/api/v1/sources/{source}/entries?limit=1000"
    page = httpx.get(address).json()
    while page["entries"]:
        found += [entry for entry in page["entries"] if entry["type"] != "flush"]
        page = httpx.get(address, params={"after": page["next"], "limit": 1000}).json()
    return found


def numbers(summary: str) -> list[int]:
    """The numbers of a summary: accepted, repeats, refused."""
    return [int(word) for word in summary.partition(": ")[2].split() if word.isdigit()]


def running(server: Stack, source: str, file: Path, *arguments: str) -> subprocess.Popen[str]:
    own = ["--url", server.url, "--data-dir", str(server.folder), "--source", source]
    return subprocess.Popen(
        [*PITLIVE, "feed", str(file), *own, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def test_a_file_arrives_whole_and_in_order(server: Stack, source: str, tmp_path: Path) -> None:
    """Packed, in several batches, declared by the document beside it, and flushed."""
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(laps(1990)))
    (tmp_path / "race.json").write_text('{"name": "Test 1990", "scheduled_laps": 1990}')
    done = invoke(server, "feed", str(file), "--source", source)
    assert done.exit_code == 0, done.output
    assert f"{source}: 1990 accepted, 0 repeats, 0 refused" in done.stdout
    assert [entry["lap"] for entry in log(server, source)] == list(range(1, 1991))
    assert (known(server, source)["name"], known(server, source)["entries"]) == ("Test 1990", 1991)


def test_what_nobody_has_declared_is_of_the_default_kind(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """As the server has it: the command line names none."""
    (tmp_path / "a.jsonl").write_bytes(laps(2))
    invoke(server, "feed", str(tmp_path / "a.jsonl"), "--source", source)
    assert (known(server, source)["kind"], known(server, source)["entries"]) == ("race", 3)


def test_a_second_run_sends_nothing_again(server: Stack, source: str, tmp_path: Path) -> None:
    """Unless it is asked to: then all are repeats, and nothing changes."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(20))
    invoke(server, "feed", str(file), "--source", source, "--no-flush")
    wait_for(lambda: known(server, source)["entries"] == 20, "20 entries", server)
    again = invoke(server, "feed", str(file), "--source", source, "--no-flush")
    assert "going on after the first 20 entries" in again.stderr
    assert "0 accepted, 0 repeats" in again.stdout
    anew = invoke(server, "feed", str(file), "--source", source, "--no-flush", "--from-start")
    assert "0 accepted, 20 repeats, 0 refused" in anew.stdout
    assert known(server, source)["entries"] == 20


def test_a_log_is_known_by_its_newest_entry(server: Stack, source: str) -> None:
    """Another one of the same name, with as many entries, is not taken for it."""
    path = f"{server.url}/api/v1/sources/{source}"
    with Server(server.url, patience_s=WITHIN_S) as asking:
        assert newest(asking, source) == "0-0"
        assert not holds(asking, source, "0-0")
        for _ in range(2):
            httpx.put(path, json={"kind": "race"}).raise_for_status()
            assert holds(asking, source, "0-0")
            body = laps(3).replace(b"\n", b",")[:-1]
            said = httpx.post(f"{path}/entries", content=b"[%s]" % body, headers=JSON).json()
            entry = newest(asking, source)
            assert entry == said["last"]
            again = httpx.post(f"{path}/entries", content=b"[%s]" % body, headers=JSON).json()
            assert (again["repeats"], "last" in again, newest(asking, source)) == (3, False, entry)
            assert holds(asking, source, entry)
            assert not holds(asking, source, entry.replace("-3", "-4"))
            httpx.delete(path).raise_for_status()
            assert not holds(asking, source, entry)
        httpx.put(path, json={"kind": "race"}).raise_for_status()
        httpx.post(f"{path}/entries", content=b"[%s]" % body, headers=JSON).raise_for_status()
        assert not holds(asking, source, entry)


def test_what_is_refused_is_said_by_line_and_the_rest_arrives(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """By the file's own line, whether we or the server refused it; exit code 1."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(2) + b"nonsense\n\n" + laps(1, first=0) + laps(1, first=3))
    done = invoke(server, "feed", str(file), "--source", source)
    assert done.exit_code == 1
    assert "refused: line 3: got 'nonsense', want a JSON object" in done.stderr
    assert "refused: line 5, lap: got 0, want a whole number from 1 to 2000" in done.stderr
    assert "3 accepted, 0 repeats, 2 refused" in done.stdout


def test_a_file_cut_off_sends_what_is_there(server: Stack, source: str, tmp_path: Path) -> None:
    """Then it says where it ends, and exits with 1."""
    file = tmp_path / "a.jsonl.gz"
    packed = gzip.compress(b"".join(laps(1, first=n) for n in range(1, 1900)))
    file.write_bytes(packed[: len(packed) // 2])
    done = invoke(server, "feed", str(file), "--source", source)
    assert done.exit_code == 1
    assert "want a whole gzip file" in done.stderr
    assert len(log(server, source)) > 100


def test_a_table_is_fed_by_its_columns(server: Stack, source: str, tmp_path: Path) -> None:
    """Declared, recognised and kept ones."""
    file = tmp_path / "a.csv"
    file.write_text("number,lap,when,pos,wind\n7,2,61.5,1,NW\n7,1,30,1,N\n")
    columns = ["--map", "car=number", "--map", "at_ms=when:s"]
    done = invoke(server, "feed", str(file), "--source", source, *columns)
    assert done.exit_code == 0, done.output
    told = [(entry["lap"], entry["at_ms"], entry["place"]) for entry in log(server, source)]
    assert told == [(1, 30_000, 1), (2, 61_500, 1)]


def test_a_pipe_is_sent_as_it_comes(server: Stack, source: str) -> None:
    """Before its end: a live timing program never ends."""
    feeding = running(server, source, Path("-"))
    assert feeding.stdin is not None
    feeding.stdin.write(laps(3).decode())
    feeding.stdin.flush()
    wait_for(lambda: known(server, source)["entries"] == 3, "3 entries", server)
    assert feeding.poll() is None
    out, _ = feeding.communicate(laps(2, first=4).decode(), timeout=60)
    assert feeding.returncode == 0
    assert "5 accepted" in out


def test_stopped_by_ctrl_c_it_goes_on_where_it_stopped(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """Nothing is missing, and at most what was on its way is a repeat."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(1500))
    feeding = running(server, source, file, "--every", "40ms", "--no-flush")
    wait_for(lambda: known(server, source)["entries"] > 30, "some entries", server)
    wait_for(lambda: marked(server, source) > 0, "a bookmark", server)
    feeding.send_signal(signal.SIGINT)
    out, err = feeding.communicate(timeout=60)
    assert feeding.returncode == 130, err
    assert "the same command goes on from here" in err
    done = invoke(server, "feed", str(file), "--source", source, "--no-flush")
    assert "going on after the first" in done.stderr
    before, (accepted, repeats) = sum(numbers(out)[:2]), numbers(done.stdout)[:2]
    assert before + accepted in (1500, 1500 - repeats)  # it may have counted what was on its way
    assert [entry["lap"] for entry in log(server, source)] == list(range(1, 1501))


@pytest.mark.faults
@pytest.mark.parametrize("patience", [[], ["--give-up", "1s"]], ids=["for_ever", "a_second"])
def test_a_server_that_is_away_keeps_nobody_from_ending(
    stack: Callable[..., Stack], tmp_path: Path, patience: list[str]
) -> None:
    """By Ctrl-C, or when patience has ended: what was acknowledged is remembered."""
    server = stack(["redis", "web"])
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(1990))
    feeding = running(server, "away", file, "--every", "10ms", "--no-flush", *patience)
    wait_for(lambda: known(server, "away")["entries"] > 70, "some entries", server)
    wait_for(lambda: marked(server, "away") > 0, "a bookmark", server)
    server.kill("web")
    assert feeding.stderr is not None
    tried = any("trying again in" in line for line in feeding.stderr)
    assert tried or patience  # the attempt that was cut may have taken longer than a second
    if not patience:
        feeding.send_signal(signal.SIGINT)
    out, err = feeding.communicate(timeout=60)
    assert feeding.returncode == (1 if patience else 130), err

    server.start("web")
    (kept,) = (orjson.loads(one.read_bytes()) for one in server.folder.rglob("feeds/*.json"))
    assert patience or kept["rows"] == sum(numbers(out)[:2])
    records = cast(Any, connect(server.redis_url).xrevrange(key("away", "entries"), count=2))
    heard = place(records[-1][0].decode())  # a post follows when the one before is acknowledged
    assert 0 < heard <= kept["rows"] <= known(server, "away")["entries"]
    with Server(server.url, patience_s=WITHIN_S) as asking:
        assert holds(asking, "away", kept["entry"])
    assert int(kept["entry"].partition("-")[2]) == kept["rows"]
    again = invoke(server, "feed", str(file), "--source", "away", "--no-flush")
    assert f"going on after the first {kept['rows']} entries" in again.stderr
    assert [entry["lap"] for entry in log(server, "away")] == list(range(1, 1991))


@pytest.mark.faults
def test_a_feed_far_ahead_of_the_engine_is_not_sent_again(
    stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """Nothing is folded at all; also where the whole of it were repeats, which name no entry."""
    server = stack(["redis", "web"])
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(1990))
    feed = ["feed", str(file), "--source", "ahead", "--no-flush"]
    for arguments, sent in [
        ([], "1990 accepted, 0 repeats"),
        ([], "0 accepted, 0 repeats"),
        (["--from-start"], "0 accepted, 1990 repeats"),
        ([], "0 accepted, 0 repeats"),
    ]:
        if arguments:
            for bookmark in server.folder.rglob("feeds/*.json"):
                bookmark.unlink()
        done = invoke(server, *feed, *arguments)
        assert done.exit_code == 0, done.output
        assert f"ahead: {sent}, 0 refused" in done.stdout
        assert ("going on after the first 1990" in done.stderr) == ("1990" not in sent)
    assert known(server, "ahead")["folded"] == "0-0"
    with Server(server.url, patience_s=WITHIN_S) as asking:
        assert newest(asking, "ahead") == log(server, "ahead")[-1]["id"]


@pytest.mark.faults
def test_a_log_that_cannot_be_read_is_still_fed(
    stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """It is said in one line, and everything is sent again, for the server takes it."""
    server = stack(["redis", "web"])
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(20))
    feed = ["feed", str(file), "--source", "damaged", "--no-flush"]
    assert invoke(server, *feed).exit_code == 0
    client = connect(server.redis_url)
    ((id, fields),) = cast(Any, client.xrange(key("damaged", "entries")))
    client.delete(key("damaged", "entries"))
    client.xadd(key("damaged", "entries"), fields | {b"c": b"0"}, id=id)

    again = invoke(server, *feed)
    assert again.exit_code == 0, again.output
    assert "0 accepted, 20 repeats, 0 refused" in again.stdout
    (line,) = [one for one in again.stderr.splitlines() if "/s, " not in one]  # of its progress
    assert "all is sent again" in line
    assert "checksum" in line


@pytest.mark.faults
def test_a_server_that_goes_away_and_returns_misses_nothing(stack: Callable[..., Stack]) -> None:
    """The feed waits, says so, and sends the same entries by the same uids."""
    server = stack()
    feeding = running(server, "away", Path("-"), "--every", "10ms")
    assert feeding.stdin is not None
    assert feeding.stderr is not None
    feeding.stdin.write(laps(200).decode())
    feeding.stdin.flush()
    wait_for(lambda: known(server, "away")["entries"] > 20, "some entries", server)
    server.kill("web")
    feeding.stdin.write(laps(200, first=201).decode())  # it has something to send in any case
    feeding.stdin.flush()
    assert any("trying again in" in line for line in feeding.stderr)
    server.start("web")
    out, err = feeding.communicate(timeout=120)
    assert feeding.returncode == 0, err
    assert f"{server.url} is back" in err
    assert [entry["lap"] for entry in log(server, "away")] == list(range(1, 401))
    assert " 0 refused" in out


@pytest.mark.parametrize("others", [0, 300], ids=["alone", "beside_others"])
def test_a_running_feed_sees_that_the_log_has_another_past(
    server: Stack, source: str, tmp_path: Path, others: int
) -> None:
    """Its next entries go into no log that lacks the ones before, however much others wrote."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(1900))  # it runs for longer than a busy machine takes for what follows
    feeding = running(server, source, file, "--every", "50ms", "--no-flush")
    wait_for(lambda: known(server, source)["entries"] >= 10, "some entries", server)
    kept = Kept(server, source)
    many = known(server, source)["entries"] + 40
    wait_for(lambda: known(server, source)["entries"] >= many, "more entries", server)
    kept.put_back()
    notes = [{"type": "note", "uid": f"n{n}", "text": "x"} for n in range(others)]
    path = f"{server.url}/api/v1/sources/{source}/entries"
    httpx.post(path, json=notes).raise_for_status()

    def told() -> list[int]:
        return [entry["lap"] for entry in log(server, source) if entry["type"] == "lap"]

    wait_for(lambda: len(told()) >= many, "what was lost", server)
    many = len(told())
    wait_for(lambda: len(told()) > many, "the next", server)  # it has heard that it was taken
    feeding.send_signal(signal.SIGINT)
    out, err = feeding.communicate(timeout=60)
    again = invoke(server, "feed", str(file), "--source", source, "--no-flush")

    assert feeding.returncode == 130, err
    assert "has lost entries that it had acknowledged; so all is sent again" in err
    assert numbers(out)[1] >= 10
    assert "going on after the first" in again.stderr
    assert told() == list(range(1, 1901))


def test_a_pipe_says_that_the_log_has_another_past_and_goes_on(server: Stack, source: str) -> None:
    """What was read of it cannot be read again."""
    feeding = running(server, source, Path("-"), "--no-flush")
    assert feeding.stdin is not None
    for first, many in ((1, 3), (4, 2)):
        feeding.stdin.write(laps(many, first).decode())
        feeding.stdin.flush()
        so_far = first + many - 1
        wait_for(lambda n=so_far: known(server, source)["entries"] == n, "entries", server)  # type: ignore[misc]
        if first == 1:
            kept = Kept(server, source)
    kept.put_back()
    _, err = feeding.communicate(laps(3, first=6).decode(), timeout=60)

    assert feeding.returncode == 0, err
    assert err.count("what it lacks cannot be read again, the rest is sent") == 1
    assert [entry["lap"] for entry in log(server, source)] == [1, 2, 3, 6, 7, 8]


def test_what_a_repair_takes_out_the_next_run_sends_again(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """The log has the last entry that was acknowledged, and yet not all before it."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(1500))
    feed = ["feed", str(file), "--source", source, "--no-flush"]
    assert invoke(server, *feed).exit_code == 0
    client = connect(server.redis_url)
    (first, _), *others = cast(Any, client.xrange(key(source, "entries")))
    assert others
    client.xdel(key(source, "entries"), first)
    where = ["--redis-url", server.redis_url]
    repaired = CliRunner().invoke(main, ["repair", source, "--all", "--yes", *where])
    assert repaired.exit_code == 0, repaired.output
    assert "`pitlive feed` does when it is run again" in repaired.stdout

    again = invoke(server, *feed)
    assert f"the log of {source} was repaired; so all is sent again" in again.stderr
    assert sorted(entry["lap"] for entry in log(server, source)) == list(range(1, 1501))
    assert numbers(again.stdout)[:2] == [place(first.decode()), 1500 - place(first.decode())]
    assert "nothing new in it" in invoke(server, *feed).stderr


def place(id: str) -> int:
    """The number of an entry."""
    return int(id.partition("-")[2])


def test_a_simulated_race_can_be_fed_and_ends(server: Stack, source: str) -> None:
    """The demo, as fast as the server takes it; the second run has nothing to add."""
    small = ["simulate", "--cars", "5", "--laps", "20", "--speed", "max", "--source", source]
    assert invoke(server, *small).exit_code == 0
    address = f"{server.url}/api/v1/sources/{source}/state"

    def status() -> Json:
        return httpx.get(address).json()["channels"].get("race", {}).get("status")

    wait_for(lambda: status() == "finished", "the end of the race", server)
    again = invoke(server, *small)
    assert "nothing new in it" in again.stderr
    other = invoke(server, *small, "--seed", "2", "--from-start")
    assert "Want a new --source?" in other.stderr


def test_a_simulated_race_in_a_file_is_fed_like_any_other(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """With the declaration beside it; twice the same bytes."""
    file = tmp_path / "sim.jsonl.gz"
    wanted = ["simulate", "--cars", "4", "--laps", "10", "--out", str(file)]
    contents = set()
    for _ in range(2):
        assert invoke(server, *wanted).exit_code == 0
        contents.add(file.read_bytes())
    assert len(contents) == 1
    assert invoke(server, "feed", str(file), "--source", source).exit_code == 0
    assert known(server, source)["name"] == "Copper Hollow 10"


def test_without_the_right_password_a_feed_ends_at_once(
    stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """It would never get in by asking again; with it, it gets in."""
    operators = tmp_path / "operators"
    added = CliRunner().invoke(
        main,
        ["operator", "add", "anna", "--password-stdin", "--file", str(operators)],
        input="correct horse\n",
    )
    assert added.exit_code == 0, added.output
    server = stack(operators_file=operators)
    file = tmp_path / "a.jsonl"
    file.write_bytes(laps(3))
    feed = ["feed", str(file), "--source", "locked"]
    for user in ([], ["--user", "anna:wrong"]):
        done = invoke(server, *feed, *user)
        assert done.exit_code == 1
        assert "401" in done.stderr
    assert "3 accepted" in invoke(server, *feed, "--user", "anna:correct horse").stdout


@pytest.mark.data
def test_the_real_race_goes_through(server: Stack, source: str, data_dir: Path) -> None:
    """19,424 entries and the declaration, none refused."""
    file = data_dir / "main_race/events.jsonl.gz"
    done = invoke(server, "feed", str(file), "--source", source)
    assert done.exit_code == 0, done.output
    assert "19424 accepted, 0 repeats, 0 refused" in done.stdout


ORDERS = """\
kind = "declared"

[entries.order]
at = { field = "Invoice Date", format = "%d.%m.%Y %H:%M" }

[entries.order.fields]
item = { type = "text", column = "Stock Code" }
quantity = "integer"

[[stats]]
name = "items"
kind = "mean"
of = "quantity"
by = ["item"]
"""


def test_a_table_is_read_as_its_source_is_declared(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """By TOML beside it, and then by what the server knows; the same file again is repeats."""
    (tmp_path / "orders.toml").write_text(ORDERS)
    file = tmp_path / "orders.csv"
    file.write_text(
        "Stock Code;quantity;Invoice Date\n7;2;02.09.2011 08:00\n7;3;01.09.2011 08:00\n"
    )
    spec = str(tmp_path / "orders.toml")
    done = invoke(server, "feed", str(file), "--source", source, "--spec", spec)
    assert f"{source}: 2 accepted, 0 repeats, 0 refused" in done.stdout, done.output
    assert [entry["quantity"] for entry in log(server, source)] == [3, 2]

    file.write_text(file.read_text() + "7;x;03.09.2011 08:00\n7;2;02.09.2011 08:00\n")
    done = invoke(server, "feed", str(file), "--source", source)
    assert numbers(done.stdout)[:3] == [1, 2, 1], done.output
    assert "line 4, quantity: got 'x', want a whole number" in done.stderr


def test_what_is_wrong_in_the_declaration_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    """By line and column, as `pitlive check` does."""
    spec = tmp_path / "orders.toml"
    spec.write_text(ORDERS.replace('of = "quantity"', 'of = "quantty"'))
    command = ["feed", "-", "--source", "x", "--spec", str(spec), "--url", "http://127.0.0.1:9"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert f"{spec}:13:6: stats.0.of: got 'quantty', want one of item, quantity" in done.stderr


def test_a_table_declares_itself(server: Stack, source: str, tmp_path: Path) -> None:
    """What was decided is said, every row is taken, and the file that is saved says the same."""
    file = tmp_path / f"{source}.csv"
    names = ["north", "south"]
    rows = [f"{n},{names[n % 2]},{n / 2},2020-01-01 08:{n:02}" for n in range(60)]
    file.write_text("\n".join(["Pupil No,School,Score,Handed in", *rows, ""]))
    done = invoke(server, "feed", str(file), "--declare", "--save")
    assert done.exit_code == 0, done.output
    assert f"page: {server.url}/source/{source}\n" in done.stdout
    assert "  School: one of north, south\n" in done.stdout
    assert f"{source}: 60 accepted, 0 repeats, 0 refused" in done.stdout
    address = f"{server.url}/api/v1/sources/{source}/state?channels=Score_School"
    wanted = {"north": (30, 14.5), "south": (30, 15)}

    def found() -> dict[str, tuple[int, float]]:
        rows = httpx.get(address).json()["channels"].get("Score_School", {})
        return {key: (row["count"], row["mean"]) for key, row in rows.items()}

    wait_for(lambda: found() == wanted, "means", server)

    again = invoke(server, "feed", str(file), "--source", source, "--from-start")
    assert f"{source}: 0 accepted, 60 repeats, 0 refused" in again.stdout, again.output
    twice = invoke(server, "feed", str(file), "--declare", "--save")
    assert twice.exit_code == 1
    assert "it is there already" in twice.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.csv"], "--source: got nothing, want"),
        (["x.csv", "--save", "--source", "x"], "--save: want it with --declare"),
        (["x.csv", "--declare", "--spec", "x.toml"], "--declare: want it without --spec"),
        (["-", "--declare"], "got standard input, want a file"),
    ],
)
def test_what_makes_no_sense_is_said_at_once(arguments: list[str], said: str) -> None:
    """No server is asked."""
    done = CliRunner().invoke(main, ["feed", *arguments, "--url", "http://127.0.0.1:9"])
    assert done.exit_code in (1, 2)
    assert said in done.stderr
