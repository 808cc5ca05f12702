"""Make a data folder as an earlier PitLive left it: run its code, feed it, keep what it kept.

    python -m tests.store.formats.make COMMIT

from a full clone. The code of that commit runs with today's interpreter and libraries; what is
written is its own. See README.md.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import orjson

from pitlive.store.client import connect
from tests.races import small
from tests.stack import Stack, wait_for

HERE = Path(__file__).parent

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"order": {"fields": {"item": "text", "units": "integer"}}},
    "stats": [
        {"name": "units", "kind": "mean", "of": "units"},
        {"name": "orders", "kind": "count", "by": ["item"]},
    ],
}


def main(commit: str) -> None:
    """Make the folder of one commit."""
    with tempfile.TemporaryDirectory() as code:
        packed = subprocess.run(["git", "archive", commit], capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", code], input=packed.stdout, check=True)
        stack = Stack(courier=(Path(code) / "pitlive/courier").exists(), forked=False)
        stack.environment["PYTHONPATH"] = code
        try:
            stack.start()
            _check(stack, code)
            expected = _feed(stack)
            _keep(stack, HERE / commit, expected)
        except BaseException:
            print(stack.logs())
            raise
        finally:
            stack.stop()


def _check(stack: Stack, code: str) -> None:
    """Make sure that it is the old code that runs."""
    command = [sys.executable, "-Pc", "import pitlive; print(pitlive.__file__)"]
    found = subprocess.run(command, env=stack.environment, capture_output=True, check=True)
    assert found.stdout.decode().startswith(code), found.stdout


def _feed(stack: Stack) -> dict[str, Any]:
    """Feed it as far as it knows what it is given; return what it publishes of each source."""
    with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=60) as client:
        _race(client)
        for name, spec, entries in _others():
            declared = client.put(f"/sources/{name}", json=spec)
            if declared.status_code == 200:
                _post(client, name, entries)
            else:
                print(f"{name}: {declared.text}")
        time.sleep(3)  # forecasts, notices
        names = [one["source"] for one in client.get("/sources").json()["sources"]]
        wait_for(lambda: all(_is_folded(client, name) for name in names), "figures", stack)
        return {name: _published(client, name) for name in names}


def _race(client: httpx.Client) -> None:
    reported = [{**one, "uid": f"u{n}"} for n, one in enumerate(small(3, 8))]
    for start in range(0, len(reported), 10):
        _post(client, "race", reported[start : start + 10])
    lap = next(one for one in reported if one["type"] == "lap")
    _post(client, "race", [{**lap, "lap_ms": lap["lap_ms"] + 5, "revision": 2}])


def _others() -> list[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    orders = [{"type": "order", "item": "tea", "units": n, "uid": f"o{n}"} for n in range(1, 6)]
    webhook = {"name": "many", "stat": "units", "on": "change", "url": "http://127.0.0.1:9/"}
    columns = {"rows": 5, "columns": [{"name": "Stock", "start": {"type": "row_index", "k": 10}}]}
    added = [{"type": "add", "column": 0, "k": 1, "uid": "t1"}]
    return [
        ("orders", DECLARED, orders),
        ("told", DECLARED | {"webhooks": [webhook]}, orders),
        ("table", {"kind": "table", **columns}, added),
    ]


def _post(client: httpx.Client, source: str, entries: list[dict[str, Any]]) -> None:
    answer = client.post(f"/sources/{source}/entries", json=entries)
    assert answer.status_code == 200, answer.text


def _is_folded(client: httpx.Client, source: str) -> bool:
    newest = client.get(f"/sources/{source}/entries", params={"limit": 1000}).json()["next"]
    known = {one["source"]: one for one in client.get("/sources").json()["sources"]}
    return bool(known[source]["folded"] == newest)


def _published(client: httpx.Client, source: str) -> dict[str, Any]:
    state = client.get(f"/sources/{source}/state").json()
    entries = client.get(f"/sources/{source}/entries", params={"limit": 1000}).json()["entries"]
    return {
        "cursor": state["cursor"],
        "channels": sorted(state["channels"]),
        "uids": [entry["uid"] for entry in entries],
    }


def _keep(stack: Stack, folder: Path, expected: dict[str, Any]) -> None:
    """Keep the append-only file as text, without what it has twice."""
    redis = connect(stack.redis_url)
    redis.config_set("aof-use-rdb-preamble", "no")
    redis.bgrewriteaof()
    wait_for(lambda: not redis.info("persistence")["aof_rewrite_in_progress"], "rewriting", stack)
    for part in reversed(list(stack.running)):
        stack.kill(part, signal.SIGTERM)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(stack.folder / "redis" / "appendonlydir", folder / "appendonlydir")
    (folder / "expected.json").write_bytes(orjson.dumps(expected, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main(sys.argv[1])
