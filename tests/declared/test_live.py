"""A declared source on running servers: declared by the command, fed a CSV, changed while read."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.store import events
from pitlive.store.client import connect
from tests.checker import Checker, number
from tests.stack import Stack, wait_for

DECLARED = """\
kind = "declared"

[entries.score]
uid = ["student", "grade"]

[entries.score.fields]
student = "text"
school = "text"
grade = "text"
score = { type = "number", min = 0, max = 100, decimals = 1 }

[[stats]]
name = "schools"
kind = "mean"
of = "score"
by = ["school"]
"""

MEDIAN = """
[[stats]]
name = "grades"
kind = "quantile"
of = "score"
by = ["grade"]
where = "score > 0"
"""

SCORES = "student,school,grade,score\nann,63,1,80.5\nbob,63,1,50\ncem,7,2,91\nann,63,1,80.5\n"


def declare(server: Stack, source: str, file: Path, text: str) -> str:
    """Declare the source, and return what is printed."""
    file.write_text(text)
    done = CliRunner().invoke(main, ["declare", source, str(file), "--url", server.url])
    assert done.exit_code == 0, done.output
    return done.output


def post(server: Stack, source: str, scores: str) -> dict[str, int]:
    """Report scores as CSV."""
    answer = httpx.post(
        f"{server.url}/api/v1/sources/{source}/entries",
        content=scores,
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_stat_is_added_while_readers_follow_and_none_sees_a_hole(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """All scores of the past are in the new figure; who follows hears it as a change."""
    file = tmp_path / "scores.toml"
    assert declare(server, source, file, DECLARED).startswith(f"{source}: version 1; right; ")
    said = post(server, source, SCORES)
    assert (said["accepted"], said["repeats"], said["refused"]) == (3, 1, [])

    schools = {
        "63": {"count": 2, "sum": 130.5, "mean": 65.25},
        "7": {"count": 1, "sum": 91, "mean": 91},
    }
    readers = [Checker(server.url, source, gzip=gzip).start() for gzip in (False, True)]
    for reader in readers:
        wait_for(lambda r=reader: r.state.get("schools") == schools, "means", server)

    assert declare(server, source, file, DECLARED + MEDIAN).startswith(f"{source}: version 2; ")
    post(server, source, "student,school,grade,score\ndan,7,2,95\n")
    grades = {"1": {"count": 2, "median": 65.25}, "2": {"count": 2, "median": 93}}
    for reader in readers:
        wait_for(lambda r=reader: r.state.get("grades") == grades, "medians", server)
        wait_for(lambda r=reader: r.state["schools"]["7"]["count"] == 2, "one more", server)
        assert reader.faults == []
        assert reader.state == state(server, source)
        reader.stop()


def test_every_event_of_many_changes_of_the_declaration_is_heard_once(
    server: Stack, source: str, tmp_path: Path
) -> None:
    """Stats come, go, nest and wait while scores arrive; what the log has is heard, in order."""
    file = tmp_path / "scores.toml"
    declare(server, source, file, DECLARED)
    readers = [Checker(server.url, source, gzip=gzip).start() for gzip in (False, True)]
    for reader in readers:
        wait_for(lambda r=reader: bool(r.of[source].since), "greeting", server)
    nested = DECLARED.replace('by = ["school"]', 'by = ["school", "grade"]\nnested = true')
    changes = [DECLARED + MEDIAN, nested, nested + MEDIAN + "quiet_ms = 40\n", DECLARED]
    for n, changed in enumerate(changes):
        post(server, source, f"student,school,grade,score\np{n},63,{n % 2},{n}\n")
        declare(server, source, file, changed)
        post(server, source, f"student,school,grade,score\nq{n},7,{n % 2},{n}\n")
    last = {"63": {"count": 4, "sum": 6, "mean": 1.5}, "7": {"count": 4, "sum": 6, "mean": 1.5}}
    for reader in readers:
        wait_for(lambda r=reader: r.state.get("schools") == last, "the last declaration", server)
        wait_for(lambda r=reader: not r.state.get("grades"), "the end of what is gone", server)
        wait_for(lambda r=reader: r.state == state(server, source), "the same state", server)
        reader.stop()
        seen = reader.of[source]
        since = number(seen.since)
        heard = [*seen.heard]  # it may take one more before it has stopped
        log = events.events(connect(server.redis_url), source, since, 10_000)
        told = [(event.seq, orjson.loads(event.message)) for event in log]
        assert heard == [one for one in told if one[0] <= heard[-1][0]]
        assert reader.faults == []


def state(server: Stack, source: str) -> dict[str, object]:
    """The state as it is asked for."""
    found: dict[str, object] = httpx.get(f"{server.url}/api/v1/sources/{source}/state").json()[
        "channels"
    ]
    return found


def test_what_the_server_would_refuse_is_said_before_it_is_asked(tmp_path: Path) -> None:
    """By line and column; nothing is sent."""
    file = tmp_path / "scores.toml"
    file.write_text(DECLARED.replace('of = "score"', 'of = "scor"'))
    done = CliRunner().invoke(main, ["declare", "x", str(file), "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    want = "one of student, school, grade, score"
    assert done.stderr == f"{file}:15:6: stats.0.of: got 'scor', want {want}\n"
