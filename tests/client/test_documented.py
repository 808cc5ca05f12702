"""The example of docs/client.md, as it is written there, with what its page has installed."""

from __future__ import annotations

import re
import subprocess

import httpx

from tests import races
from tests.conftest import ROOT
from tests.installing import Environments
from tests.stack import Stack


def test_the_python_example_runs(server: Stack, source: str, environments: Environments) -> None:
    """Where only the client is installed, against a server of its own, to the end of the race."""
    given = races.small(3, 6)
    races.post(server.url, source, given)
    httpx.post(f"{server.url}/api/v1/sources/{source}/flush").raise_for_status()
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/client.md").read_text(), re.S)
    program = example.replace("http://127.0.0.1:8000", server.url).replace('"demo"', f'"{source}"')
    done = subprocess.run(
        [environments.python("pitlive-slim[client]"), "-P", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "lap 6, car " in done.stdout.splitlines()[-1]
